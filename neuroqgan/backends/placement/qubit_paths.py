"""Paths of neighbouring qubits: all of them, their expected errors, the best disjoint choice."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from neuroqgan.backends.calibration import Calibration

QubitPath = tuple[int, ...]

# Heavy-hex devices have 1.2 pairs and up to twenty paths per qubit. Square lattices have nearly two
# pairs and thousands of paths per qubit; this many lead to choices within a few percent of the
# best, in seconds instead of minutes.
_DENSE = 1.5
_PATHS_PER_QUBIT_IF_DENSE = 20
_SECONDS = 60.0
_GAP = 1e-3


def find_paths(calibration: Calibration, length: int) -> list[QubitPath]:
    """Return the simple paths of usable qubits along usable pairs, each in one direction.

    Parameters
    ----------
    calibration
        Of the device.
    length
        Qubits per path.

    Returns
    -------
    list of tuple of int
        The qubits of each path in order.

    Notes
    -----
    On a dense device this is only a selection: a few paths from every qubit, spread evenly over the
    directions that they can take there and later, good pairs first.

    Examples
    --------
    >>> from neuroqgan.backends.calibration import Calibration
    >>> from neuroqgan.backends.names import snapshot_target
    >>> find_paths(Calibration.of(snapshot_target("fake_nairobi")), 5)
    [(0, 1, 3, 5, 4), (0, 1, 3, 5, 6), (2, 1, 3, 5, 4), (2, 1, 3, 5, 6)]
    """
    neighbours = calibration.neighbours()
    dense = len(calibration.pairs) > _DENSE * len(neighbours)
    room = _PATHS_PER_QUBIT_IF_DENSE if dense else None
    found = [path for start in neighbours for path in _walk(neighbours, (start,), length, room)]
    return list(dict.fromkeys(min(path, path[::-1]) for path in found))


def _walk(
    neighbours: Mapping[int, Sequence[int]], path: QubitPath, length: int, room: int | None = None
) -> Iterator[QubitPath]:
    """Yield the paths of a length that continue a path; with `room`, at most so many of them."""
    if len(path) == length:
        yield path
        return
    ways = [qubit for qubit in neighbours[path[-1]] if qubit not in path]
    for i, qubit in enumerate(ways):
        share = None if room is None else -(-room // (len(ways) - i))
        if share == 0:
            return
        for longer in _walk(neighbours, (*path, qubit), length, share):
            yield longer
            if room is not None:
                room -= 1


def path_cost(
    path: QubitPath,
    calibration: Calibration,
    n_layers: int,
    n_reads: int = 1,
    seconds: float = 0.0,
) -> float:
    """Return the expected errors on a path: minus the logarithm of the cell's fidelity.

    Parameters
    ----------
    path
        Qubits in order.
    calibration
        Of the device.
    n_layers
        Layers of rotations in the cell: two pulses each, with one two-qubit gate per pair between
        layers.
    n_reads
        Measurements per qubit.
    seconds
        For which qubits wait for the measurement and reset of others, losing part of their state.
    """
    qubits = list(path)
    pairs = np.array([calibration.pairs[min(p), max(p)] for p in pairwise(path)])
    return float(
        -n_reads * np.log1p(-calibration.readout[qubits]).sum()
        - 2 * n_layers * np.log1p(-calibration.single[qubits]).sum()
        - (n_layers - 1) * np.log1p(-pairs).sum()
        + (seconds / calibration.t1[qubits]).sum()
    )


def capacity(calibration: Calibration, length: int) -> int:
    """Return how many disjoint paths of that length the device has room for.

    Examples
    --------
    >>> from neuroqgan.backends.calibration import Calibration
    >>> from neuroqgan.backends.names import snapshot_target
    >>> capacity(Calibration.of(snapshot_target("fake_nairobi")), 3)
    2
    """
    paths = find_paths(calibration, length)
    if not paths:
        return 0
    chosen = choose_disjoint(calibration.n_qubits, paths, -np.ones(len(paths)), {})
    return 0 if chosen is None else len(chosen)


def pack(
    calibration: Calibration,
    lengths: Sequence[int],
    n_layers: int,
    n_reads: int = 1,
    seconds: float = 0.0,
) -> tuple[QubitPath, ...]:
    """Choose disjoint paths with the fewest expected errors.

    This is an integer programme over all paths. HiGHS solves it to a tenth of a percent, through
    `scipy.optimize.milp`.

    Parameters
    ----------
    calibration
        Of the device.
    lengths
        Number of qubits of every path that is needed.
    n_layers, n_reads, seconds
        Of the cells, as weights of the errors; see `path_cost`.

    Returns
    -------
    tuple
        A path for every length, in the order of `lengths`; among equal lengths the best first.

    Raises
    ------
    PlanError
        If the device has no room for them.
    """
    wanted = Counter(lengths)
    paths = [path for length in wanted for path in find_paths(calibration, length)]
    costs = np.array([path_cost(path, calibration, n_layers, n_reads, seconds) for path in paths])
    chosen = choose_disjoint(calibration.n_qubits, paths, costs, wanted) if paths else None
    if chosen is None:
        raise PlanError(
            "The cell circuits do not fit on the device side by side.",
            expected=f"room on paths of {int(calibration.usable.sum())} good qubits",
            got=" and ".join(f"{n} paths of {length}" for length, n in wanted.items()),
            hint="train with a smaller `group_size`, or choose fewer `tiles` or a larger device",
        )
    by_length: dict[int, list[QubitPath]] = {length: [] for length in wanted}
    for i in sorted(chosen, key=lambda i: costs[i]):
        by_length[len(paths[i])].append(paths[i])
    return tuple(by_length[length].pop(0) for length in lengths)


def choose_disjoint(
    n_qubits: int, paths: list[QubitPath], costs: NDArray[np.float64], wanted: Mapping[int, int]
) -> list[int] | None:
    """Choose disjoint sets of qubits at the least cost, a given number of each size.

    Parameters
    ----------
    n_qubits
        Of the device.
    paths
        Sets of qubits to choose from; the order of their qubits does not matter.
    costs
        One per set.
    wanted
        How many sets of each size; of sizes that are not named, any number.

    Returns
    -------
    list of int or None
        Indices of the chosen sets; None if there is no room for so many.

    Examples
    --------
    >>> sets = [(0, 1), (1, 2), (2, 3)]
    >>> choose_disjoint(4, sets, np.array([1.0, 0.1, 1.0]), {2: 2})
    [0, 2]
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    sizes = [len(path) for path in paths]
    rows = np.concatenate([np.array(path) for path in paths])
    columns = np.repeat(np.arange(len(paths)), sizes)
    uses = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n_qubits, len(paths)))
    constraints = [LinearConstraint(uses, -np.inf, 1)]
    for length, number in wanted.items():
        of_length = (np.array(sizes) == length).astype(float)
        constraints.append(LinearConstraint(of_length[None], number, number))
    solution = milp(
        costs,
        constraints=constraints,
        integrality=np.ones(len(paths), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": _GAP, "time_limit": _SECONDS},
    )
    if solution.x is None:
        return None
    return [int(i) for i in np.flatnonzero(solution.x > 0.5)]
