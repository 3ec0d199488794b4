"""Programs: what a generator hands to a backend, and how bits find their way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import InputError, RasterError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit


@dataclass(frozen=True)
class CellBatch:
    """One parameterised cell, run once for each row of angles.

    A cell yields one bin a row, or, with mid-circuit measurement, several: classical bit ``q`` of
    row ``r`` is the spike of neuron ``neurons[q]`` in bin ``bins[r] + offsets[q]`` of sample
    ``samples[r]``.

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
    offsets
        Bins after the row's bin at which each classical bit is read; empty: all in the row's bin.
    embedded
        Whether a device has to have neighbouring qubits for every two-qubit gate of the circuit;
        else a chain will do.

    Raises
    ------
    InputError
        If there are offsets, but not one for every classical bit.
    """

    circuit: QuantumCircuit
    angles: NDArray[np.float64]
    samples: NDArray[np.int64]
    bins: NDArray[np.int64]
    neurons: tuple[int, ...]
    offsets: tuple[int, ...] = ()
    embedded: bool = False

    def __post_init__(self) -> None:
        if self.offsets and len(self.offsets) != len(self.neurons):
            raise InputError(
                "The offsets do not fit the cell.",
                expected=f"none, or one for each of {len(self.neurons)} classical bits",
                got=f"{len(self.offsets)}",
            )

    @property
    def n_rows(self) -> int:
        """Number of executions."""
        return int(self.angles.shape[0])

    @property
    def bit_offsets(self) -> tuple[int, ...]:
        """Bins after the row's bin of every classical bit."""
        return self.offsets or (0,) * len(self.neurons)


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
    across
        Samples that lie side by side in a row, bins one after the other: the raster of ``shape``
        is then one of ``shape[0] * across`` samples, cut into so many rows
        (`neuroqgan.circuits.folding.fold`).
    """

    rounds: tuple[tuple[CellBatch, ...], ...]
    shape: tuple[int, int, int]
    bin_width: float
    across: int = 1

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
            If a batch is missing, has another shape than planned, or lies outside the raster.
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
            bins = batch.bins[:, None] + np.array(batch.offsets or (0,))
            if bins.size and (bins.min() < 0 or bins.max() >= self.shape[1]):
                raise RasterError(
                    "The bits do not fit the program.",
                    expected=f"bins 0 to {self.shape[1] - 1}",
                    got=f"bins {bins.min()} to {bins.max()}",
                )
            address = (batch.samples[:, None], bins, np.array(batch.neurons))
            spikes[address] = array
            measured[address] = True
        if not measured.all():
            raise RasterError(
                "Some bins were never measured.",
                expected=f"{measured.size} addresses",
                got=f"{int(measured.sum())}",
            )
        return SpikeRaster(spikes, self.bin_width)
