"""Circuits of several time bins: what they have in common, and which there are.

A circuit of several bins lets the spikes of a bin act on the next bins within a shot, without a job
of its own for every bin. How it does so depends on what a device can do, and how many earlier bins
the circuit knows of depends on what the generator knows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple

from neuroqgan import checks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.cell import CellAnsatz

    Floats = NDArray[np.float64]

AUTO: Final = "auto"
"""The kind of circuit is chosen by estimate."""

MultiBinChoice = Literal["auto", "lattice", "qubit-reuse", "feed-forward"]
"""What can be asked for: one kind of circuit of several bins, or the choice by estimate."""

# Where each of them is: a new one is a class in a module of its own, and a line here. If several do
# equally well, the first is chosen.
_KINDS = (
    "neuroqgan.circuits.lattice:LatticeAnsatz",
    "neuroqgan.circuits.qubit_reuse:QubitReuseAnsatz",
    "neuroqgan.circuits.two_bin_line:TwoBinLineAnsatz",
    "neuroqgan.circuits.feed_forward:FeedForwardAnsatz",
    "neuroqgan.circuits.feed_forward:TwoBinFeedForwardAnsatz",
)


class BinDrive(NamedTuple):
    """Angles of consecutive bins, for every pattern of spikes that may come before each of them.

    Parameters
    ----------
    after
        Angles of the first layer in radians, ``(n_samples, n_bins, 2**past_bins, n_neurons)``.
        Entry ``x1 + 2 * x2`` of the third axis holds after the neuron's own spikes ``x1`` one bin
        and ``x2`` two bins before, and so on. Where an earlier bin is known already, both its
        spikes have the same angle; in the first bin, therefore, all patterns have.
    later
        Angles of all layers but the first in radians, the same in every bin,
        ``(n_layers - 1, n_neurons)``.
    """

    after: Floats
    later: Floats


@dataclass(frozen=True)
class MultiBinAnsatz(ABC):
    """Cell circuits of consecutive bins in one circuit, the earlier driving the later.

    Parameters
    ----------
    cell
        Cell circuit of one bin.
    n_bins
        Number of bins that one shot yields.

    Raises
    ------
    ConfigError
        If there is no bin.
    """

    name: ClassVar[str]
    """How users call this kind of circuit."""
    past_bins: ClassVar[int]
    """How many bins before a bin have a say in it."""
    needs: ClassVar[frozenset[str]]
    """Operations that a device must have beside gates and final measurements."""
    layout: ClassVar[str]
    """What its qubits have to form on a device, in words."""
    separates: ClassVar[bool]
    """Whether neurons that no gate joins have circuits of their own, placed one by one."""
    embedded: ClassVar[bool] = True
    """See `neuroqgan.circuits.program.CellBatch`; without it, a chain of qubits is enough."""
    begins_itself: ClassVar[bool]
    """Whether bins that are not recorded can precede the first one; see `of`."""

    cell: CellAnsatz
    n_bins: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_bins", checks.whole("n_bins", self.n_bins, 1))

    @classmethod
    def of(cls, cell: CellAnsatz, n_bins: int, n_unrecorded: int = 0) -> Self:
        """Return the circuit of a cell.

        Parameters
        ----------
        cell, n_bins
            See the class.
        n_unrecorded
            Bins before the first one that are run but not measured; 0 unless it `begins_itself`.
        """
        if n_unrecorded:
            raise TypeError(f"{cls.__name__} has no unrecorded bins")
        return cls(cell, n_bins)

    @property
    @abstractmethod
    def n_angles(self) -> int:
        """Number of parameters of the circuit."""

    @property
    def offsets(self) -> tuple[int, ...]:
        """Bin of every classical bit."""
        return tuple(t for t in range(self.n_bins) for _ in range(self.cell.n_neurons))

    @abstractmethod
    def circuit(self) -> QuantumCircuit:
        """Build the measured circuit with its parameters open.

        Returns
        -------
        QuantumCircuit
            Classical bit ``t * n_neurons + q`` of the register ``spikes`` is the spike of neuron
            ``q`` in bin ``t``. What it was built from is in its metadata
            (`neuroqgan.circuits.built_from`): ``ansatz`` and the fields of the class.
        """

    @abstractmethod
    def values(self, drive: BinDrive) -> Floats:
        """Return the values of the circuit's parameters.

        Parameters
        ----------
        drive
            Of the unrecorded bins, if there are any, and of the others.

        Returns
        -------
        numpy.ndarray
            Radians, ``(n_samples, n_angles)``.

        Raises
        ------
        InputError
            If an array has another shape.
        """

    @abstractmethod
    def drive(self, values: Floats) -> BinDrive:
        """Return what `values` was called with, as far as it has an effect.

        Parameters
        ----------
        values
            Radians, ``(n_samples, n_angles)``, all samples with the same later layers.
        """


@cache
def multi_bin_kinds(past_bins: int) -> Mapping[str, type[MultiBinAnsatz]]:
    """Return the circuits of several bins for generators that know so many earlier bins, by name.

    Parameters
    ----------
    past_bins
        Bins before a bin that have a say in it.

    Examples
    --------
    >>> list(multi_bin_kinds(1))
    ['lattice', 'qubit-reuse', 'feed-forward']
    >>> list(multi_bin_kinds(2))
    ['qubit-reuse', 'feed-forward']
    """
    kinds = [resolve_name(kind) for kind in _KINDS]
    return {kind.name: kind for kind in kinds if kind.past_bins == past_bins}


def multi_bin_needs(name: str) -> frozenset[str]:
    """Return what circuits of several bins need of a device, see `MultiBinAnsatz.needs`.

    Parameters
    ----------
    name
        Of the circuits.

    Examples
    --------
    >>> sorted(multi_bin_needs("qubit-reuse"))
    ['reset']
    """
    return frozenset().union(*(kind.needs for kind in _named(name)))


def _named(name: str) -> list[type[MultiBinAnsatz]]:
    return [kind for kind in map(resolve_name, _KINDS) if kind.name == name]


@cache
def multi_bin_classes() -> Mapping[str, type[MultiBinAnsatz]]:
    """Return all circuits of several bins by the name of their class, as metadata have it."""
    kinds = [resolve_name(kind) for kind in _KINDS]
    return {kind.__name__: kind for kind in kinds}
