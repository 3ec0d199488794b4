"""What jobs of the loopback server return: bits, registers, and what they follow from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit_ibm_runtime import QiskitRuntimeService, SamplerV2
from qiskit_ibm_runtime.executor_sampler import Sampler

from tests.backends.loopback.asking import TWIRLED, Serve, bits_of, make_circuit, submit

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize("draw", ["random", "simulate"])
@pytest.mark.parametrize("options", [None, TWIRLED])
@pytest.mark.parametrize("kind", [SamplerV2, Sampler])
def test_results_are_the_bits_served(
    kind: type, options: dict[str, Any] | None, draw: str, serve: Serve
) -> None:
    service = serve(draw=draw)
    backend = QiskitRuntimeService().backend("ibm_fez")
    random = np.random.default_rng(0)
    wanted = [random.random((rows, 8)) < 0.5 for rows in (6, 3)]
    pubs = [(make_circuit(), np.pi * bits) for bits in wanted]
    job = kind(mode=backend, options=options).run(pubs, shots=1)
    result = job.result()
    served = service.jobs[job.job_id()]
    assert served.program == ("sampler" if kind is SamplerV2 else "executor")
    assert served.shots == 1
    for pub, bits, expected in zip(result, served.bits, wanted, strict=True):
        assert pub.data.c.num_shots == 1
        assert pub.data.c.shape == (len(expected),)
        np.testing.assert_array_equal(bits_of(pub), bits)
        if draw == "simulate":
            np.testing.assert_array_equal(bits, expected)


@pytest.mark.parametrize("kind", [SamplerV2, Sampler])
def test_an_x_on_the_first_qubit_sets_the_first_bit(kind: type, serve: Serve) -> None:
    service = serve(draw="simulate")
    circuit = QuantumCircuit(156)
    circuit.x(0)
    circuit.sx(1)
    circuit.cz(0, 1)
    circuit.measure_all()
    job = kind(mode=QiskitRuntimeService().backend("ibm_fez")).run([circuit], shots=300)
    result = job.result()[0]
    bits = service.jobs[job.job_id()].bits[0]
    assert bits.shape == (300, 156)
    assert bits[:, 0].all()
    assert 100 < bits[:, 1].sum() < 200
    assert not bits[:, 2:].any()
    np.testing.assert_array_equal(bits_of(result, "meas"), bits)


def test_parts_of_a_circuit_keep_their_correlations(serve: Serve) -> None:
    service = serve(draw="simulate")
    circuit = QuantumCircuit(156, 5)
    for first in (0, 20):
        circuit.rz(np.pi / 2, [first, first + 1])
        circuit.sx([first, first + 1])
        circuit.rz(np.pi / 2, [first, first + 1])
        circuit.cz(first, first + 1)
        circuit.rz(np.pi / 2, first + 1)
        circuit.sx(first + 1)
        circuit.rz(np.pi / 2, first + 1)
    circuit.measure([0, 1, 20, 21], [4, 1, 0, 2])
    job = Sampler(mode=QiskitRuntimeService().backend("ibm_fez")).run([circuit], shots=400)
    job.result()
    bits = service.jobs[job.job_id()].bits[0]
    np.testing.assert_array_equal(bits[:, 4], bits[:, 1])
    np.testing.assert_array_equal(bits[:, 0], bits[:, 2])
    assert not bits[:, 3].any()
    assert 60 < (bits[:, 4] & bits[:, 0]).sum() < 140


@pytest.mark.parametrize("kind", [SamplerV2, Sampler])
def test_several_shots_registers_and_axes(kind: type, serve: Serve) -> None:
    from qiskit import ClassicalRegister, QuantumRegister

    service = serve(draw="simulate")
    qubits = QuantumRegister(156, "q")
    circuit = QuantumCircuit(qubits, ClassicalRegister(1, "one"), ClassicalRegister(2, "two"))
    angle = ParameterVector("a", 1)[0]
    circuit.sx(2)
    circuit.rz(angle + np.pi, 2)
    circuit.sx(2)
    circuit.measure([0, 1, 2], [0, 1, 2])
    values = np.pi * np.array([[0, 1, 0], [1, 1, 0]])[..., None]
    options = {"twirling": {**TWIRLED["twirling"], "num_randomizations": 3}}
    for settings in (None, options):
        job = kind(mode=QiskitRuntimeService().backend("ibm_fez"), options=settings).run(
            [(circuit, values)], shots=3
        )
        result = job.result()[0]
        assert result.data.two.shape == (2, 3)
        bits = service.jobs[job.job_id()].bits[0]
        assert bits.shape == (18, 3)
        np.testing.assert_array_equal(bits_of(result, "one"), bits[:, :1])
        np.testing.assert_array_equal(bits_of(result, "two"), bits[:, 1:])
        np.testing.assert_array_equal(bits[:, 2], np.repeat(values.ravel() > 0, 3))


def test_feedback_within_a_circuit(serve: Serve) -> None:
    service = serve(draw="simulate")
    circuit = QuantumCircuit(156, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    with circuit.if_test((circuit.clbits[0], True)):
        circuit.x(1)
    circuit.measure(1, 1)
    job = Sampler(mode=QiskitRuntimeService().backend("ibm_fez")).run([circuit], shots=4)
    job.result()
    assert service.jobs[job.job_id()].bits[0].all()


def test_random_bits_follow_from_seed_and_job(serve: Serve) -> None:
    service = serve(seed=3)
    first, second = (service.jobs[submit().job_id()] for _ in range(2))
    assert not np.array_equal(first.bits[0], second.bits[0])
    twin = type(first)(first.id, second.body, seed=3)
    np.testing.assert_array_equal(first.bits[0], twin.bits[0])
