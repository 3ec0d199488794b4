"""The chip of a plan: its qubits, their neighbours, and which of them are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.calibration import Calibration
from neuroqgan.notebooks.pictures import MARK, QUIET, svg

if TYPE_CHECKING:
    from qiskit.transpiler import Target

    from neuroqgan.backends.placement.plan import Plan

    Pairs = tuple[tuple[int, int], ...]
    Place = tuple[float, float]

_STEP, _MARGIN = 22.0, 12.0
_LONG = 3  # qubits with consecutive numbers that make a row of the chip


@dataclass(frozen=True)
class Chip:
    """Qubits of a device, and the tiles that a plan puts on them at the same time.

    Parameters
    ----------
    n_qubits
        Number of qubits.
    pairs
        Neighbours, the lower qubit first.
    tiles
        Qubits of every cell circuit of the fullest page.
    readout
        Readout error of every qubit.

    Examples
    --------
    >>> chip = Chip(3, ((0, 1), (1, 2)), ((0, 1),), (0.01, 0.02, 0.03))
    >>> chip.picture().count("<circle")
    3
    """

    n_qubits: int
    pairs: Pairs
    tiles: tuple[tuple[int, ...], ...]
    readout: tuple[float, ...]

    @classmethod
    def of(cls, plan: Plan, target: Target) -> Chip:
        """Return the chip of a plan.

        Parameters
        ----------
        plan
            Made for the device.
        target
            The device.
        """
        fullest = max(plan.pages, key=lambda page: len(page.tiles))
        # Faulty pairs as well: without them rows would break.
        found = target.build_coupling_map()
        edges = [] if found is None else [tuple(sorted(edge)) for edge in found.get_edges()]
        return cls(
            int(target.num_qubits or 0),
            tuple(sorted({(one, other) for one, other in edges})),
            tuple(tile.qubits for tile in fullest.tiles),
            tuple(Calibration.of(target).readout.tolist()),
        )

    def picture(self) -> str:
        """Return the chip as SVG: used qubits are filled, lines within a cell circuit are thick."""
        places = coordinates(self.n_qubits, self.pairs)
        tile_of = {qubit: i for i, tile in enumerate(self.tiles) for qubit in tile}
        at = [(_MARGIN + _STEP * x, _MARGIN + _STEP * y) for x, y in places]
        body = ""
        for one, other in self.pairs:
            same = tile_of.get(one, -1) == tile_of.get(other, -2)
            color, width = (MARK, 3) if same else (QUIET, 1)
            (x, y), (x2, y2) = at[one], at[other]
            body += (
                f"<path d='M{x:g} {y:g}L{x2:g} {y2:g}' stroke='{color}' stroke-width='{width}'/>"
            )
        for qubit, (x, y) in enumerate(at):
            fill = MARK if qubit in tile_of else "none"
            circle = f"<circle cx='{x:g}' cy='{y:g}' r='5' stroke='{QUIET}' fill='{fill}'"
            if qubit in tile_of:
                error = f"{self.readout[qubit]:.2%}"
                title = f"qubit {qubit}, cell circuit {tile_of[qubit] + 1}, readout error {error}"
                body += f"{circle}><title>{title}</title></circle>"
            else:
                body += f"{circle}/>"
        width, height = (max(line) + _MARGIN for line in zip(*at, strict=True))
        return svg(round(width), round(height), body, "qubits of the device")


def coordinates(n_qubits: int, pairs: Pairs) -> list[Place]:
    """Return where the qubits of a chip lie, in units of the distance of neighbours.

    Devices number their qubits row by row, so rows can be read off; other couplings are spread by
    the slowest vibrations of their graph.

    Parameters
    ----------
    n_qubits
        Number of qubits.
    pairs
        Neighbours, the lower qubit first.

    Examples
    --------
    >>> coordinates(4, ((0, 1), (0, 2), (1, 3), (2, 3)))[0]
    (0.0, 0.0)
    """
    places = _by_rows(n_qubits, pairs)
    near = all(
        abs(places[a][0] - places[b][0]) + abs(places[a][1] - places[b][1]) < 1.5 for a, b in pairs
    )
    return places if near and len(set(places)) == n_qubits else _by_vibrations(n_qubits, pairs)


def _by_rows(n_qubits: int, pairs: Pairs) -> list[Place]:
    """Rows are qubits with consecutive numbers; single ones between two rows join them."""
    joined, neighbours = set(pairs), _neighbours(n_qubits, pairs)
    runs: list[list[int]] = []
    for qubit in range(n_qubits):
        if runs and (qubit - 1, qubit) in joined:
            runs[-1].append(qubit)
        else:
            runs.append([qubit])
    x: dict[int, float] = {}
    places: list[Place] = []
    y, was_single = -1.0, False
    for run in runs:
        is_single = len(run) < _LONG and len(runs) < n_qubits
        y += 0.0 if is_single and was_single else 1.0
        was_single = is_single and len(run) == 1
        links = [(q, other) for q in run for other in neighbours[q] if other in x]
        links = [(q, other) for q, other in links if other not in run]
        start = x[links[0][1]] - run.index(links[0][0]) if links else 0.0
        for i, qubit in enumerate(run):
            x[qubit] = start + i
            places.append((start + i, y))
    least = min(place[0] for place in places)
    return [(column - least, row) for column, row in places]


def _by_vibrations(n_qubits: int, pairs: Pairs) -> list[Place]:
    laplacian = np.zeros((n_qubits, n_qubits))
    for one, other in pairs:
        laplacian[one, other] = laplacian[other, one] = -1
    laplacian -= np.diag(laplacian.sum(1))
    modes = np.linalg.eigh(laplacian)[1][:, 1:3]
    if modes.shape[1] < 2:
        return [(float(qubit), 0.0) for qubit in range(n_qubits)]
    modes = modes - modes.min(0)
    # As large as if the qubits lay on a square, with some room.
    scale = 1.3 * np.sqrt(n_qubits) / max(float(modes.max()), 1e-9)
    return [(float(a), float(b)) for a, b in modes * scale]


def _neighbours(n_qubits: int, pairs: Pairs) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(n_qubits)]
    for one, other in pairs:
        found[one].append(other)
        found[other].append(one)
    return found
