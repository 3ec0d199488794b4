"""Programs: what a generator hands to a backend, and how bits find their way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import RasterError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit


@dataclass(frozen=True)
class CellBatch:
    """One parameterised cell, run once for each row of angles.

    Parameters
    ----------
    circuit
        The measured cell; classical bit ``q`` belongs to ``neurons[q]``.
    angles
        Values of the circuit's parameters in radians, shape ``(n_rows, n_angles)``, float64.
    samples, bins
        Address of every row in the raster, integers of shape ``(n_rows,)``.
    neurons
        Raster column of every classical bit.
    """

    circuit: QuantumCircuit
    angles: NDArray[np.float64]
    samples: NDArray[np.int64]
    bins: NDArray[np.int64]
    neurons: tuple[int, ...]

    @property
    def n_rows(self) -> int:
        """Number of executions."""
        return int(self.angles.shape[0])


@dataclass(frozen=True)
class Program:
    """Rounds of cells whose measured bits make one raster.

    All cells of a round may run at once; a round may need the bits of the rounds before it. The
    presets with latents need a single round.

    Parameters
    ----------
    rounds
        Each a tuple of cell batches.
    shape
        ``(n_samples, n_bins, n_neurons)`` of the raster.
    bin_width
        Seconds a bin.
    """

    rounds: tuple[tuple[CellBatch, ...], ...]
    shape: tuple[int, int, int]
    bin_width: float

    @property
    def n_executions(self) -> int:
        """Circuit executions of all rounds together."""
        return sum(batch.n_rows for batches in self.rounds for batch in batches)

    def assemble(self, bits: Sequence[Sequence[NDArray[np.bool_]]]) -> SpikeRaster:
        """Put measured bits at their addresses.

        Parameters
        ----------
        bits
            For every round and batch, booleans of shape ``(n_rows, n_classical_bits)``, column
            ``q`` for classical bit ``q`` (see `neuroqgan.circuits.bits`).

        Raises
        ------
        RasterError
            If a batch is missing or has another shape than planned.
        RasterError
            If some cell of the raster was never measured.
        """
        spikes = np.zeros(self.shape, dtype=bool)
        measured = np.zeros(self.shape, dtype=bool)
        planned = [batch for batches in self.rounds for batch in batches]
        returned = [array for arrays in bits for array in arrays]
        if len(planned) != len(returned):
            raise RasterError(
                "The bits do not fit the program.",
                expected=f"{len(planned)} batches",
                got=f"{len(returned)}",
            )
        for batch, array in zip(planned, returned, strict=True):
            wanted = (batch.n_rows, len(batch.neurons))
            if array.shape != wanted:
                raise RasterError(
                    "The bits do not fit the program.",
                    expected=f"shape {wanted}",
                    got=f"shape {array.shape}",
                )
            address = (batch.samples[:, None], batch.bins[:, None], np.array(batch.neurons))
            spikes[address] = array
            measured[address] = True
        if not measured.all():
            raise RasterError(
                "Some bins were never measured.",
                expected=f"{measured.size} addresses",
                got=f"{int(measured.sum())}",
            )
        return SpikeRaster(spikes, self.bin_width)
