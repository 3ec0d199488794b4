"""Preset memory on the exact backend: circuits say what they were built from."""

from __future__ import annotations

import io
from dataclasses import replace

import numba
import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit, qpy

from neuroqgan.backends.local.exact import ExactBackend, read_cell, read_memory
from neuroqgan.backends.options import Placement
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.circuits.built_from import record, recorded
from neuroqgan.circuits.program import Program
from neuroqgan.errors import InputError, PlanError
from neuroqgan.gradients.memory_moments import exact_moments
from neuroqgan.jobs.request_hash import hash_request
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state
from tests.helpers import several_threads
from tests.mid_circuit import certain_program, some_spikes
from tests.programs import whole_program

N_NEURONS, N_BINS = 4, 6


@pytest.fixture
def generator() -> MemoryGenerator:
    spec = GeneratorSpec.of("memory", N_NEURONS, N_BINS, 0.02, n_memory=3, n_mixing=4)
    made = build_generator(spec)
    made.initialise(np.array([0.1, 0.2, 0.3, 0.15]), 5)
    return made


def _stored(program: Program) -> QuantumCircuit:
    """The circuit as a job keeps it."""
    file = io.BytesIO()
    qpy.dump(bind_equal_rows(program).batches[0].circuit, file)
    file.seek(0)
    (circuit,) = qpy.load(file)
    return circuit


@pytest.mark.parametrize("stored", [False, True])
def test_a_circuit_is_read_back(generator: MemoryGenerator, stored: bool) -> None:
    program = whole_program(generator, 2, 0)
    (batch,) = program.batches
    circuit = _stored(program) if stored else batch.circuit
    read = read_memory(circuit)
    assert (read.ansatz, read.n_bins) == (generator.ansatz, N_BINS)
    weights = (generator.mixing, generator.emission, generator.kick)
    values = np.zeros(1) if stored else batch.angles[0]
    for found, own in zip(read.weights(values), weights, strict=True):
        assert np.array_equal(found, own.detach().double().numpy())
    channel = MemoryChannel(generator.operators().detach().double())
    assert np.array_equal(read.density_matrix, stationary_state(channel).numpy())


def test_rasters_have_the_moments_of_the_stationary_state(generator: MemoryGenerator) -> None:
    n_samples = 40_000
    program = bind_equal_rows(whole_program(generator, n_samples, 0))
    done: list[int] = []
    raster = ExactBackend().run(program, seed=3, on_progress=done.append)
    assert sum(done) == program.n_executions == n_samples
    spikes = raster.spikes.astype(float)
    channel = MemoryChannel(generator.operators().detach().double())
    exact = exact_moments(channel, stationary_state(channel), n_lags=2, first=[*range(N_NEURONS)])
    # Six bins of a raster are not independent; five standard errors of as many rasters are ample.
    few = 5 / np.sqrt(n_samples)
    assert np.allclose(spikes.mean((0, 1)), exact.rate, atol=few * 0.5)
    assert np.allclose(spikes.mean(0), exact.rate.numpy(), atol=few * 0.5)
    together = np.einsum("sti,stj->ij", spikes, spikes) / (n_samples * N_BINS)
    upper = np.triu_indices(N_NEURONS, 1)
    assert np.allclose(together[upper], exact.pairs.numpy(), atol=few * 0.5)
    for lag in (1, 2):
        later = np.einsum("sti,stj->ij", spikes[:, :-lag], spikes[:, lag:])
        expected = exact.lagged[lag - 1].numpy()
        assert np.allclose(later / (n_samples * (N_BINS - lag)), expected, atol=few * 0.5)


def test_the_same_seed_gives_the_same_raster_on_any_number_of_threads(
    generator: MemoryGenerator,
) -> None:
    program = bind_equal_rows(whole_program(generator, 3000, 0))
    one = ExactBackend().run(program, seed=1)
    before = several_threads(), torch.get_num_threads()
    try:
        numba.set_num_threads(1)
        torch.set_num_threads(1)
        assert one == ExactBackend().run(program, seed=1)
    finally:
        numba.set_num_threads(before[0])
        torch.set_num_threads(before[1])
    assert one != ExactBackend().run(program, seed=2)
    # Angles that are still open are the same circuit.
    assert one == ExactBackend().run(whole_program(generator, 3000, 0), seed=1)


def _changed(circuit: QuantumCircuit, position: int) -> QuantumCircuit:
    changed = circuit.copy_empty_like()
    for i, instruction in enumerate(circuit.data):
        if i == position:
            changed.cz(0, 1)
        changed.append(instruction)
    return changed


def test_other_circuits_are_refused(generator: MemoryGenerator) -> None:
    (batch,) = whole_program(generator, 1, 0).batches
    circuit = batch.circuit
    assert read_memory(circuit).n_bins == N_BINS
    turned = generator.ansatz.circuit(N_BINS, np.eye(8) / 8)
    bound = circuit.assign_parameters(batch.angles[0])
    assert recorded(bound) == recorded(circuit)
    half = circuit.assign_parameters({circuit.parameters[0]: 0.5})
    for other in (
        _changed(circuit, len(circuit.data) - 5),
        generator.ansatz.circuit(N_BINS),  # starts in no state
        bound,  # its angles are in the gates alone
        half,
        QuantumCircuit(2),
        QuantumCircuit(),
    ):
        with pytest.raises(PlanError, match="does not know this circuit") as caught:
            read_memory(other)
        assert "aer" in caught.value.hint
        with pytest.raises(PlanError, match="does not know this circuit"):
            read_cell(other)
    assert read_memory(turned).density_matrix[0, 0] == 1 / 8
    with pytest.raises(PlanError, match="does not know"):
        ExactBackend().plan(certain_program(some_spikes(3)), Placement())


def test_bound_angles_that_are_not_those_of_the_gates_are_refused(
    generator: MemoryGenerator,
) -> None:
    circuit = _stored(whole_program(generator, 1, 0))
    read_memory(circuit)
    angles = list(recorded(circuit)["angles"])
    angles[0] += 1e-9
    record(circuit, angles=angles)
    with pytest.raises(PlanError, match="does not know"):
        read_memory(circuit)


def test_circuits_that_an_earlier_version_stored_are_refused(generator: MemoryGenerator) -> None:
    """They say nothing of what they were built from; the job that holds one has to be made anew."""
    program = bind_equal_rows(whole_program(generator, 3, 0))
    (page,) = ExactBackend().plan(program).pages
    page.tiles[0].circuit.metadata = {}
    with pytest.raises(PlanError, match="does not know this circuit") as caught:
        ExactBackend().run_page(page, np.zeros((3, 1)), seed=np.random.SeedSequence(0))
    assert "no word of what it was built from" in caught.value.got
    assert "requested again" in caught.value.hint


def test_half_turns_that_are_not_opposite_are_refused(generator: MemoryGenerator) -> None:
    (batch,) = whole_program(generator, 1, 0).batches
    angles = batch.angles[0].copy()
    angles[-1] += 0.1
    with pytest.raises(InputError, match="opposite") as caught:
        read_memory(batch.circuit).weights(angles)
    assert "0.1 radians" in caught.value.got


def test_requests_with_and_without_metadata_are_the_same(generator: MemoryGenerator) -> None:
    program = whole_program(generator, 3, 0)
    (batch,) = program.batches
    bare = batch.circuit.copy()
    bare.metadata = {}
    without = replace(program, batches=(replace(batch, circuit=bare),))
    assert hash_request(program, "exact", 1, {}) == hash_request(without, "exact", 1, {})
