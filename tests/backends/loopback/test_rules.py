"""Jobs that break a rule of the service, one rule each, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Parameter
from qiskit_ibm_runtime.executor_sampler.prepare import prepare
from qiskit_ibm_runtime.options_models import SamplerOptions
from qiskit_ibm_runtime.quantum_program.params_converters import (
    QUANTUM_PROGRAM_PARAMS_CONVERTERS,
)

from neuroqgan.backends.ibm.submission import sampler_options
from neuroqgan.backends.options import JobOptions
from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.rules import submitted_job as submission
from neuroqgan.testing.rules.checking import SERVICE_LIMITS, check_size
from neuroqgan.testing.rules.rule_registry import RULES
from neuroqgan.testing.served_device import Device
from neuroqgan.testing.served_job import ServedJob
from neuroqgan.testing.service_state import ServiceState

Change = Callable[[dict[str, Any]], None]


def _circuit(n_qubits: int = 2, n_bits: int = 1) -> QuantumCircuit:
    circuit = QuantumCircuit(n_qubits, n_bits)
    circuit.rz(Parameter("angle"), 0)
    circuit.sx(0)
    return circuit


def _measured() -> QuantumCircuit:
    circuit = _circuit()
    circuit.measure(0, 0)
    return circuit


def _with(name: str, *qubits: int, n_qubits: int = 20) -> QuantumCircuit:
    circuit = _circuit(n_qubits)
    getattr(circuit, name)(*qubits)
    circuit.measure(0, 0)
    return circuit


def _again() -> QuantumCircuit:
    circuit = _measured()
    circuit.sx(0)
    circuit.measure(0, 0)
    return circuit


def _conditioned(n_bits: int = 1, *, inside: str = "x") -> QuantumCircuit:
    circuit = _circuit(2, n_bits)
    circuit.measure(0, 0)
    register: ClassicalRegister = circuit.cregs[0]
    with circuit.if_test((register, 1)):
        if inside == "if":
            with circuit.if_test((register, 1)):
                circuit.x(1)
        else:
            getattr(circuit, inside)(1)
    circuit.measure(1, 0)
    return circuit


def _created(
    circuit: QuantumCircuit,
    device: str = "ibm_boston",
    *,
    change: Change | None = None,
    shots: int = 1,
    n_rows: int = 3,
    rep_delay: float | None = None,
    **limits: int,
) -> ServedJob:
    """Let the service take a job, without HTTP."""
    wanted = sampler_options(JobOptions(rep_delay=rep_delay), tag="t", shots=shots)
    values = np.zeros((n_rows, circuit.num_parameters))
    pub = (circuit, values) if circuit.num_parameters else (circuit,)
    program, options = prepare([pub], SamplerOptions(**wanted), shots)
    *_, newest = QUANTUM_PROGRAM_PARAMS_CONVERTERS.values()
    body = {
        "program_id": "executor",
        "backend": device,
        "params": newest.encoder(program, options).model_dump(mode="json"),
    }
    if change is not None:
        change(body)
    service = ServiceState({device: Device(device)}, limits=replace(SERVICE_LIMITS, **limits))
    return service.create(body)


def _option(group: str, name: str) -> Change:
    """Say that an option was set which the client itself would refuse here."""

    def change(body: dict[str, Any]) -> None:
        kept = body["params"]["quantum_program"]["passthrough_data"]["post_processor"]
        kept["options"][group][name] = True

    return change


def _cost(body: dict[str, Any]) -> None:
    body["cost"] = 1


def _no_shots(body: dict[str, Any]) -> None:
    body["params"]["quantum_program"]["shots"] = 0


_BROKEN: dict[str, tuple[str, Callable[[], ServedJob], str]] = {
    "shots": ("shots", lambda: _created(_measured(), change=_no_shots), "shots is 0"),
    "executions": (
        "executions",
        lambda: _created(_measured(), shots=4, max_executions=11),
        "12 executions exceed the system limit of 11",
    ),
    "short delay": (
        "rep_delay",
        lambda: _created(_measured(), "ibm_miami", rep_delay=250e-6),
        "250 us is not in the supported range [1000, 4000]",
    ),
    "wide": ("width", lambda: _created(_with("sx", 0, n_qubits=157)), "157 qubits"),
    "no measurement": ("readout", lambda: _created(_circuit()), "no measurements"),
    "another gate": ("instruction set", lambda: _created(_with("h", 1)), "instruction h"),
    "far apart": ("instruction set", lambda: _created(_with("cz", 0, 15)), "cz on qubits (0, 15)"),
    "reset": (
        "instruction set",
        lambda: _created(_with("reset", 1), "ibm_miami"),
        "instruction reset is not supported",
    ),
    "condition": (
        "instruction set",
        lambda: _created(_conditioned(), "ibm_berlin"),
        "instruction if_else is not supported",
    ),
    "nested": ("conditions", lambda: _created(_conditioned(inside="if")), "Nested"),
    "reset inside": ("conditions", lambda: _created(_conditioned(inside="reset")), "inside"),
    "33 bits": ("conditions", lambda: _created(_conditioned(33)), "operand of 33 bits"),
    "mid-circuit": (
        "measurement twirling",
        lambda: _created(_again(), change=_option("twirling", "enable_measure")),
        "terminal measurements",
    ),
    "decoupled": (
        "decoupling",
        lambda: _created(_conditioned(), change=_option("dynamical_decoupling", "enable")),
        "not compatible with dynamic circuits",
    ),
    "two-qubit gates": (
        "gates",
        lambda: _created(_with("cz", 0, 1), max_two_qubit_gates=0.5),
        "1 2-qubit gates exceeds the system limits by 100.000%",
    ),
    "sx": ("gates", lambda: _created(_with("sx", 0), max_sx_gates=1), "2 sx gates"),
    "instructions": (
        "instructions",
        # Initialisation 50, rz 1, sx 2 and measure 10, in each of three circuits.
        lambda: _created(_measured(), shots=1000, max_instructions=3 * 63 - 1),
        "189 instructions on qubit 0 exceed the system limit of 188",
    ),
    "broadcasts": (
        "broadcasts",
        lambda: _created(_conditioned(), max_broadcasts=2, max_wide_broadcasts=1),
        "1.5 times",
    ),
    "long": ("time", lambda: _created(_measured(), change=_cost), "more than 1 s"),
}


@pytest.mark.parametrize("name", _BROKEN)
def test_a_job_that_breaks_a_rule(name: str) -> None:
    rule, create, text = _BROKEN[name]
    job = create()
    assert job.refused == rule
    assert text in (job.reason or "")
    assert "ibm.biz/error_codes#" in (job.reason or "")
    assert job.state == ("Cancelled" if rule == "time" else "Failed")
    assert job.metrics()["usage"]["qpu_charge_time_seconds"] == 0


def test_a_faulty_qubit(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = submission.device_facts("ibm_boston")
    faulty = {"qubit": {0}, "gate": {("sx", (0,))}}
    for which, what in faulty.items():
        broken = replace(facts, faulty=frozenset(what))
        monkeypatch.setattr(submission, "device_facts", lambda _, found=broken: found)
        assert which in (_created(_measured()).reason or "").lower()


def test_fractional_gates_are_not_twirled(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = submission.device_facts("ibm_boston")
    fractional = replace(facts, operations=facts.operations | {"rx"})
    monkeypatch.setattr(submission, "device_facts", lambda _: fractional)
    circuit = _with("rx", 0.1, 0)
    assert not _created(circuit).refused
    assert _created(circuit, change=_option("twirling", "enable_gates")).refused == "gate twirling"


def test_what_keeps_the_rules_is_queued() -> None:
    for circuit in (_measured(), _again(), _conditioned(32), _with("reset", 1), _with("cz", 0, 1)):
        job = _created(circuit, shots=5, max_executions=15)
        assert (job.refused, job.state) == ("", "Queued")
    assert not _created(_measured(), max_instructions=3 * 63).refused
    assert not _created(_measured(), "ibm_miami", rep_delay=1e-3).refused


def test_a_request_that_is_too_large_is_no_job() -> None:
    check_size(100, replace(SERVICE_LIMITS, max_payload_bytes=100))
    with pytest.raises(ApiError, match="101 bytes exceed the limit of 100") as refused:
        check_size(101, replace(SERVICE_LIMITS, max_payload_bytes=100))
    assert refused.value.status == 413
    check_size(10**9, None)


def test_every_rule_is_tested() -> None:
    others = {"faulty qubits", "gate twirling"}
    assert {rule for rule, *_ in _BROKEN.values()} | others == {rule.name for rule in RULES}
