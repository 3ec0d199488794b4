"""Programs: what a generator hands to a backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan import checks
from neuroqgan.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit


@dataclass(frozen=True)
class CellBatch:
    """One parameterised circuit, run for each row of angles.

    One row yields one bin of some neurons or, if the circuit measures several bins, all of these:
    classical bit ``q`` of row ``r`` is the spike of neuron ``neurons[q]`` in bin
    ``bins[r] + offsets[q]`` of sample ``samples[r]``.

    Parameters
    ----------
    circuit
        The measured circuit; classical bit ``q`` belongs to ``neurons[q]``.
    angles
        Values of the circuit's parameters in radians, float64 of shape ``(n_rows, n_angles)``.
    samples, bins
        Where each row belongs in the raster, integers of shape ``(n_rows,)``.
    neurons
        Raster column of every classical bit.
    offsets
        For every classical bit, bins after the row's bin at which it is read; empty if all are
        read in the row's bin.
    embedded
        Whether a quantum device must have neighbouring qubits for every two-qubit gate of the
        circuit; otherwise a chain of qubits is enough.

    Raises
    ------
    InputError
        If an array has another shape, or the offsets are not one for every classical bit.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> batch = CellBatch(
    ...     circuit=CellAnsatz(2, 1).circuit(),
    ...     angles=np.zeros((3, 2)),
    ...     samples=np.arange(3),
    ...     bins=np.zeros(3, int),
    ...     neurons=(0, 1),
    ... )
    >>> batch.n_rows
    3
    """

    circuit: QuantumCircuit
    angles: NDArray[np.float64]
    samples: NDArray[np.int64]
    bins: NDArray[np.int64]
    neurons: tuple[int, ...]
    offsets: tuple[int, ...] = ()
    embedded: bool = False

    def __post_init__(self) -> None:
        angles = self.angles
        checks.shape("angles", angles.shape, n_rows=None, n_angles=self.circuit.num_parameters)
        for name in ("samples", "bins"):
            checks.shape(name, getattr(self, name).shape, n_rows=self.n_rows)
        if self.offsets and len(self.offsets) != len(self.neurons):
            raise InputError(
                "The offsets do not fit the circuit.",
                expected=f"none, or one for each of {len(self.neurons)} classical bits",
                got=f"{len(self.offsets)}",
            )

    @property
    def n_rows(self) -> int:
        """Number of rows of angles."""
        return int(self.angles.shape[0])

    @property
    def bit_offsets(self) -> tuple[int, ...]:
        """For every classical bit, bins after the row's bin at which it is read."""
        return self.offsets or (0,) * len(self.neurons)


@dataclass(frozen=True)
class Program:
    """Circuits whose measured bits make one raster, or the next bins of one.

    All circuits may run at once. Bins that depend on the bits of earlier bins are a program of
    their own.

    Parameters
    ----------
    batches
        Circuits and their angles.
    shape
        ``(n_samples, n_bins, n_neurons)`` of the raster.
    bin_width
        Width of a bin in seconds.
    samples_per_shot
        Samples that lie side by side in a row, one after the other in its bins: the raster of
        `shape` is then one of ``shape[0] * samples_per_shot`` samples, cut into that many rows
        (`neuroqgan.circuits.folding.fold`).
    shots
        Shots of every row of angles; `shape` counts rows.
    samples
        Sample that is measured by every place of every shot of every row, -1 if the outcome is
        dropped (`neuroqgan.circuits.shots.Arrangement`); None if samples follow one another.
    """

    batches: tuple[CellBatch, ...]
    shape: tuple[int, int, int]
    bin_width: float
    samples_per_shot: int = 1
    shots: int = 1
    samples: NDArray[np.int64] | None = None

    @property
    def n_shots(self) -> int:
        """Shots of all rows together."""
        return self.shape[0] * self.shots

    @property
    def n_executions(self) -> int:
        """Circuit executions of all batches together."""
        return self.shots * sum(batch.n_rows for batch in self.batches)
