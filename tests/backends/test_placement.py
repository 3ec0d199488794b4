"""Placement in numbers: small devices made by hand, so that every figure can be worked out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Delay, Measure, Parameter, Reset, library
from qiskit.transpiler import CouplingMap, InstructionProperties, QubitProperties, Target

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.embedding import find_places, pack_embeddings, place_cost, room
from neuroqgan.backends.placement.mid_circuit import (
    check_device,
    duration,
    measures_mid_circuit,
    steps,
    timing,
    waiting_seconds,
    with_delays,
)
from neuroqgan.backends.placement.plan import device_plan, ideal_plan, row_bins
from neuroqgan.backends.placement.qubit_paths import (
    capacity,
    choose_disjoint,
    find_paths,
    pack,
    path_cost,
)
from neuroqgan.backends.placement.redundant_readout import (
    check_redundant_readout,
    choose_redundant_qubits,
    copy_to_spares,
    on_a_line,
    redundant_error,
)
from neuroqgan.backends.placement.tiles import Tile, compile_cell, gates_of, place
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import PlanError

GATE, JOIN, READ, RESET = 40e-9, 100e-9, 1e-6, 2e-6


def grid_device(n_rows: int, n_columns: int, *, dt: float | None = 1e-9) -> Target:
    """A square lattice, qubit ``row * n_columns + column``; T1 of qubit ``q`` is 10 + q us."""
    n_qubits = n_rows * n_columns
    times = [QubitProperties(t1=(10 + q) * 1e-6, t2=5e-6) for q in range(n_qubits)]
    target = Target(num_qubits=n_qubits, dt=dt, qubit_properties=times)

    def on_all(seconds: float, error: float) -> dict[tuple[int], InstructionProperties]:
        return {(q,): InstructionProperties(seconds, error) for q in range(n_qubits)}

    target.add_instruction(library.SXGate(), on_all(GATE, 1e-3))
    target.add_instruction(library.XGate(), on_all(GATE, 1e-3))
    target.add_instruction(library.RZGate(Parameter("angle")), on_all(0.0, 0.0))
    target.add_instruction(Measure(), on_all(READ, 0.02))
    target.add_instruction(Reset(), on_all(RESET, 0.0))
    target.add_instruction(Delay(Parameter("time")), dict.fromkeys(on_all(0, 0)))
    edges = CouplingMap.from_grid(n_rows, n_columns).get_edges()
    joins = {tuple(sorted(e)): InstructionProperties(JOIN, 0.01) for e in edges}
    target.add_instruction(library.CZGate(), joins)
    return target


def calibration_of(pairs: dict[tuple[int, int], float], n_qubits: int) -> Calibration:
    forever = np.full(n_qubits, np.inf)
    return Calibration(np.full(n_qubits, 0.01), np.full(n_qubits, 1e-4), pairs, forever, forever)


def line(n_qubits: int) -> Calibration:
    return calibration_of({(q, q + 1): 0.01 for q in range(n_qubits - 1)}, n_qubits)


def cells(n_bins: int, n_neurons: int, n_layers: int = 2, n_samples: int = 1) -> Program:
    sample, time = np.divmod(np.arange(n_samples * n_bins), n_bins)
    angles = np.arange(n_samples * n_bins * n_layers * n_neurons, dtype=float)
    batch = CellBatch(
        CellAnsatz(n_neurons, n_layers).circuit(),
        angles.reshape(len(sample), -1),
        sample,
        time,
        tuple(range(n_neurons)),
    )
    return Program((batch,), (n_samples, n_bins, n_neurons), 0.02)


# Paths: what they cost, which there are, which are taken.


def test_the_cost_of_a_path_is_the_logarithm_of_its_fidelity() -> None:
    calibration = Calibration(
        np.array([0.1, 0.2, 0.3]),
        np.array([0.01, 0.02, 0.03]),
        {(0, 1): 0.05, (1, 2): 0.06},
        np.array([1.0, 2.0, 4.0]),
        np.full(3, np.inf),
    )
    log = np.log
    readout = log(0.9) + log(0.8) + log(0.7)
    single = log(0.99) + log(0.98) + log(0.97)
    pairs = log(0.95) + log(0.94)
    assert path_cost((2, 1, 0), calibration, 3) == pytest.approx(-readout - 6 * single - 2 * pairs)
    assert path_cost((0, 1, 2), calibration, 1, 5, 0.4) == pytest.approx(
        -5 * readout - 2 * single + 0.4 * (1 + 1 / 2 + 1 / 4)
    )


def test_paths_of_a_dense_device_are_shared_out_among_its_directions() -> None:
    target = grid_device(5, 5)
    paths = find_paths(Calibration.of(target), 6)
    begun: dict[tuple[int, int], int] = {}
    for path in paths:
        for way in (path[:2], path[:-3:-1]):
            begun[way] = begun.get(way, 0) + 1
    pairs = Calibration.of(target).pairs
    assert set(begun) == {way for pair in pairs for way in (pair, pair[::-1])}
    # Twenty per qubit, divided among two to four neighbours; seen from the other end come more.
    assert min(begun.values()) >= 5
    assert len(paths) <= 20 * 25
    # Three of length five on a line are all there are, whatever the limit.
    assert len(find_paths(line(7), 5)) == 3


def test_a_tree_has_all_its_paths() -> None:
    # A centre with six arms of five leaves each: from leaf to leaf across the centre.
    arms = {(0, arm): 0.01 for arm in range(1, 7)}
    leaves = {(arm, 7 + 5 * (arm - 1) + leaf): 0.01 for arm in range(1, 7) for leaf in range(5)}
    tree = calibration_of(arms | leaves, 37)
    assert len(find_paths(tree, 5)) == 15 * 5 * 5


def test_good_pairs_come_first_where_paths_are_limited() -> None:
    calibration = Calibration.of(grid_device(4, 4))
    better = calibration.pairs | {(5, 6): 0.001}
    first = find_paths(replace(calibration, pairs=better), 3)
    starts = [path for path in first if path[0] == 5]
    assert starts[0][:2] == (5, 6)


def test_how_many_paths_fit() -> None:
    assert capacity(line(9), 3) == 3
    assert capacity(line(8), 3) == 2
    assert capacity(line(2), 3) == 0


def test_disjoint_sets_are_chosen_by_cost_and_number() -> None:
    sets = [(0, 1), (1, 2), (2, 3), (3,), (0,)]
    costs = np.array([1.0, 0.1, 1.0, 0.5, 0.7])
    assert choose_disjoint(4, sets, costs, {2: 1, 1: 0}) == [1]
    assert choose_disjoint(4, sets, costs, {2: 2, 1: 0}) == [0, 2]
    assert choose_disjoint(4, sets, costs, {2: 1, 1: 2}) == [1, 3, 4]
    assert choose_disjoint(4, sets, costs, {2: 3}) is None
    # Of a size that is not named, as many as lower the cost.
    assert choose_disjoint(4, sets, -costs, {2: 1}) in ([0, 3], [2, 4])
    assert choose_disjoint(4, sets, costs, {2: 1}) == [1]


def test_the_best_of_equal_paths_comes_first() -> None:
    calibration = line(6)
    calibration.readout[:3] = 0.1
    assert pack(calibration, [3, 3], 2) == ((3, 4, 5), (0, 1, 2))
    calibration.readout[:] = 0.1
    calibration.readout[:3] = 0.01
    assert pack(calibration, [3, 3], 2) == ((0, 1, 2), (3, 4, 5))


def test_waiting_and_repeated_reading_choose_other_qubits() -> None:
    calibration = line(4)
    calibration.readout[:2] = 0.02
    calibration.t1[2:] = 1e-3
    # Read once, the second half is better; waiting for a tenth of its T1 turns that round.
    assert pack(calibration, [2], 2) == ((2, 3),)
    assert pack(calibration, [2], 2, 1, 1e-4) == ((0, 1),)
    assert pack(calibration, [2], 2, 20, 1e-4) == ((2, 3),)


def test_qubits_are_read_once_unless_said_otherwise() -> None:
    calibration = line(4)
    calibration.readout[:2] = 0.02
    calibration.pairs.update({(0, 1): 0.001, (1, 2): 0.4, (2, 3): 0.025})
    assert pack(calibration, [2], 2) == pack(calibration, [2], 2, 1) == ((0, 1),)
    assert pack(calibration, [2], 2, 2) == ((2, 3),)


def test_no_room_says_what_was_wanted() -> None:
    with pytest.raises(PlanError) as caught:
        pack(line(7), [4, 4, 2], 3)
    assert "7 good qubits" in caught.value.expected
    assert "2 paths of 4" in caught.value.got
    assert "1 paths of 2" in caught.value.got
    with pytest.raises(PlanError, match="long enough") as too_long:
        room(line(3), cells(1, 5).batches)
    assert too_long.value.expected.startswith("5 ")
    assert "3 usable qubits of 3" in too_long.value.got


# Redundant readout.


def test_the_error_of_a_bit_that_two_qubits_read() -> None:
    # A spike in twenty bins is missed by either; no spike is only wrong if both err.
    assert redundant_error(0.1, 0.2) == pytest.approx(0.95 * 0.02 + 0.05 * 0.3)


@pytest.mark.parametrize(("gate", "taken"), [(0.057, True), (0.0577, False)])
def test_a_spare_is_taken_if_it_gains_half_a_percent(gate: float, taken: bool) -> None:
    calibration = line(3)
    calibration.readout[:] = 0.01, 0.03, 0.02
    calibration.pairs[1, 2] = gate
    part = gate / 3
    after = redundant_error(0.03, 0.02) + 0.95 * part * 1.05 + 0.05 * 3 * part
    assert (0.03 - after > 0.005) is taken
    assert choose_redundant_qubits(calibration, [(0, 1)], 1) == (({1: 2},) if taken else ({},))


def test_spares_go_where_they_gain_most() -> None:
    # Qubits 0 and 3 have the spares 4 and 5, which both may read for 0.
    calibration = calibration_of(
        {(0, 1): 0.001, (2, 3): 0.001, (0, 4): 0.001, (0, 5): 0.001, (3, 5): 0.001}, 6
    )
    calibration.readout[[0, 3]] = 0.2, 0.1
    chosen = choose_redundant_qubits(calibration, [(0, 1), (2, 3)], 1)
    assert chosen == ({0: 4}, {3: 5})
    calibration.readout[4] = 0.15
    assert choose_redundant_qubits(calibration, [(0, 1), (2, 3)], 1) == ({0: 4}, {3: 5})
    assert choose_redundant_qubits(calibration, [(0, 1), (2, 3)], 0) == ({}, {})
    assert choose_redundant_qubits(line(3), [(0, 1, 2)], 1) == ({},)


def test_copies_are_read_by_the_bits_after_the_cells_own() -> None:
    cell = QuantumCircuit(2, 2, name="cell")
    cell.x(1)
    cell.measure([0, 1], [0, 1])
    wider = copy_to_spares(cell, [1, 0])
    assert (wider.num_qubits, wider.num_clbits, wider.name) == (4, 4, "cell")
    found = [(name, wires, bit) for name, wires, bit, _ in steps(wider)]
    assert found[:3] == [("x", (1,), -1), ("cx", (1, 2), -1), ("cx", (0, 3), -1)]
    assert found[3:] == [("measure", (q,), q) for q in range(4)]


def test_cells_whose_bits_cannot_be_read_again() -> None:
    program = cells(1, 2)
    check_redundant_readout(program.batches[0])
    with pytest.raises(PlanError, match="single bin") as caught:
        check_redundant_readout(
            replace(program.batches[0], offsets=(0, 3), embedded=True)  # four bins
        )
    assert caught.value.got.startswith("4 bins")


def test_neighbours_on_a_line() -> None:
    circuit = QuantumCircuit(4)
    circuit.cz(2, 1)
    circuit.barrier(0, 3)
    assert on_a_line(circuit)
    circuit.cz(0, 2)
    assert not on_a_line(circuit)


# Circuits on a lattice.


def _square(n_gates: int = 1) -> QuantumCircuit:
    circuit = QuantumCircuit(4, 4)
    circuit.ry(Parameter("a"), 0)
    circuit.ry(Parameter("b"), 0)
    circuit.ry(Parameter("c"), 3)
    for _ in range(n_gates):
        circuit.cz(0, 1)
    circuit.cz(1, 2)
    circuit.cz(3, 2)
    circuit.cz(3, 0)
    circuit.measure(range(4), range(4))
    return circuit


def test_places_of_a_square() -> None:
    calibration = Calibration.of(grid_device(2, 3))
    places = find_places(calibration, _square())
    # Two squares, four turns, two mirrors.
    assert len(places) == len(set(places)) == 16
    for where in places:
        for a, b in [(0, 1), (1, 2), (2, 3), (0, 3)]:
            assert tuple(sorted((where[a], where[b]))) in calibration.pairs
    assert len(find_places(calibration, _square(), 3)) == 3
    calibration.readout[0] = 1.0
    left = {pair: error for pair, error in calibration.pairs.items() if 0 not in pair}
    around = find_places(replace(calibration, pairs=left), _square())
    assert {min(where) for where in around} == {1}


def test_a_line_may_lie_on_three_sides_of_a_square() -> None:
    circuit = QuantumCircuit(4)
    for wire in range(3):
        circuit.cz(wire, wire + 1)
    # Four starts, two directions; that the ends are neighbours too is no matter.
    assert len(find_places(Calibration.of(grid_device(2, 2)), circuit)) == 8


def test_how_many_squares_fit() -> None:
    batch = CellBatch(
        _square(),
        np.zeros((1, 3)),
        np.zeros(1, int),
        np.zeros(1, int),
        (0, 1) * 2,
        (0, 0, 1, 1),
        embedded=True,
    )
    small = replace(batch, circuit=QuantumCircuit(2, 4), angles=np.zeros((1, 0)))
    for n_columns, n_squares in ((2, 1), (5, 2), (6, 3)):
        calibration = Calibration.of(grid_device(2, n_columns))
        assert room(calibration, [small, batch]) == n_squares
    with pytest.raises(PlanError, match="several bins") as caught:
        room(line(9), [batch])
    assert caught.value.expected == "1 lattice(s) of 4 qubits"


def test_the_cost_of_a_place() -> None:
    calibration = Calibration(
        np.array([0.1, 0.2, 0.3, 0.4]),
        np.array([0.01, 0.02, 0.03, 0.04]),
        {(0, 1): 0.05, (1, 2): 0.06, (2, 3): 0.07, (0, 3): 0.08},
        np.full(4, np.inf),
        np.full(4, np.inf),
    )
    log = np.log
    readout = log(0.9) + log(0.8) + log(0.7) + log(0.6)
    pairs = 3 * log(0.95) + log(0.94) + log(0.93) + log(0.92)
    # Two pulses for each of the rotations, two on wire 0 and one on wire 3.
    single = 4 * log(0.99) + 2 * log(0.96)
    assert place_cost((0, 1, 2, 3), calibration, _square(3)) == pytest.approx(
        -readout - single - pairs
    )
    turned = 4 * log(0.98) + 2 * log(0.99)
    assert place_cost((1, 2, 3, 0), calibration, _square(1)) == pytest.approx(
        -readout - turned - log(0.95) - log(0.94) - log(0.93) - log(0.92)
    )


def test_squares_side_by_side_the_best_first() -> None:
    calibration = Calibration.of(grid_device(2, 5))
    calibration.readout[[0, 5]] = 0.2
    first, second = pack_embeddings(calibration, [_square(), _square()])
    assert (set(first), set(second)) in (
        ({3, 4, 8, 9}, {1, 2, 6, 7}),
        ({1, 2, 6, 7}, {3, 4, 8, 9}),
    )
    with pytest.raises(PlanError) as caught:
        pack_embeddings(calibration, [_square()] * 3)
    assert "3 lattice(s) of 4 qubits" in caught.value.expected
    assert "10 good qubits, 13 good pairs" in caught.value.got


# Time.


def _memory() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.cz(0, 1)
    circuit.measure(1, 0)
    circuit.reset(1)
    circuit.sx(1)
    circuit.cz(0, 1)
    circuit.barrier()
    circuit.measure(1, 1)
    return circuit


def test_when_gates_begin_and_what_has_to_last() -> None:
    target = grid_device(1, 3)
    found = timing(_memory(), (1, 2), target)
    total = GATE + JOIN + READ + RESET + GATE + JOIN + READ
    assert found.seconds == pytest.approx(total)
    # Wire 0 from its first gate to its second join; wire 1 anew after its reset.
    assert found.kept[0] == pytest.approx(total - READ)
    assert found.kept[1] == pytest.approx(GATE + JOIN + READ)
    assert timing(QuantumCircuit(1), (0,), target).seconds == 0
    again = timing(_memory(), (1, 2), target, steps(_memory()))
    assert again == found


def test_the_first_bin_may_be_what_lasts_longest() -> None:
    circuit = QuantumCircuit(1, 2)
    for _ in range(3):
        circuit.x(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.measure(0, 1)
    assert timing(circuit, (0,), grid_device(1, 2)).kept == (pytest.approx(3 * GATE + READ),)


@pytest.mark.parametrize(
    ("number", "unit", "seconds"),
    [(3.0, "s", 3.0), (3.0, "ms", 3e-3), (3.0, "us", 3e-6), (3.0, "ns", 3e-9), (3, "dt", 3e-9)],
)
def test_delays_of_all_units(number: float, unit: str, seconds: float) -> None:
    circuit = QuantumCircuit(1)
    circuit.delay(number, 0, unit)
    assert duration(circuit.data[0], (0,), grid_device(1, 2)) == pytest.approx(seconds)


def test_delays_add_up_and_are_no_use_of_a_qubit() -> None:
    circuit = QuantumCircuit(1)
    circuit.delay(1, 0, "us")
    circuit.x(0)
    circuit.delay(2, 0, "us")
    found = timing(circuit, (0,), grid_device(1, 2))
    assert found.seconds == pytest.approx(3e-6 + GATE)
    assert found.kept == (pytest.approx(GATE),)


def test_what_has_no_duration_takes_no_time() -> None:
    target = Target(num_qubits=1)
    target.add_instruction(library.XGate(), {(0,): None})
    target.add_instruction(library.SXGate(), {(0,): InstructionProperties()})
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.sx(0)
    circuit.barrier()
    assert timing(circuit, (0,), target).seconds == 0
    circuit.delay(5, 0, "dt")
    assert timing(circuit, (0,), target).seconds == 0


def test_waiting_times_become_delays() -> None:
    target = grid_device(1, 3)
    padded = with_delays(_memory(), (1, 2), target)
    assert padded.count_ops()["delay"] >= 1
    assert timing(padded, (1, 2), target).seconds == pytest.approx(
        timing(_memory(), (1, 2), target).seconds
    )
    same = _memory()
    assert with_delays(same, (1, 2), grid_device(1, 3, dt=None)) is same


def test_how_long_qubits_wait_for_others() -> None:
    target = grid_device(1, 3)
    # Two measurements and a reset of wire 1; durations are the median of all qubits.
    assert waiting_seconds(_memory(), target) == pytest.approx(2 * READ + RESET)
    assert waiting_seconds(CellAnsatz(3, 2).circuit(), target) == 0.0
    slow = InstructionProperties(9e-6, 0.01)
    target.update_instruction_properties("measure", (0,), slow)
    assert waiting_seconds(_memory(), target) == pytest.approx(2 * READ + RESET)


def test_what_counts_as_mid_circuit() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.measure(0, 0)
    circuit.delay(1, 0, "us")
    circuit.x(1)
    assert not measures_mid_circuit(circuit)
    circuit.x(0)
    assert measures_mid_circuit(circuit)
    reset = QuantumCircuit(1)
    reset.reset(0)
    assert measures_mid_circuit(reset)
    check_device(reset, grid_device(1, 2), "x")
    without = Target(num_qubits=1)
    without.add_instruction(library.XGate(), {(0,): None})
    with pytest.raises(PlanError, match="x cannot reset"):
        check_device(reset, without, "x")
    check_device(circuit, without, "x")


# Tiles, pages, plans.


def test_cells_are_dealt_evenly_to_the_fewest_pages() -> None:
    target = grid_device(1, 9)
    plan = device_plan(cells(7, 2), target, "x")
    assert [len(page.tiles) for page in plan.pages] == [4, 3]
    assert [tile.bins[0] for page in plan.pages for tile in page.tiles] == list(range(7))
    limited = device_plan(cells(7, 2), target, "x", Placement(3))
    assert [len(page.tiles) for page in limited.pages] == [3, 2, 2]
    assert len(device_plan(cells(3, 2), target, "x", Placement(9)).pages) == 1


def test_a_page_measures_all_tiles_together_at_its_end() -> None:
    target = grid_device(1, 7)
    (page,) = device_plan(cells(3, 2), target, "x").pages
    assert page.circuit is not None
    found = [(name, wires, bit) for name, wires, bit, _ in steps(page.circuit)]
    qubits = [q for tile in page.tiles for q in tile.measured_qubits]
    assert [step for step in found if step[0] == "measure"] == [
        ("measure", (q,), i) for i, q in enumerate(qubits)
    ]
    (barrier,) = [i for i, step in enumerate(found) if step[0] == "barrier"]
    assert set(found[barrier][1]) == set(qubits)
    assert {name for name, *_ in found[barrier + 1 :]} == {"measure"}
    assert (page.n_bits, page.rows_per_sample) == (6, 1)
    assert page.layout.qubits == tuple(qubits)


def test_every_parameter_of_a_page_gets_its_angle() -> None:
    program = cells(3, 2, n_samples=4)
    plan = device_plan(program, grid_device(1, 7), "x")
    (page,) = plan.pages
    values = plan.values(program, page)
    assert values.shape == (4, 3 * 4)
    assert page.circuit is not None
    angles = program.batches[0].angles.reshape(4, 3, 4)
    for column, parameter in enumerate(page.circuit.parameters):
        tile = page.tiles[int(parameter.vector.name.removeprefix("tile"))]
        assert np.array_equal(values[:, column], angles[:, tile.bins[0], parameter.index])


def test_the_angles_of_an_ideal_plan_are_those_of_the_program() -> None:
    program = cells(3, 2, n_samples=4)
    plan = ideal_plan(program, "aer")
    (page,) = plan.pages
    assert np.array_equal(plan.values(program, page), program.batches[0].angles)
    assert (page.circuit, page.rows_per_sample, page.tiles[0].qubits) == (None, 3, ())
    assert page.tiles[0].measured_qubits == ()


def test_more_than_ten_tiles_keep_their_order() -> None:
    program = cells(12, 1, n_layers=1)
    (page,) = device_plan(program, grid_device(2, 8), "x").pages
    assert len(page.tiles) == 12
    values = device_plan(program, grid_device(2, 8), "x").values(program, page)
    assert sorted(page.columns().tolist()) == list(range(12))
    assert page.circuit is not None
    for column, parameter in enumerate(page.circuit.parameters):
        assert values[0, column] == int(parameter.vector.name.removeprefix("tile"))


def test_tiles_may_not_share_qubits() -> None:
    target = grid_device(1, 4)
    circuit = compile_cell(CellAnsatz(2, 2).circuit(), (0, 1), target)
    one, two = (Tile(circuit, path, (0, 1), (0,), 0) for path in ((0, 1), (1, 2)))
    with pytest.raises(PlanError, match="share a qubit"):
        place([one, two], 4)
    apart = Tile(circuit, (3, 2), (0, 1), (1,), 0)
    assert place([one, apart], 4).layout.qubits == (0, 1, 3, 2)


def test_compiled_cells_have_the_gates_of_their_qubits() -> None:
    target = grid_device(1, 4)
    assert gates_of((0, 1), target) == gates_of((2, 3), target)
    assert ("cz", (0, 1)) in gates_of((1, 2), target)
    assert ("cz", (1, 0)) in gates_of((2, 1), target)
    assert not [name for name, _ in gates_of((0, 2), target) if name == "cz"]
    cell = compile_cell(CellAnsatz(3, 2).circuit(), (1, 2, 3), target)
    assert cell.count_ops()["cz"] == 2
    assert set(cell.count_ops()) <= {*target.operation_names, "barrier"}
    with pytest.raises(PlanError, match="cannot be compiled") as caught:
        compile_cell(CellAnsatz(2, 2).circuit(), (0, 3), target)
    assert "qubits 0, 3" in caught.value.got


def test_spare_qubits_read_again_in_a_plan() -> None:
    target = grid_device(2, 3)
    for q in range(6):
        target.update_instruction_properties("measure", (q,), InstructionProperties(READ, 0.1))
    plan = device_plan(cells(1, 2), target, "x", Placement(redundant_readout=1))
    (tile,) = plan.pages[0].tiles
    assert len(tile.qubits) == 3
    own, spare = tile.qubits[:2], tile.qubits[2]
    twice = tile.neurons[2]
    assert tile.neurons[:2] == (0, 1)
    assert spare not in own
    assert tuple(sorted((own[twice], spare))) in Calibration.of(target).pairs
    assert plan.pages[0].n_bits == 3
    two = device_plan(cells(1, 2), target, "x", Placement(redundant_readout=2)).pages[0].tiles[0]
    assert sorted(two.neurons) == [0, 0, 1, 1]


def test_deep_cells_are_placed_for_their_gates_and_shallow_ones_for_their_readout() -> None:
    target = grid_device(1, 5)
    for q, error in {0: 0.03, 1: 0.03, 3: 0.005, 4: 0.005}.items():
        target.update_instruction_properties("measure", (q,), InstructionProperties(READ, error))
    target.update_instruction_properties("cz", (0, 1), InstructionProperties(JOIN, 0.001))
    target.update_instruction_properties("cz", (3, 4), InstructionProperties(JOIN, 0.02))
    for pair in ((1, 2), (2, 3)):
        target.update_instruction_properties("cz", pair, InstructionProperties(JOIN, 0.4))

    def chosen(program: Program) -> set[int]:
        (tile,) = device_plan(program, target, "x", Placement(1)).pages[0].tiles
        return set(tile.qubits)

    # 2.5 % of readout per qubit against 1.9 % for every layer of gates but the first.
    assert chosen(cells(1, 2, 2)) == chosen(cells(1, 2, 3)) == {3, 4}
    assert chosen(cells(1, 2, 4)) == chosen(cells(1, 2, 5)) == {0, 1}
    # Layers are counted by angles or by gates, whichever are more.
    zero = np.zeros(1, int)
    rotations = CellAnsatz(2, 4, "none").circuit()
    batch = CellBatch(rotations, np.zeros((1, 8)), zero, zero, (0, 1))
    assert chosen(Program((batch,), (1, 1, 2), 0.02)) == {0, 1}
    bound = CellAnsatz(2, 4).circuit().assign_parameters(np.zeros(8))
    batch = CellBatch(bound, np.zeros((1, 0)), zero, zero, (0, 1))
    assert chosen(Program((batch,), (1, 1, 2), 0.02)) == {0, 1}


def test_bins_that_the_rows_of_a_sample_begin_with() -> None:
    program = cells(3, 2, n_samples=2)
    assert row_bins(program.batches[0], program) == (0, 1, 2)
    for wrong in (
        replace(program.batches[0], bins=np.array([0, 1, 1, 0, 1, 1])),
        replace(program.batches[0], samples=np.array([0, 0, 1, 0, 1, 1])),
        replace(program.batches[0], bins=np.array([0, 1, 2, 0, 2, 1])),
    ):
        with pytest.raises(PlanError, match="does not cover") as caught:
            row_bins(wrong, program)
        assert caught.value.got == "6 rows of 2 bits"


def test_cells_of_a_bin_stay_together() -> None:
    sample, time = np.divmod(np.arange(4), 4)
    batches = [
        CellBatch(CellAnsatz(2, 1).circuit(), np.zeros((4, 2)), sample, time, neurons)
        for neurons in ((0, 1), (2, 3))
    ]
    program = Program(tuple(batches), (1, 4, 4), 0.02)
    plan = device_plan(program, grid_device(1, 9), "x")
    assert [[(tile.bins[0], tile.batch) for tile in page.tiles] for page in plan.pages] == [
        [(0, 0), (0, 1), (1, 0), (1, 1)],
        [(2, 0), (2, 1), (3, 0), (3, 1)],
    ]
    layout = plan.layout
    assert (layout.n_bins, layout.n_neurons, layout.bin_width) == (4, 4, 0.02)
    assert layout.samples_per_shot == 1
    bits = [np.eye(8, dtype=bool)[[3]], np.zeros((1, 8), bool)]
    assert np.argwhere(layout.decode(bits).spikes).tolist() == [[0, 0, 3]]


def test_a_lattice_is_placed_as_a_lattice() -> None:
    zero = np.zeros(1, int)
    neurons, offsets = (0, 1, 1, 0), (0, 0, 1, 1)
    batch = CellBatch(_square(), np.zeros((1, 3)), zero, zero, neurons, offsets, embedded=True)
    plan = device_plan(Program((batch,), (1, 2, 2), 0.02), grid_device(2, 3), "x")
    (tile,) = plan.pages[0].tiles
    assert tile.circuit.count_ops()["cz"] == 4
    assert plan.layout.measured_qubits().ravel().tolist() == [
        tile.qubits[0],
        tile.qubits[1],
        tile.qubits[3],
        tile.qubits[2],
    ]


def test_a_plan_needs_the_operations_of_its_cells() -> None:
    target = Target(num_qubits=2)
    target.add_instruction(library.XGate(), {(0,): None, (1,): None})
    zero = np.zeros(1, int)
    batch = CellBatch(_memory(), np.zeros((1, 0)), zero, zero, (0, 0), (0, 1))
    with pytest.raises(PlanError, match="acme cannot reset"):
        device_plan(Program((batch,), (1, 2, 1), 0.02), target, "acme")
    placement = Placement(redundant_readout=1)
    with pytest.raises(PlanError, match="Redundant readout"):
        device_plan(Program((batch,), (1, 2, 1), 0.02), grid_device(1, 3), "x", placement)


def test_paths_of_a_plan_join_neighbours() -> None:
    plan = device_plan(cells(2, 4), grid_device(2, 4), "x")
    pairs = Calibration.of(grid_device(2, 4)).pairs
    for page in plan.pages:
        for tile in page.tiles:
            assert all(tuple(sorted(pair)) in pairs for pair in pairwise(tile.qubits))
