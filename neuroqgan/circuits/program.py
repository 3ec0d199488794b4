"""Programs: what a generator hands to a backend, and how bits find their way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import InputError

if TYPE_CHECKING:
    import numpy as np
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
    """Cells whose measured bits make one raster, or the next bins of one.

    All cells may run at once. Bins that need the bits of earlier bins are a program of their own.

    Parameters
    ----------
    batches
        Cells of equal circuits.
    shape
        ``(n_samples, n_bins, n_neurons)`` of the raster.
    bin_width
        Seconds a bin.
    samples_per_shot
        Samples that lie side by side in a row, bins one after the other: the raster of ``shape``
        is then one of ``shape[0] * samples_per_shot`` samples, cut into so many rows
        (`neuroqgan.circuits.folding.fold`).
    """

    batches: tuple[CellBatch, ...]
    shape: tuple[int, int, int]
    bin_width: float
    samples_per_shot: int = 1

    @property
    def n_executions(self) -> int:
        """Circuit executions of all batches together."""
        return sum(batch.n_rows for batch in self.batches)
