"""Cells that measure and reset qubits mid-circuit: bits, places, noise, times."""

from __future__ import annotations

import json

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator

from neuroqgan.backends.bit_errors import bit_errors
from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.estimate import estimate
from neuroqgan.backends.layout import Layout
from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.placement.mid_circuit import (
    measures_mid_circuit,
    steps,
    timing,
    with_delays,
)
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.backends.placement.tiles import compile_cell, gates_of
from neuroqgan.backends.readout import calibration_pages, flip_rates, unbiased_spikes
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.folding import fold
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import PlanError
from neuroqgan.jobs.planning import in_shots
from neuroqgan.raster import SpikeRaster
from tests.helpers import assemble
from tests.mid_circuit import N_BINS, certain_program, memory_circuit, memory_program, some_spikes

DEVICES = ("fake_nairobi", "fake_brisbane", "fake_fez")


@pytest.mark.parametrize("repeated", [False, True])
def test_bits_return_to_their_bins_and_neurons_on_ideal_aer(repeated: bool) -> None:
    spikes = np.repeat(some_spikes(1), 7, axis=0) if repeated else some_spikes(7)
    program = certain_program(spikes)
    assert np.array_equal(AerBackend().run(program, seed=0).spikes, spikes)
    bound = bind_equal_rows(program)
    assert bound.batches[0].angles.shape == (7, 0 if repeated else 10)
    shots = in_shots(bound, AerBackend(), JobOptions())
    assert (shots.shape[0], shots.shots) == ((1, 7) if repeated else (7, 1))
    assert np.array_equal(AerBackend().run(shots, seed=0).spikes, spikes)


def test_both_ways_to_the_raster_agree() -> None:
    angles = np.random.default_rng(0).uniform(0, 2, (40, N_BINS, 2))
    program = memory_program(angles)
    plan = AerBackend().plan(program)
    (page,) = plan.pages
    bits = AerBackend().run_page(page, plan.values(program, page), seed=np.random.SeedSequence(1))
    assert np.array_equal(assemble(program, [bits]), plan.layout.decode([bits]).spikes)


@pytest.mark.parametrize("samples_per_shot", [1, 2])
def test_page_circuits_measure_what_the_cells_do(samples_per_shot: int) -> None:
    spikes = some_spikes(5)
    program = certain_program(spikes)
    program = program if samples_per_shot == 1 else fold(program, samples_per_shot)
    plan = device_plan(program, snapshot_target("fake_nairobi"), "x")
    (page,) = plan.pages
    assert page.circuit is not None
    assert len(page.tiles) == plan.samples_per_shot == samples_per_shot
    assert page.circuit.count_ops()["measure"] == 2 * N_BINS * samples_per_shot
    assert page.circuit.count_ops()["reset"] == 2 * N_BINS * samples_per_shot
    simulator = AerSimulator(method="statevector", seed_simulator=1)
    rows = []
    for values in plan.values(program, page):
        bound = page.circuit.assign_parameters(values)
        (memory,) = simulator.run(bound, shots=1, memory=True).result().get_memory()
        rows.append([character == "1" for character in reversed(memory)])
    found = plan.layout.decode([np.array(rows)]).spikes
    assert found.shape == (len(rows) * samples_per_shot, N_BINS, 2)
    assert np.array_equal(found[:5], spikes)


@pytest.mark.parametrize("device", DEVICES)
def test_bits_return_to_their_bins_and_neurons_on_a_device(device: str) -> None:
    spikes = np.repeat(some_spikes(1), 120, axis=0)
    program = fold(bind_equal_rows(certain_program(spikes)), 2)
    raster = resolve(device).run(program, seed=0)
    assert raster.n_samples == 120
    # Noise flips some bits; the majority of the samples has to be right everywhere.
    assert np.array_equal(raster.spikes.mean(0) > 0.5, spikes[0])
    assert not np.array_equal(raster.spikes, spikes)


def test_pages_may_hold_cells_of_both_kinds() -> None:
    spikes = some_spikes(2)
    mid_circuit = certain_program(spikes).batches[0]
    sample, time = np.divmod(np.arange(2 * N_BINS), N_BINS)
    other = np.random.default_rng(1).random((2, N_BINS, 2)) < 0.5
    angles = np.pi * other.reshape(-1, 2).astype(float)
    usual = CellBatch(CellAnsatz(2, 1).circuit(), angles, sample, time, (3, 2))
    program = Program((mid_circuit, usual), (2, N_BINS, 4), 0.02)
    expected = np.concatenate([spikes, other[..., ::-1]], axis=2)
    assert np.array_equal(AerBackend().run(program, seed=0).spikes, expected)
    plan = device_plan(program, snapshot_target("fake_fez"), "x")
    assert sum(tile.is_mid_circuit for page in plan.pages for tile in page.tiles) == 1
    again = Layout.from_dict(json.loads(json.dumps(plan.layout.to_dict())))
    assert again == plan.layout


def test_a_layout_of_the_first_version_is_read() -> None:
    value = {
        "format": 1,
        "n_bins": 2,
        "n_neurons": 2,
        "bin_width": 0.02,
        "pages": [
            {"tiles": [{"neurons": [1, 0], "bins": [t], "qubits": [3, 4]}]} for t in range(2)
        ],
    }
    bits = [np.array([[1, 0]], bool), np.array([[0, 1]], bool)]
    decoded = Layout.from_dict(value).decode(bits)
    assert decoded == SpikeRaster(np.array([[[0, 1], [1, 0]]], bool), 0.02)


def test_which_cells_measure_midway() -> None:
    assert measures_mid_circuit(memory_circuit())
    assert not measures_mid_circuit(CellAnsatz(3, 2).circuit())
    circuit = QuantumCircuit(2, 2)
    circuit.measure(0, 0)
    circuit.x(1)
    circuit.barrier()
    circuit.measure(1, 1)
    assert not measures_mid_circuit(circuit)
    circuit.cz(0, 1)
    assert measures_mid_circuit(circuit)


@pytest.mark.parametrize("wrong", ["gap", "twice", "order"])
def test_batches_that_do_not_cover_the_raster_once_are_refused(wrong: str) -> None:
    program = certain_program(some_spikes(3))
    batch = program.batches[0]
    if wrong == "order":
        batch.samples[:] = batch.samples[::-1].copy()
    else:
        object.__setattr__(batch, "offsets", ((0,) * 8 if wrong == "gap" else (1, 1)) + (0, 0))
        if wrong == "twice":
            object.__setattr__(batch, "neurons", (1, 0, 1, 0))
            program = Program(program.batches, (3, 1, 2), 0.02)
    with pytest.raises(PlanError, match="does not cover"):
        AerBackend().plan(program)


def _without_reset(target: Target) -> Target:
    part = Target(num_qubits=target.num_qubits, dt=target.dt)
    for name in set(target.operation_names) & {"sx", "x", "rz", "cx", "measure"}:
        part.add_instruction(target.operation_from_name(name), target[name], name=name)
    return part


def test_devices_without_reset_are_refused() -> None:
    target = _without_reset(snapshot_target("fake_montreal"))
    with pytest.raises(PlanError, match="cannot reset") as caught:
        device_plan(certain_program(some_spikes(1)), target, "acme")
    assert "fake_fez" in caught.value.hint


def test_redundant_readout_is_refused() -> None:
    target = snapshot_target("fake_montreal")
    with pytest.raises(PlanError, match="Redundant readout"):
        device_plan(certain_program(some_spikes(1)), target, "x", Placement(redundant_readout=1))


def test_times_are_those_of_the_target() -> None:
    target, path = snapshot_target("fake_brisbane"), (0, 1, 2)
    cell = compile_cell(memory_circuit(), path, target)
    found = timing(cell, path, target)
    wide = QuantumCircuit(target.num_qubits, cell.num_clbits)
    wide.compose(cell, path, range(cell.num_clbits), inplace=True)
    assert found.seconds == pytest.approx(wide.estimate_duration(target, unit="s"), rel=1e-9)
    # Memory lasts from the flip to the last use, a bin's qubits for a bin.
    measured = target["measure"][(0,)].duration
    assert found.kept[0] > 2 * measured
    assert all(measured < kept < 2.5 * measured for kept in found.kept[1:])
    padded = with_delays(cell, path, target)
    assert padded.count_ops()["delay"] > 0
    assert timing(padded, path, target).seconds == pytest.approx(found.seconds, rel=1e-6)


@pytest.mark.parametrize("device", ["fake_fez", "fake_brisbane"])
def test_a_compiled_cell_runs_on_every_chain_that_shares_it(device: str) -> None:
    target = snapshot_target(device)
    plan = device_plan(fold(certain_program(some_spikes(12)), 12), target, device)
    (page,) = plan.pages
    assert len(page.tiles) == 12
    kinds = {gates_of(tile.qubits, target) for tile in page.tiles}
    assert len({id(tile.circuit) for tile in page.tiles}) == len(kinds) < 12
    for tile in page.tiles:
        for name, wires, _, _ in steps(tile.circuit):
            assert tuple(tile.qubits[wire] for wire in wires) in target[name]
    assert page.circuit is not None
    found = estimate(plan, target, 100)
    assert found.depth == page.circuit.depth()
    assert found.two_qubit_gates == page.circuit.num_nonlocal_gates()


def test_a_plan_says_how_long_states_have_to_last() -> None:
    target = snapshot_target("fake_nairobi")
    plan = device_plan(certain_program(some_spikes(1)), target, "fake_nairobi", Placement(1))
    found = estimate(plan, target, 100)
    (tile,) = plan.pages[0].tiles
    times = Calibration.of(target)
    assert found.t1 == times.t1[list(tile.qubits)].min()
    assert found.t2 == times.t2[list(tile.qubits)].min()
    kept = np.array(timing(tile.circuit, tile.qubits, target).kept)
    assert found.kept_seconds == kept.max() < found.circuit_seconds
    assert found.kept_of_t1 == pytest.approx((kept / times.t1[list(tile.qubits)]).max())
    assert found.qubits == 2
    line = dict(found.lines())["Coherence"]
    assert f"one shot lasts {1e6 * found.circuit_seconds:.1f} us" in line
    assert f"T1 of the chosen qubits {1e6 * found.t1:.0f} us" in line
    assert ("Warning" in dict(found.lines())) is (found.kept_of_t1 > 0.3)
    long = device_plan(_waiting_program(1, 80), target, "fake_nairobi")
    found = estimate(long, target, 100)
    assert found.kept_of_t1 > 1
    assert f"{found.kept_of_t1:.0%} of its T1" in dict(found.lines())["Warning"]


def _waiting_program(n_samples: int, n_bins: int) -> Program:
    """Memory in 1 from the first bin on, read in the last."""
    circuit = QuantumCircuit(2, n_bins)
    circuit.x(0)
    circuit.cz(0, 1)  # without effect, but the memory is in 1 from here on
    for time in range(n_bins):
        if time == n_bins - 1:
            circuit.cx(0, 1)
        circuit.measure(1, time)
        circuit.reset(1)
    batch = CellBatch(
        circuit,
        np.zeros((n_samples, 0)),
        np.arange(n_samples),
        np.zeros(n_samples, np.int64),
        (0,) * n_bins,
        tuple(range(n_bins)),
    )
    return Program((batch,), (n_samples, n_bins, 1), 0.02)


def test_memory_relaxes_while_it_waits() -> None:
    backend = resolve("fake_fez")
    assert backend.target is not None
    program = _waiting_program(1500, 40)
    plan = backend.plan(program)
    (tile,) = plan.pages[0].tiles
    times = Calibration.of(backend.target)
    kept = timing(tile.circuit, tile.qubits, backend.target).kept[0]
    left = np.exp(-kept / times.t1[tile.qubits[0]])
    assert left < 0.75
    read = backend.run(program, seed=1).spikes[:, -1, 0].mean()
    assert read == pytest.approx(left, abs=0.06)
    shorter = _waiting_program(1500, 2)
    assert backend.run(shorter, seed=1).spikes[:, -1, 0].mean() > 0.93


@pytest.mark.parametrize("device", ["fake_nairobi", "fake_brisbane"])
def test_bits_are_as_wrong_as_the_memory_that_they_follow_from(device: str) -> None:
    backend = resolve(device)
    assert backend.target is not None
    spikes = np.repeat(some_spikes(1), 1500, axis=0)
    plan = backend.plan(certain_program(spikes))
    (tile, *_) = plan.pages[0].tiles
    errors = bit_errors(tile, steps(tile.circuit), backend.target, Calibration.of(backend.target))
    expected = np.zeros((N_BINS, 2))
    for address, error in zip(tile.layout.bits_by_address(), errors, strict=True):
        expected[address] = error
    wrong = (backend.run(certain_program(spikes), seed=1).spikes != spikes).mean(0)
    # The memory is in 1 from the second bin on, and relaxes while others are read.
    assert wrong[-1, 0] == pytest.approx(expected[-1, 0], rel=0.35)
    assert wrong.mean() == pytest.approx(expected.mean(), rel=0.8)
    assert (np.diff(expected[:, 0]) > 0.005).all()
    # Neuron 1 has nothing to do with the memory.
    assert wrong[:, 1].mean() == pytest.approx(expected[:, 1].mean(), rel=0.35)
    assert np.ptp(expected[:, 1]) < 1e-12


def test_readout_errors_in_the_middle_are_corrected() -> None:
    backend = resolve("fake_brisbane")
    assert backend.target is not None
    spikes = np.repeat(some_spikes(1), 3000, axis=0)
    program = in_shots(bind_equal_rows(certain_program(spikes)), backend, JobOptions(), 2)
    assert (program.shape[0], program.shots) == (1, 1500)
    raster = backend.run(program, seed=1)
    plan = backend.plan(program)
    pages = calibration_pages(plan.pages, backend.target.num_qubits)
    assert len(pages) == 2
    assert [page.n_bits for page in pages] == [4, 4]  # two qubits of two cells
    bits = [
        backend.run_page(page, np.zeros((4000, 2)), seed=np.random.SeedSequence(i))
        for i, page in enumerate(pages)
    ]
    rates = flip_rates(plan.layout, [page.layout for page in pages], bits)
    corrected = unbiased_spikes(raster, rates.of_places(np.arange(3000) % 2, N_BINS)).mean(0)
    raw_error = np.abs(raster.spikes.mean(0) - spikes[0]).mean()
    assert raw_error > 0.008
    assert np.abs(corrected - spikes[0]).mean() < 0.7 * raw_error
