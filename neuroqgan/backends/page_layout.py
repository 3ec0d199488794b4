"""Layouts of pages: where the bits of one circuit belong, plain numbers like the rest."""

from __future__ import annotations

import operator
from dataclasses import asdict, dataclass
from typing import Any

REGISTER = "spikes"
"""Name of a page's only classical register."""

MOST_QUBITS = 2**16
"""No device has as many qubits."""

CHECK_REGISTER = "spikes_ps"
"""Name of the register with the second measurement of every bit, for post-selection."""


@dataclass(frozen=True)
class TileLayout:
    """Where the bits of a tile belong.

    Parameters
    ----------
    neurons
        Raster column of every classical bit. A column that appears twice is read twice, and has a
        spike if all its bits are 1.
    bins
        Bins that the tile measures, one per row in turn; a single one on a device. If a row holds
        several bins, the first of each row.
    qubits
        Physical qubit behind every classical bit; empty on an ideal simulator.
    offsets
        How many bins after the first of its row each classical bit is read; empty if all belong to
        that bin.
    edges
        Pairs of classical bits whose qubits are neighbours, for post-selection by edges.
    """

    neurons: tuple[int, ...]
    bins: tuple[int, ...]
    qubits: tuple[int, ...]
    offsets: tuple[int, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()

    @property
    def fits(self) -> bool:
        """Whether qubits, offsets and edges are those of its classical bits."""
        n_bits = len(self.neurons)
        pairs = {bit for edge in self.edges for bit in edge}
        return (
            {len(self.qubits), len(self.offsets)} <= {0, n_bits}
            and all(0 <= bit < n_bits for bit in pairs)
            and all(0 <= qubit < MOST_QUBITS for qubit in self.qubits)
        )

    def bits_by_address(self) -> dict[tuple[int, int], list[int]]:
        """Return the classical bits that read each offset and column.

        The bit of the neuron's own qubit comes first.

        Examples
        --------
        >>> TileLayout(neurons=(4, 5, 4), bins=(0,), qubits=(7, 8, 9)).bits_by_address()
        {(0, 4): [0, 2], (0, 5): [1]}
        """
        found: dict[tuple[int, int], list[int]] = {}
        offsets = self.offsets or (0,) * len(self.neurons)
        for bit, address in enumerate(zip(offsets, self.neurons, strict=True)):
            found.setdefault(address, []).append(bit)
        return found


@dataclass(frozen=True)
class Checks:
    """How bits are checked by a second measurement, for post-selection.

    Parameters
    ----------
    strategy
        ``node`` keeps a cell circuit's outcome if all of its qubits pass; ``edge`` if no two
        neighbours both fail.
    pulse
        What flips a qubit between its two measurements: ``xslow`` or ``rx``.
    """

    strategy: str
    pulse: str


@dataclass(frozen=True)
class PageLayout:
    """Where the bits of a page belong, tile by tile in the page's register.

    Parameters
    ----------
    tiles
        In the order of their bits.
    checks
        How its bits are checked by a second measurement, whose bits follow in the same order; None
        if they are not.
    """

    tiles: tuple[TileLayout, ...]
    checks: Checks | None = None

    @property
    def n_bits(self) -> int:
        """Number of classical bits of all tiles together."""
        return sum(len(tile.neurons) for tile in self.tiles)

    @property
    def n_columns(self) -> int:
        """Number of classical bits, those of checks included."""
        return self.n_bits * (1 if self.checks is None else 2)

    @property
    def rows_per_sample(self) -> int:
        """Executions per sample."""
        return len(self.tiles[0].bins)

    @property
    def qubits(self) -> tuple[int, ...]:
        """Physical qubit behind every bit of the register."""
        return tuple(qubit for tile in self.tiles for qubit in tile.qubits)


def page_to_dict(page: PageLayout) -> dict[str, Any]:
    """Return a page's layout, ready for JSON."""
    tiles = [
        {
            "neurons": [*tile.neurons],
            "bins": [*tile.bins],
            "qubits": [*tile.qubits],
            "offsets": [*tile.offsets],
            "edges": [[*edge] for edge in tile.edges],
        }
        for tile in page.tiles
    ]
    return {"tiles": tiles, "checks": None if page.checks is None else asdict(page.checks)}


def page_from_dict(values: dict[str, Any]) -> PageLayout:
    """Read a page's layout; raises what malformed JSON leads to."""
    checks = values.get("checks")
    return PageLayout(
        tuple(
            TileLayout(
                tuple(map(operator.index, tile["neurons"])),
                tuple(map(operator.index, tile["bins"])),
                tuple(map(operator.index, tile["qubits"])),
                tuple(map(operator.index, tile.get("offsets", ()))),
                tuple(
                    (operator.index(first), operator.index(second))
                    for first, second in tile.get("edges", ())
                ),
            )
            for tile in values["tiles"]
        ),
        None if checks is None else Checks(str(checks["strategy"]), str(checks["pulse"])),
    )
