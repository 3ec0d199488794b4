"""Calls of Aer that workers share measure the bits of one process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from neuroqgan.backends.local.shot_calls import ShotCall, measure_calls
from neuroqgan.backends.local.shots import AerShots
from neuroqgan.backends.local.simulated import device_noise
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.errors import ConfigError, InputError
from neuroqgan.gradients.shifts import ParameterShift
from neuroqgan.gradients.shot_engine import ShotEngine
from neuroqgan.models.latent.stationary import StationaryGenerator
from neuroqgan.workers import spreading
from neuroqgan.workers.spreading import Spread, current_spread, spread_work
from tests.programs import whole_program
from tests.workers.functions import shot_call


def _mid_circuit() -> QuantumCircuit:
    angle = Parameter("a")
    circuit = QuantumCircuit(2, 3)
    circuit.ry(angle, 0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [1, 2])
    return circuit


@pytest.mark.parametrize("n_shots", [1, 32])
@pytest.mark.parametrize("circuit", [CellAnsatz(3, 2).circuit(), _mid_circuit()])
@pytest.mark.parametrize("is_noisy", [False, True])
def test_rows_measured_apart(n_shots: int, circuit: QuantumCircuit, is_noisy: bool) -> None:
    """Aer seeds rows by their number, which calls for a part of the rows make up for."""
    target = resolve("fake_nairobi").target
    shots = AerShots(device_noise(target, (1, 3, 5)) if is_noisy else None)
    angles = np.random.default_rng(0).uniform(0.5, 2.5, (20, circuit.num_parameters))
    call = ShotCall(shots, circuit, angles, n_shots, seed=2**31 - 2)
    whole = call.measure()
    assert 0.1 < whole.mean() < 0.9
    parts = [part.measure() for part in call.cut(7)]
    assert [len(part) for part in parts] == [7, 7, 6]
    assert np.array_equal(np.concatenate(parts), whole)


class _Counted(Executor):
    """Threads in place of processes, which start at once."""

    def __init__(self) -> None:
        self.n_tasks = 0
        self._threads = ThreadPoolExecutor(2)

    def submit(self, fn: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
        self.n_tasks += 1
        return self._threads.submit(fn, *arguments, **keywords)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> _Counted:
    monkeypatch.setattr("neuroqgan.backends.local.shot_calls._FEWEST_ROWS", 3)
    return _Counted()


@contextmanager
def _shared_by(executor: Executor) -> Iterator[None]:
    before = spreading._CURRENT.set(Spread(executor, n_tasks=4))
    yield
    spreading._CURRENT.reset(before)


@pytest.mark.parametrize("name", ["aer", "fake_nairobi"])
def test_a_job_shared_by_workers(name: str, counted: _Counted) -> None:
    model = StationaryGenerator(n_neurons=4, n_bins=4, bin_width=0.02)
    model.initialise(np.full(4, 0.3), seed=2)
    program = whole_program(model, 12, seed=1)
    backend = resolve(name)
    progress: list[int] = []
    alone = backend.run(program, seed=5, on_progress=progress.append)
    n_alone = sum(progress)
    progress.clear()
    with _shared_by(counted):
        shared = backend.run(program, seed=5, on_progress=progress.append)
    assert counted.n_tasks > 1
    assert np.array_equal(shared.spikes, alone.spikes)
    assert sum(progress) == n_alone


def test_a_step_shared_by_workers(counted: _Counted) -> None:
    """Shifted circuits of a gradient from shots."""

    def gradient() -> torch.Tensor:
        engine = ShotEngine(ParameterShift(), AerShots(), n_shots=8)
        angles = torch.full((5, 2, 2), 0.7, requires_grad=True)
        engine.moments(CellAnsatz(2, 2), angles, seed=3).pairs.sum().backward()
        return angles.grad

    alone = gradient()
    with _shared_by(counted):
        assert torch.equal(gradient(), alone)
    assert counted.n_tasks > 1


def test_an_error_of_a_worker_is_raised(counted: _Counted) -> None:
    call = ShotCall(AerShots(), CellAnsatz(2, 1).circuit(), np.zeros((9, 3)), 1, seed=1)
    with _shared_by(counted), pytest.raises(InputError, match="do not fit"):
        list(measure_calls([call]))


def test_processes_measure_the_same() -> None:
    call = shot_call()
    assert current_spread() is None
    with spread_work("processes", 2):
        assert current_spread() is not None
        (shared,) = measure_calls([call])
    assert np.array_equal(shared, call.measure())


def test_steps_do_not_queue() -> None:
    with pytest.raises(ConfigError, match="wait in the queue"), spread_work("slurm", is_quick=True):
        pass
