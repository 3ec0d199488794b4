"""Lattices of neurons and bins, placed on devices whose qubits form one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.estimate import estimate
from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.embedding import (
    find_places,
    fits,
    pack_embeddings,
    place_cost,
    room,
)
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.folding import fold
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.errors import PlanError
from neuroqgan.jobs.planning import max_samples_per_shot
from tests.lattices import pattern_lattice, square_device

# Its own warning: the snapshot has the couplings of such a device, and made-up errors.
pytestmark = pytest.mark.filterwarnings("ignore:Properties of fake_nighthawk")


def _circuit(n_neurons: int, n_bins: int, n_layers: int = 2) -> QuantumCircuit:
    return LatticeAnsatz(CellAnsatz(n_neurons, n_layers), n_bins).circuit()


def _joined(circuit: QuantumCircuit) -> set[tuple[int, int]]:
    return {
        tuple(sorted(circuit.find_bit(qubit).index for qubit in gate.qubits))
        for gate in circuit.data
        if gate.operation.name == "cz"
    }


@pytest.mark.parametrize(("n_neurons", "n_bins", "places"), [(10, 12, 4), (9, 12, 8), (3, 3, 640)])
def test_all_places_on_a_square_lattice_are_found(n_neurons: int, n_bins: int, places: int) -> None:
    """Along rows and columns, mirrored both ways."""
    calibration = Calibration.of(square_device(10, 12))
    circuit = _circuit(n_neurons, n_bins)
    found = find_places(calibration, circuit)
    assert len(set(found)) == len(found) == places
    for place in found:
        assert len(set(place)) == n_neurons * n_bins
        pairs = {tuple(sorted((place[a], place[b]))) for a, b in _joined(circuit)}
        assert pairs <= set(calibration.pairs)


@pytest.mark.parametrize("device", ["fake_fez", "fake_brisbane", "fake_montreal"])
def test_a_heavy_hex_device_has_none(device: str) -> None:
    calibration = Calibration.of(snapshot_target(device))
    assert not fits(calibration, _circuit(2, 2))
    program = pattern_lattice(np.zeros((2, 3, 2), bool))
    with pytest.raises(PlanError, match="several bins") as caught:
        device_plan(program, snapshot_target(device), device)
    assert "`bins_per_job = 1`" in caught.value.hint


def test_the_largest_lattice_around_a_faulty_qubit() -> None:
    calibration = Calibration.of(snapshot_target("fake_nighthawk"))
    (faulty,) = np.flatnonzero(~calibration.usable)
    # A device of ten by twelve; the qubit is in the row after eight good ones.
    assert faulty // 10 in {3, 8}
    assert fits(calibration, _circuit(10, 8))
    assert not fits(calibration, _circuit(10, 9))
    for place in find_places(calibration, _circuit(10, 8)):
        assert faulty not in place


def test_the_best_place_is_taken() -> None:
    calibration = Calibration.of(square_device(3, 5))
    circuit = _circuit(3, 3)
    noisy = calibration.readout.copy()
    noisy[[0, 14]] = 0.2, 0.1
    # The middle alone has neither corner.
    calibration = replace(calibration, readout=noisy)
    (place,) = pack_embeddings(calibration, [circuit])
    assert sorted(place) == list(range(3, 12))
    costs = {
        sorted(p)[0]: place_cost(p, calibration, circuit) for p in find_places(calibration, circuit)
    }
    assert costs[0] > costs[6] > costs[3]
    # A pair that errs counts by its gates: a layer's, and one a bin between bins.
    pairs = calibration.pairs | {(4, 7): 0.3}
    worse = place_cost(place, replace(calibration, pairs=pairs), circuit)
    assert worse - costs[3] == pytest.approx(-np.log(0.7))


def test_two_sizes_side_by_side() -> None:
    calibration = Calibration.of(square_device(4, 5))
    with pytest.raises(PlanError, match="no room"):
        pack_embeddings(calibration, [_circuit(4, 4), _circuit(3, 2)])
    sizes = [_circuit(2, 2), _circuit(4, 2), _circuit(2, 2)]
    places = pack_embeddings(calibration, sizes)
    assert [len(place) for place in places] == [4, 8, 4]
    assert len({q for place in places for q in place}) == 16


def test_a_lattice_is_compiled_as_it_is() -> None:
    program = pattern_lattice(np.zeros((30, 12, 10), bool))
    target = square_device(10, 12)
    plan = device_plan(program, target, "square")
    (page,) = plan.pages
    assert page.circuit is not None
    gates = page.circuit.count_ops()
    assert gates["cz"] == 10 * 11 + 9 * 12
    assert gates["measure"] == 120
    assert "swap" not in gates
    # One job for all bins, where a bin a job takes twelve times two seconds.
    expected = estimate(plan, target, 1000)
    assert (expected.jobs, expected.parameter_sets, expected.tiles) == (1, 1000, 1)
    assert expected.seconds == pytest.approx(2.3, abs=0.05)
    # Qubits of the first bin keep their spikes until the last bin is measured.
    assert expected.kept_seconds > 0.9 * expected.circuit_seconds


def test_copies_fill_a_device() -> None:
    target = square_device(4, 6)
    backend = SimulatedBackend("square", target)
    patterns = np.zeros((30, 3, 2), bool)
    assert max_samples_per_shot(pattern_lattice(patterns), backend, Placement()) == 4
    assert max_samples_per_shot(pattern_lattice(patterns), backend, Placement(max_tiles=3)) == 3
    two_groups = pattern_lattice(np.zeros((30, 3, 4), bool), (2, 2))
    assert max_samples_per_shot(two_groups, backend, Placement()) == 2
    with pytest.raises(PlanError, match="several bins"):
        room(Calibration.of(target), pattern_lattice(np.zeros((1, 7, 2), bool)).batches)


@pytest.mark.parametrize("groups", [(), (2, 1)])
def test_bits_come_back_in_their_order(groups: tuple[int, ...]) -> None:
    """Three neurons and four bins, several samples side by side, none like another."""
    patterns = np.random.default_rng(2).random((17, 4, 3)) < 0.4
    backend = SimulatedBackend("square", square_device(4, 8))
    program = pattern_lattice(patterns, groups)
    samples_per_shot = max_samples_per_shot(program, backend, Placement())
    assert samples_per_shot == 2
    raster = backend.run(fold(program, samples_per_shot), seed=0)
    assert np.array_equal(raster.spikes[:17], patterns)


def test_spikes_fade_while_they_wait_for_the_last_bin() -> None:
    patterns = np.zeros((1500, 6, 1), bool)
    patterns[:, ::2] = True
    slow = square_device(2, 6, t1=10e-6, gate_seconds=200e-9)
    spikes = SimulatedBackend("square", slow).run(pattern_lattice(patterns), seed=0).spikes
    fast = SimulatedBackend("square", square_device(2, 6)).run(pattern_lattice(patterns), seed=0)
    assert np.array_equal(fast.spikes, patterns)
    rates = spikes[:, ::2, 0].mean(0)
    assert rates[0] < rates[2] - 0.03
    assert rates[0] < 0.97


def test_redundant_readout_is_refused() -> None:
    program = pattern_lattice(np.zeros((2, 3, 2), bool))
    with pytest.raises(PlanError, match="single bin") as caught:
        device_plan(program, square_device(4, 4), "square", Placement(redundant_readout=1))
    assert "`bins_per_job = 1`" in caught.value.hint
