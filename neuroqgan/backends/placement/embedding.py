"""Circuits placed as they are: every two-qubit gate on neighbouring qubits of a device.

A lattice of neurons and bins does not fit on a path, and swapping qubits would cost more than the
lattice gains. So it is searched for in the device's graph of usable pairs, as a subgraph.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.placement.qubit_paths import capacity, choose_disjoint, find_paths
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

    from neuroqgan.backends.calibration import Calibration
    from neuroqgan.backends.placement.qubit_paths import QubitPath
    from neuroqgan.circuits.program import CellBatch

# A lattice has some hundred places on a device; only lattices of a single row have more.
_MOST_PLACES = 2000
# Steps of the search. A lattice is found or missed within milliseconds; the search for wires that
# nothing joins, in cells without CZ, could take minutes.
_MOST_STEPS = 50_000


def find_places(
    calibration: Calibration, circuit: QuantumCircuit, most: int = _MOST_PLACES
) -> list[QubitPath]:
    """Return choices of usable qubits on which all gates of a circuit join neighbours.

    Parameters
    ----------
    calibration
        Of the device.
    circuit
        Whose wires are to be placed.
    most
        Maximum number of choices.

    Returns
    -------
    list of tuple of int
        For every choice the qubits of wires 0, 1, ...

    Notes
    -----
    The search is rustworkx's VF2 (Cordella et al., IEEE Trans. Pattern Anal. Mach. Intell. 26, 1367
    (2004)), which finds all choices unless it is stopped.
    """
    import rustworkx as rx

    usable = np.flatnonzero(calibration.usable).tolist()
    index = {qubit: i for i, qubit in enumerate(usable)}
    device: Any = rx.PyGraph()
    device.add_nodes_from(usable)
    device.add_edges_from_no_data([(index[a], index[b]) for a, b in calibration.pairs])
    wanted: Any = rx.PyGraph()
    wanted.add_nodes_from(range(circuit.num_qubits))
    wanted.add_edges_from_no_data(list(_joins(circuit)))
    mappings = rx.vf2_mapping(
        device,
        wanted,
        subgraph=True,
        induced=False,
        id_order=False,
        call_limit=_MOST_STEPS,
    )
    places = []
    for mapping in islice(mappings, most):
        qubit_of = {wire: usable[node] for node, wire in mapping.items()}
        places.append(tuple(qubit_of[wire] for wire in range(circuit.num_qubits)))
    return places


def fits(calibration: Calibration, circuit: QuantumCircuit) -> bool:
    """Whether a device has a place for a circuit."""
    return bool(find_places(calibration, circuit, 1))


def place_cost(place: QubitPath, calibration: Calibration, circuit: QuantumCircuit) -> float:
    """Return the expected errors of a circuit at a place: minus the logarithm of its fidelity.

    Parameters
    ----------
    place
        See `find_places`.
    calibration
        Of the device.
    circuit
        Not compiled yet; a rotation takes two pulses.
    """
    qubits = np.array(place)
    pulses = np.zeros(len(place))
    for instruction in circuit.data:
        if instruction.is_standard_gate() and len(instruction.qubits) == 1:
            pulses[circuit.find_bit(instruction.qubits[0]).index] += 2
    pairs = sum(
        number * np.log1p(-calibration.pairs[min(place[a], place[b]), max(place[a], place[b])])
        for (a, b), number in _joins(circuit).items()
    )
    return float(
        -np.log1p(-calibration.readout[qubits]).sum()
        - (pulses * np.log1p(-calibration.single[qubits])).sum()
        - pairs
    )


def room(calibration: Calibration, batches: Sequence[CellBatch]) -> int:
    """Return how many cells of the largest size a device has room for side by side.

    Raises
    ------
    PlanError
        If there is no room for a single one.
    """
    widest = max(batches, key=lambda batch: batch.circuit.num_qubits)
    size = widest.circuit.num_qubits
    if not widest.embedded:
        found = capacity(calibration, size)
        if found:
            return found
        raise _no_path(calibration, size)
    places = find_places(calibration, widest.circuit)
    free = np.ones(len(places))
    chosen = choose_disjoint(calibration.n_qubits, places, -free, {}) if places else None
    if chosen:
        return len(chosen)
    raise _no_room(calibration, Counter([size]))


def pack_embeddings(
    calibration: Calibration, circuits: Sequence[QuantumCircuit]
) -> tuple[QubitPath, ...]:
    """Choose disjoint places with the fewest expected errors.

    Parameters
    ----------
    calibration
        Of the device.
    circuits
        To be placed side by side; those with the same number of qubits are taken to be equal.

    Returns
    -------
    tuple
        A place for every circuit, in their order; among equal circuits the best first.

    Raises
    ------
    PlanError
        If the device has no room for them.
    """
    kinds = {circuit.num_qubits: circuit for circuit in circuits}
    wanted = Counter(circuit.num_qubits for circuit in circuits)
    places = [place for kind in kinds.values() for place in find_places(calibration, kind)]
    costs = np.array([place_cost(place, calibration, kinds[len(place)]) for place in places])
    chosen = (
        choose_disjoint(calibration.n_qubits, places, costs, wanted)
        if {len(place) for place in places} == set(wanted)
        else None
    )
    if chosen is None:
        raise _no_room(calibration, wanted)
    by_size: dict[int, list[QubitPath]] = {size: [] for size in wanted}
    for i in sorted(chosen, key=lambda i: costs[i]):
        by_size[len(places[i])].append(places[i])
    return tuple(by_size[circuit.num_qubits].pop(0) for circuit in circuits)


def _no_path(calibration: Calibration, size: int) -> PlanError:
    n_usable = int(calibration.usable.sum())
    got = f"{n_usable} usable qubits of {calibration.n_qubits}"
    if not calibration.excluded:
        return PlanError(
            "No path of good qubits is long enough for a cell circuit.",
            expected=f"{size} neighbouring qubits",
            got=got,
            hint="choose a larger device, or train with a smaller `group_size`",
        )
    longest = next((n for n in range(size - 1, 0, -1) if find_paths(calibration, n)), 0)
    return PlanError(
        "The qubits that may be used have no room for a cell circuit.",
        expected=f"a path of {size} neighbouring qubits for every cell circuit",
        got=f"{got}: the longest path has {longest}, so 0 cell circuits fit",
        hint="more `qubits`, fewer `avoid_qubits`, or train with a smaller `group_size`",
    )


def _no_room(calibration: Calibration, wanted: Counter[int]) -> PlanError:
    return PlanError(
        "The qubits that may be used have no room for several bins in one circuit."
        if calibration.excluded
        else "The device has no room for several bins in one circuit.",
        expected=" and ".join(f"{n} lattice(s) of {size} qubits" for size, n in wanted.items()),
        got=f"{int(calibration.usable.sum())} good qubits, {len(calibration.pairs)} good pairs",
        hint="a smaller `bins_per_job`, or `bins_per_job = 1`",
    )


def _joins(circuit: QuantumCircuit) -> Counter[tuple[int, int]]:
    """Count the two-qubit gates of every pair of wires, the lower wire first."""
    return Counter(
        (min(wires), max(wires))
        for instruction in circuit.data
        if len(instruction.qubits) == 2 and instruction.name != "barrier"
        for wires in [[circuit.find_bit(qubit).index for qubit in instruction.qubits]]
    )
