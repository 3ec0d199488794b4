"""The chip of a plan: its qubits, their errors, and the cells that lie on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.device import device_facts
from neuroqgan.backends.qubit_lists import qubit_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import Placement
    from neuroqgan.backends.page_layout import TileLayout
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page

Pair = tuple[int, int]
Pairs = tuple[Pair, ...]


@dataclass(frozen=True)
class ChipBit:
    """A bit that a qubit is read for.

    Parameters
    ----------
    qubit
        Its number on the device.
    neuron
        Index of the neuron whose spike it is.
    bin
        Time bin, from 0; samples that lie side by side have bins of their own.
    repeats
        Whether another qubit of the cell is read for the same spike before.
    """

    qubit: int
    neuron: int
    bin: int
    repeats: bool = False


@dataclass(frozen=True)
class ChipCell:
    """A cell circuit on its qubits.

    Parameters
    ----------
    page
        Circuit that it belongs to, from 0.
    bits
        What its qubits are read for, in the order of its classical bits.
    couplers
        Pairs of its qubits that two-qubit gates act on, the lower qubit first.
    """

    page: int
    bits: tuple[ChipBit, ...]
    couplers: Pairs

    @property
    def qubits(self) -> tuple[int, ...]:
        """All of its qubits, also those that are not read."""
        read = [bit.qubit for bit in self.bits]
        return tuple(dict.fromkeys([*read, *(qubit for pair in self.couplers for qubit in pair)]))

    @classmethod
    def of(cls, page: int, tile: TileLayout, couplers: Iterable[Sequence[int]]) -> ChipCell:
        """Return the cell of a tile.

        Parameters
        ----------
        page
            Circuit that it belongs to, from 0.
        tile
            Where its bits belong, on a device.
        couplers
            Pairs of qubits, in any order.
        """
        bits: dict[int, ChipBit] = {}
        for (offset, neuron), same in tile.bits_by_address().items():
            for bit in same:
                at, when = tile.qubits[bit], tile.bins[0] + offset
                bits[bit] = ChipBit(at, neuron, when, repeats=bit != same[0])
        pairs = {(min(pair), max(pair)) for pair in couplers}
        return cls(page, tuple(bits[bit] for bit in sorted(bits)), tuple(sorted(pairs)))


@dataclass(frozen=True, eq=False)
class Chip:
    """A device, and the cell circuits that a plan puts on it.

    Parameters
    ----------
    backend
        Name of the device.
    readout
        Probability that a measured bit is wrong, by qubit.
    pairs
        Error of the two-qubit gate of every usable pair of neighbours, the lower qubit first.
    coupled
        All neighbours.
    cells
        The cell circuits of all pages.
    n_bins
        Time bins of a sample.
    faulty, avoided
        Qubits that do not work, and others that must not be used.
    source
        Where the errors come from, in words.

    Examples
    --------
    >>> cell = ChipCell(0, (ChipBit(0, 4, 0), ChipBit(1, 5, 0)), ((0, 1),))
    >>> chip = Chip("line", (0.01, 0.02, 0.03), {(0, 1): 0.01}, ((0, 1), (1, 2)), (cell,))
    >>> chip.n_used, chip.n_pages
    (2, 1)
    """

    backend: str
    readout: tuple[float, ...]
    pairs: Mapping[Pair, float]
    coupled: Pairs
    cells: tuple[ChipCell, ...] = ()
    n_bins: int = 1
    faulty: frozenset[int] = frozenset()
    avoided: frozenset[int] = frozenset()
    source: str = field(default="Errors are those of the present calibration.")

    @property
    def n_qubits(self) -> int:
        """Number of qubits of the device."""
        return len(self.readout)

    @property
    def n_pages(self) -> int:
        """Number of circuits that measure a raster."""
        return 1 + max((cell.page for cell in self.cells), default=-1)

    @property
    def shown(self) -> tuple[ChipCell, ...]:
        """The cells of the fullest circuit, which is the one that is drawn."""
        by_page: dict[int, list[ChipCell]] = {}
        for cell in self.cells:
            by_page.setdefault(cell.page, []).append(cell)
        return max(map(tuple, by_page.values()), key=len) if by_page else ()

    @property
    def n_used(self) -> int:
        """Number of qubits that are used at the same time."""
        return len({qubit for cell in self.shown for qubit in cell.qubits})

    @classmethod
    def of(cls, plan: Plan, target: Target, placement: Placement) -> Chip:
        """Return the chip of a plan.

        Parameters
        ----------
        plan
            Made for the device.
        target
            The device.
        placement
            With which it was made.
        """
        layouts = [tile for page in plan.layout.pages for tile in page.tiles]
        found = [
            (number, pairs) for number, page in enumerate(couplers_of(plan.pages)) for pairs in page
        ]
        cells = tuple(
            ChipCell.of(number, tile, pairs)
            for tile, (number, pairs) in zip(layouts, found, strict=True)
        )
        n_bins = plan.n_bins // plan.samples_per_shot
        return cls.from_facts(
            plan.backend,
            device_facts(target),
            cells=cells,
            n_bins=n_bins,
            chosen=placement.qubits,
            avoided=placement.avoid_qubits,
        )

    @classmethod
    def from_facts(
        cls,
        backend: str,
        facts: Mapping[str, Any],
        *,
        chosen: str | None = None,
        avoided: str | None = None,
        **more: Any,
    ) -> Chip:
        """Return the chip of a device that `neuroqgan.backends.device.device_facts` describes.

        Parameters
        ----------
        backend
            Name of the device.
        facts
            What is known of it.
        chosen, avoided
            Lists of the only qubits that may be used, and of those that must not be.
        **more
            Further fields.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the facts are damaged.
        """
        readout = tuple(map(float, facts["readout"]))
        pairs = {(int(a), int(b)): float(error) for a, b, error in facts["pairs"]}
        coupled = tuple((int(a), int(b)) for a, b in facts["coupled"])
        faulty = frozenset(map(int, facts.get("faulty", ())))
        everything = frozenset(range(len(readout)))
        numbers = {*faulty, *(qubit for pair in (*pairs, *coupled) for qubit in pair)}
        if not numbers <= everything:
            raise ValueError("a qubit that the device does not have")
        excluded = set() if avoided is None else set(qubit_numbers(avoided, "avoid_qubits"))
        excluded |= set() if chosen is None else everything - set(qubit_numbers(chosen))
        return cls(
            backend,
            readout,
            pairs,
            coupled,
            faulty=faulty,
            avoided=frozenset(excluded & everything) - faulty,
            **more,
        )


def couplers_of(pages: Iterable[Page]) -> list[list[Pairs]]:
    """Return the pairs of qubits that two-qubit gates act on.

    Parameters
    ----------
    pages
        Of a plan for a device.

    Returns
    -------
    list
        For every page and each of its tiles the pairs, the lower qubit first.
    """
    wires: dict[int, set[Pair]] = {}
    found: list[list[Pairs]] = []
    for page in pages:
        found.append([])
        for tile in page.tiles:
            name = id(tile.circuit)
            if name not in wires:
                wires[name] = _joined_wires(tile.circuit)
            pairs = [(tile.qubits[a], tile.qubits[b]) for a, b in wires[name]]
            found[-1].append(tuple(sorted((min(pair), max(pair)) for pair in pairs)))
    return found


def _joined_wires(circuit: QuantumCircuit) -> set[Pair]:
    index = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    return {
        (index[instruction.qubits[0]], index[instruction.qubits[1]])
        for instruction in circuit.data
        if len(instruction.qubits) == 2 and instruction.name != "barrier"
    }
