"""What the device cannot run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.registry import resolve
from neuroqgan.backends.remote import Workload
from neuroqgan.errors import (
    ConfigError,
    PlanError,
)
from neuroqgan.testing import LoopbackService
from tests.backends.ibm.conftest import Start, check, workload
from tests.backends.test_devices import pattern_program


def test_gates_of_other_devices_are_refused(server: LoopbackService, device: IbmDevice) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with pytest.raises(PlanError) as caught:
        device.check(Workload((circuit,), (np.zeros((1, 0)),), JobOptions()))
    check(caught.value, 2, "instruction h", "ibm_brisbane")
    assert server.created == 0


def test_faulty_qubits_are_refused(device: IbmDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    device.check(workload(qubit=5))
    properties = device._backend.properties()
    monkeypatch.setattr(properties, "faulty_qubits", lambda: [6])
    with pytest.raises(PlanError) as caught:
        device.check(workload(qubit=5))
    check(caught.value, 2, "faulty qubit 6")


@pytest.mark.parametrize(
    ("circuits", "values", "says"),
    [
        (lambda c: (), (), "needs circuits"),
        (lambda c: (c,), (), "needs circuits"),
        (lambda c: (c,), (np.zeros((2, 2)),), "do not fit"),
        (lambda c: (c,), (np.zeros((0, 1)),), "do not fit"),
        (lambda c: (c,), (np.full((2, 1), np.nan),), "not finite"),
        (lambda c: (c.assign_parameters([0.0]),), (np.zeros((2, 0)),), "run only once"),
        (lambda c: (QuantumCircuit(2),), (np.zeros((1, 0)),), "read out"),
    ],
)
def test_workloads_that_are_none(
    device: IbmDevice, circuits: Any, values: tuple[np.ndarray, ...], says: str
) -> None:
    with pytest.raises(PlanError) as caught:
        device.check(Workload(circuits(workload().circuits[0]), values, JobOptions()))
    check(caught.value, 2, says)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rep_delay": 1.0}, ("0 to 500 us", "`rep_delay = 0.0005`")),
        ({"max_execution_time": 0}, ("1 second",)),
        ({"fractional_gates": True}, ("without fractional gates",)),
    ],
)
def test_options_out_of_range(device: IbmDevice, options: Any, says: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        device.check(workload(options=JobOptions(**options)))
    check(caught.value, 2, *says)


def test_fractional_gates_where_there_are_none(server: LoopbackService) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve("ibm_brisbane", fractional_gates=True)
    check(caught.value, 2, "ibm_brisbane has no fractional gates")


def test_fractional_gates_and_their_range(start: Start) -> None:
    server = start(devices=("ibm_fractional",), draw="simulate")
    plain = resolve("ibm_fractional")
    assert "rx" not in plain.target.operation_names
    device = resolve("ibm_fractional", fractional_gates=True)
    assert isinstance(device, IbmDevice)
    pattern = np.random.default_rng(1).random((3, 2, 4)) < 0.4
    program = pattern_program(pattern, (2, 2), n_layers=2)
    plan = device.plan(program)
    circuits = tuple(page.circuit for page in plan.pages if page.circuit is not None)
    assert "rx" in circuits[0].count_ops()
    values = tuple(plan.values(program, page) for page in plan.pages)
    work = Workload(circuits, values, JobOptions(fractional_gates=True, twirling="measure"))
    device.check(work)
    job = device.submit(work, tag="t").provider_id
    server.finish(job)
    assert np.array_equal(
        plan.layout.decode([page.bits for page in device.service.fetch(job)]).spikes, pattern
    )
    with pytest.raises(ConfigError):
        resolve("ibm_fractional").check(work)  # type: ignore[union-attr]

    circuit = QuantumCircuit(2, 1)
    circuit.rzz(Parameter("angle"), 0, 1)
    circuit.measure(0, 0)
    device.check(Workload((circuit,), (np.array([[1.0]]),), JobOptions()))
    with pytest.raises(PlanError) as caught:
        device.check(Workload((circuit,), (np.array([[1.0], [3.0]]),), JobOptions()))
    check(caught.value, 2, "rzz")
