"""Calibrations, paths of good qubits, and packing them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from neuroqgan.backends.calibration import Calibration, restrict
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.placement.qubit_paths import capacity, find_paths, pack, path_cost
from neuroqgan.backends.placement.redundant_readout import choose_redundant_qubits
from neuroqgan.errors import PlanError


def _line(n_qubits: int, bad: tuple[int, ...] = ()) -> Calibration:
    readout = np.full(n_qubits, 0.01)
    readout[list(bad)] = 1.0
    pairs = {(q, q + 1): 0.01 for q in range(n_qubits - 1) if not {q, q + 1} & set(bad)}
    forever = np.full(n_qubits, np.inf)
    return Calibration(readout, np.full(n_qubits, 1e-4), pairs, forever, forever)


@pytest.mark.parametrize(
    ("device", "length", "room"),
    [
        ("fake_brisbane", 10, 10),
        ("fake_brisbane", 8, 13),
        ("fake_fez", 10, 12),
        ("fake_fez", 8, 15),  # 16 paths would need gates that its calibration reports as faulty
    ],
)
def test_how_many_chains_fit(device: str, length: int, room: int) -> None:
    calibration = Calibration.of(snapshot_target(device))
    assert capacity(calibration, length) == room
    paths = pack(calibration, [length] * room, 3)
    used = [qubit for path in paths for qubit in path]
    assert len(set(used)) == room * length
    assert calibration.usable[used].all()
    for path in paths:
        assert all((min(p), max(p)) in calibration.pairs for p in pairwise(path))


def test_every_path_is_found_once() -> None:
    assert sorted(find_paths(_line(6), 3)) == [(0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5)]
    assert find_paths(_line(3), 1) == [(0,), (1,), (2,)]
    assert find_paths(_line(3), 4) == []


@pytest.mark.filterwarnings("ignore:Properties of fake_nighthawk")
def test_a_square_lattice_is_packed_from_a_fair_choice_of_its_chains() -> None:
    calibration = Calibration.of(snapshot_target("fake_nighthawk"))
    paths = find_paths(calibration, 10)
    # At most twenty from every qubit, of the hundred thousand that there are.
    assert 1200 < len(paths) < 20 * calibration.n_qubits
    for path in paths:
        assert len(set(path)) == 10
        assert all((min(p), max(p)) in calibration.pairs for p in pairwise(path))
    # From every qubit in every direction that it has.
    begun = {way for path in paths for way in (path[:2], path[:-3:-1])}
    assert begun == {way for pair in calibration.pairs for way in (pair, pair[::-1])}
    # All but nine of 119 good qubits.
    assert capacity(calibration, 10) == 11


def test_faulty_qubits_are_left_out() -> None:
    assert sorted(find_paths(_line(7, bad=(3,)), 3)) == [(0, 1, 2), (4, 5, 6)]
    assert capacity(_line(7, bad=(3,)), 4) == 0


def test_packing_is_exact() -> None:
    calibration = _line(9)
    calibration.readout[4] = 0.3
    # Taking paths greedily, best first, could block the only choice without qubit 4.
    assert set(pack(calibration, [4, 4], 2)) == {(0, 1, 2, 3), (5, 6, 7, 8)}
    costs = [path_cost(path, calibration, 2) for path in find_paths(calibration, 4)]
    assert min(costs) > 0


def test_chains_of_two_lengths_come_in_the_order_asked() -> None:
    assert [len(path) for path in pack(_line(9), [2, 4, 2], 3)] == [2, 4, 2]


def test_no_room_is_an_error() -> None:
    with pytest.raises(PlanError, match="side by side"):
        pack(_line(7), [4, 4], 3)


def test_a_restricted_target_keeps_the_errors() -> None:
    target = snapshot_target("fake_brisbane")
    path = pack(Calibration.of(target), [4], 3)[0]
    part = Calibration.of(restrict(target, path))
    whole = Calibration.of(target)
    assert np.array_equal(part.readout, whole.readout[list(path)])
    assert set(part.pairs) == {(0, 1), (1, 2), (2, 3)}
    assert part.pairs[0, 1] == whole.pairs[min(path[:2]), max(path[:2])]


def test_a_spare_neighbour_reads_the_qubit_that_errs_most() -> None:
    calibration = _line(6)
    calibration.readout[[1, 3, 5]] = 0.2, 0.15, 0.05
    # Qubit 2 could read for 1 or for 3.
    assert choose_redundant_qubits(calibration, [(0, 1), (3, 4)], 2) == ({1: 2}, {})
    assert choose_redundant_qubits(calibration, [(0, 1, 2, 3, 4, 5)], 2) == ({},)


def test_a_reader_that_costs_more_than_it_brings_is_left_alone() -> None:
    calibration = _line(3)
    calibration.pairs[1, 2] = 0.2
    assert choose_redundant_qubits(calibration, [(0, 1)], 2) == ({},)


def test_a_chain_gets_no_more_readers_than_can_be_simulated() -> None:
    star = Calibration(
        np.full(6, 0.05),
        np.full(6, 1e-4),
        {(0, 1): 0.01, (1, 2): 0.01, (0, 3): 0.01, (1, 4): 0.01, (2, 5): 0.01},
        np.full(6, np.inf),
        np.full(6, np.inf),
    )
    for most in (0, 1, 2, 3):
        (readers,) = choose_redundant_qubits(star, [(0, 1, 2)], most)
        assert len(readers) == most
