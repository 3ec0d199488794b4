"""Where the qubits of a device are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_LONGEST = 2.3  # an edge in a drawing of rows, in distances of neighbours


def qubit_positions(n_qubits: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.float64]:
    """Return positions of the qubits in a plane; linked qubits are close.

    Devices number their qubits along rows, and those that link two rows in between. Where that
    gives no clear drawing, a spring model places the qubits.

    Parameters
    ----------
    n_qubits
        Number of qubits.
    pairs
        Linked qubits.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_qubits, 2)``, to the right and downwards, in distances of neighbours.

    Examples
    --------
    >>> qubit_positions(4, [(0, 1), (1, 2), (1, 3)]).tolist()
    [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1.0, 1.0]]
    """
    linked = {(min(pair), max(pair)) for pair in pairs}
    placed = _in_rows(n_qubits, linked)
    lengths = [float(np.abs(placed[a] - placed[b]).max()) for a, b in linked]
    is_clear = len(np.unique(placed, axis=0)) == n_qubits and max(lengths, default=0) <= _LONGEST
    return placed if is_clear else _by_springs(n_qubits, linked)


def _in_rows(n_qubits: int, linked: set[tuple[int, int]]) -> NDArray[np.float64]:
    rows: list[list[int]] = []
    for qubit in range(n_qubits):
        if rows and (qubit - 1, qubit) in linked:
            rows[-1].append(qubit)
        else:
            rows.append([qubit])
    above: dict[int, list[int]] = {}
    for low, high in linked:
        above.setdefault(high, []).append(low)
    placed = np.zeros((n_qubits, 2))
    level = -1.0
    for i, row in enumerate(rows):
        # Qubits between two rows stand alone, and share their level.
        level += not (i and len(row) == 1 and len(rows[i - 1]) == 1)
        shifts = [
            placed[other][0] - at
            for at, qubit in enumerate(row)
            for other in above.get(qubit, ())
            if other < row[0]
        ]
        shift = float(np.median(shifts)) if shifts else 0.0
        for at, qubit in enumerate(row):
            placed[qubit] = shift + at, level
    return placed


def _by_springs(n_qubits: int, linked: set[tuple[int, int]]) -> NDArray[np.float64]:
    import rustworkx as rx

    graph = rx.PyGraph()
    graph.add_nodes_from(range(n_qubits))
    graph.add_edges_from_no_data(sorted(linked))
    start = dict(enumerate(map(tuple, _in_rows(n_qubits, linked))))
    layout = rx.spring_layout(graph, pos=start, seed=0, num_iter=400)
    placed = np.array([layout[i] for i in range(n_qubits)])
    lengths = [float(np.linalg.norm(placed[a] - placed[b])) for a, b in linked]
    scale = float(np.median(lengths or [1.0]))
    positions: NDArray[np.float64] = placed / (scale or 1.0)
    return positions
