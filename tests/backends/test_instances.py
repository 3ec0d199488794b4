"""Backend objects of Qiskit in place of names."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.fake_provider import FakeNairobiV2

from neuroqgan.backends.device import describe_device
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.folding import fold
from neuroqgan.errors import BackendNotFoundError, JobStateError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.simulation import simulate
from tests.backends.test_devices import pattern_program
from tests.mid_circuit import certain_program, some_spikes

DEVICES: dict[str, Any] = {
    "aer_simulator": AerSimulator,
    "generic_backend_6q": lambda: GenericBackendV2(6, seed=3),
    "fake_nairobi": FakeNairobiV2,
}


@pytest.mark.parametrize("own_name", DEVICES)
def test_bits_come_back_to_their_bins_and_neurons(own_name: str) -> None:
    backend = resolve(DEVICES[own_name]())
    assert backend.name.startswith(f"instance:{own_name}-")
    assert (backend.simulates, backend.charges, backend.repeatable) == (False, True, False)
    pattern = np.repeat(np.random.default_rng(5).random((1, 2, 5)) < 0.5, 40, axis=0)
    raster = backend.run(pattern_program(pattern, (3, 2), n_layers=2), seed=0)
    # Noise flips a few bits; the majority of the samples has to be right everywhere.
    assert np.array_equal(raster.spikes.mean(0) > 0.5, pattern[0])


@pytest.mark.parametrize("own_name", DEVICES)
def test_cells_that_measure_mid_circuit(own_name: str) -> None:
    spikes = np.repeat(some_spikes(1), 60, axis=0)
    raster = resolve(DEVICES[own_name]()).run(fold(certain_program(spikes), 2), seed=0)
    assert np.array_equal(raster.spikes.mean(0) > 0.5, spikes[0])


def test_a_simulator_without_couplings_runs_every_cell_alone() -> None:
    backend = resolve(AerSimulator())
    assert backend.target is None
    (page,) = backend.plan(pattern_program(np.zeros((1, 7, 4), bool), (4,))).pages
    assert (page.circuit, page.rows_per_sample) == (None, 7)
    assert describe_device(backend).qubits is None


def test_a_simulator_with_couplings_is_a_device() -> None:
    backend = resolve(AerSimulator.from_backend(FakeNairobiV2()))
    assert describe_device(backend).qubits == 7
    program = pattern_program(np.zeros((30, 1, 3), bool), (3,))
    program.batches[0].angles[:] = 1.0
    one, two, other = (backend.run(program, seed=seed) for seed in (3, 3, 4))
    assert one == two != other


def test_an_object_keeps_its_name_and_shares_it_with_no_other() -> None:
    first, second = GenericBackendV2(4, seed=1), GenericBackendV2(4, seed=2)
    assert first.name == second.name
    names = {resolve(device).name for device in (first, second, first)}
    assert len(names) == 2
    name = resolve(first).name
    assert resolve(name).target is first.target
    del first
    gc.collect()
    with pytest.raises(BackendNotFoundError, match="object of a Python process") as caught:
        resolve(name)
    assert "hand the object over again" in caught.value.hint


def test_a_job_runs_in_the_process_of_the_object() -> None:
    device = GenericBackendV2(4, seed=1)
    backend, context = resolve(device), JobContext()
    pattern = np.repeat(np.random.default_rng(2).random((1, 2, 3)) < 0.5, 30, axis=0)
    request = Request(pattern_program(pattern, (3,), n_layers=2), backend.name, seed=1)
    jobs = [prepare(context, request, backend)[0] for _ in range(2)]
    assert [job.kind for job in jobs] == ["instance", "instance"]
    assert not jobs[0].is_simulated
    done = simulate(context, jobs[0], backend=backend)
    raster = decode_request(context, [done]).raster
    assert np.array_equal(raster.spikes.mean(0) > 0.5, pattern[0])
    # After the end of the process nobody knows the object.
    del device, backend
    gc.collect()
    with pytest.raises((BackendNotFoundError, JobStateError)):
        simulate(context, jobs[1])
