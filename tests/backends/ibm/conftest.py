"""IBM Quantum, over HTTP to a server of our own, and what its tests share."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.remote import Execution, Workload
from neuroqgan.errors import (
    NeuroqganError,
)
from neuroqgan.testing import FakeClock, LoopbackService


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No account of the user's, and no waiting between repeated requests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("QISKIT_IBM"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("time.sleep", FakeClock().sleep)


Start = Callable[..., LoopbackService]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a server and point the client to it."""
    started = []

    def begin(*arguments: Any, **named: Any) -> LoopbackService:
        server = LoopbackService(*arguments, **named)
        server.start()
        started.append(server)
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        return server

    yield begin
    for server in started:
        server.stop()


@pytest.fixture
def server(start: Start) -> LoopbackService:
    return start()


@pytest.fixture
def service(server: LoopbackService) -> IbmService:
    return IbmService()


@pytest.fixture
def device(service: IbmService) -> IbmDevice:
    return service.device("ibm_brisbane")


def workload(n_rows: int = 3, options: JobOptions | None = None, qubit: int = 0) -> Workload:
    """One small circuit in gates of the devices."""
    circuit = QuantumCircuit(127, 2)
    circuit.rz(Parameter("angle"), qubit)
    circuit.sx(qubit)
    circuit.measure([qubit, qubit + 1], [0, 1])
    return Workload((circuit,), (np.zeros((n_rows, 1)),), options or JobOptions())


def finished(device: IbmDevice, **options: Any) -> str:
    """Submit a job and look at it until it is done."""
    job = device.submit(workload(options=JobOptions(**options)), tag="t").provider_id
    while device.service.status(job).execution is not Execution.DONE:
        pass
    return job


def old_job(service: IbmService) -> str:
    """Submit a job by the client's deprecated sampler, two shots a row."""
    from qiskit_ibm_runtime import SamplerV2

    work = workload(4)
    with pytest.warns(DeprecationWarning, match="Sampler"):
        sampler = SamplerV2(mode=service.connect().backend("ibm_brisbane"))
    return str(sampler.run([(work.circuits[0], work.values[0])], shots=2).job_id())


def check(error: NeuroqganError, code: int, *texts: str) -> None:
    """An error has all its parts, an exit code, and no token."""
    assert error.exit_code == code
    assert error.expected
    assert error.got
    for text in texts:
        assert text in str(error)
    shown = "".join(traceback.format_exception(error))
    assert "loopback-key" not in str(error)
    assert "loopback-key" not in shown
