"""Aer: batched binding, bit order, seeds."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit_aer import AerSimulator

from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.backends.local.shots import SAFE_GATES, AerShots
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.errors import InputError
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from tests.programs import whole_program


def test_bit_order_with_an_asymmetric_circuit() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.x(0)
    circuit.measure(range(3), range(3))
    bits = AerShots().measure(circuit, np.zeros((1, 0)), n_shots=4, seed=1)
    assert bits.tolist() == [[[True, False, False]] * 4]


@pytest.mark.parametrize("neuron", range(4))
def test_one_neuron_that_always_spikes_lands_in_its_column(neuron: int) -> None:
    ansatz = CellAnsatz(4, 1)
    angles = np.zeros((3, 4))
    angles[1, neuron] = np.pi
    bits = AerShots().measure(ansatz.circuit(), angles, n_shots=2, seed=1)
    assert np.flatnonzero(bits[1].all(0)).tolist() == [neuron]
    assert not bits[[0, 2]].any()


def _gate_circuit(gate: str) -> tuple[QuantumCircuit, bool]:
    circuit = QuantumCircuit(2, 2)
    angle = Parameter("a")
    circuit.ry(angle, 0)
    circuit.h(1) if gate == "h" else circuit.ry(0.7, 1)
    if gate in {"rx", "ry", "rz"}:
        getattr(circuit, gate)(2 * angle, 0)
    elif gate in {"sx", "x", "z", "id"}:
        getattr(circuit, gate)(0)
    else:
        getattr(circuit, gate)(0, 1)
    circuit.ry(angle, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


_NO_GATES = {"measure", "reset", "barrier", "delay", "if_else"}


@pytest.mark.parametrize("gate", sorted(SAFE_GATES - _NO_GATES))
def test_batched_binding_agrees_with_binding_one_by_one(gate: str) -> None:
    circuit = _gate_circuit(gate)
    angles = np.linspace(-2, 2, 7)[:, None]
    n_shots = 4000
    batched = AerShots().measure(circuit, angles, n_shots=n_shots, seed=5)
    simulator = AerSimulator(method="statevector")
    for row, value in zip(batched, angles[:, 0], strict=True):
        bound = circuit.assign_parameters([value])
        counts = simulator.run(bound, shots=n_shots, seed_simulator=9).result().get_counts()
        for outcome in range(4):
            share = (row @ [1, 2] == outcome).mean()
            alone = counts.get(f"{outcome:02b}", 0) / n_shots
            assert share == pytest.approx(alone, abs=5 * np.sqrt(0.5 / n_shots))


def test_batched_binding_with_measurement_and_reset_midway() -> None:
    first, second = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(3, 4)
    for time in range(2):
        circuit.ry(first, 0)
        circuit.cx(0, 1)
        circuit.ry(second, 2)
        circuit.cz(1, 2)
        circuit.ry(0.7, 2)
        circuit.cx(2, 0)
        circuit.measure([1, 2], [2 * time, 2 * time + 1])
        circuit.reset([1, 2])
        circuit.delay(100, 0)
    angles = np.array([[0.4, -1.1], [1.9, 0.3], [-0.8, 2.2]])
    n_shots = 4000
    many_shots = AerShots().measure(circuit, angles, n_shots=n_shots, seed=5)
    many_rows = AerShots().measure(circuit, np.repeat(angles, n_shots, 0), n_shots=1, seed=6)
    simulator = AerSimulator(method="statevector")
    for i, row in enumerate(angles):
        bound = circuit.assign_parameters(dict(zip((first, second), row, strict=True)))
        counts = simulator.run(bound, shots=n_shots, seed_simulator=9).result().get_counts()
        alone = np.array([counts.get(f"{k:04b}", 0) for k in range(16)]) / n_shots
        for bits in (many_shots[i], many_rows[i * n_shots : (i + 1) * n_shots, 0]):
            shares = np.bincount(bits @ [1, 2, 4, 8], minlength=16) / n_shots
            assert np.allclose(shares, alone, atol=5 * np.sqrt(0.5 / n_shots))


def test_a_register_of_many_words_keeps_its_order() -> None:
    pattern = np.random.default_rng(0).random((60, 3)) < 0.3
    circuit = QuantumCircuit(3, 180)
    for time, spikes in enumerate(pattern):
        for qubit in np.flatnonzero(spikes):
            circuit.x(int(qubit))
        circuit.measure(range(3), range(3 * time, 3 * time + 3))
        circuit.reset(range(3))
    bits = AerShots().measure(circuit, np.zeros((1, 0)), n_shots=3, seed=1)
    assert np.array_equal(bits.reshape(3, 60, 3), np.repeat(pattern[None], 3, 0))


def test_gates_that_cannot_be_batched_are_refused() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.crx(Parameter("a"), 0, 1)
    circuit.measure([0, 1], [0, 1])
    with pytest.raises(InputError, match="many rows at once") as caught:
        AerShots().measure(circuit, np.zeros((1, 1)), n_shots=1, seed=1)
    assert "crx" in caught.value.got


@pytest.mark.parametrize(
    ("angles", "shots", "message"),
    [
        (np.zeros((2, 3)), 1, "do not fit"),
        (np.zeros((0, 4)), 1, "do not fit"),
        (np.full((1, 4), np.nan), 1, "finite"),
        (np.zeros((1, 4)), 0, "without shots"),
    ],
)
def test_bad_requests(angles: np.ndarray, shots: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        AerShots().measure(CellAnsatz(4, 1).circuit(), angles, n_shots=shots, seed=1)


def test_equal_rows_get_shots_of_their_own() -> None:
    bits = AerShots().measure(
        CellAnsatz(6, 1).circuit(), np.full((200, 6), np.pi / 2), n_shots=1, seed=3
    )
    assert len(np.unique(bits[:, 0], axis=0)) > 40


def test_the_same_seed_gives_the_same_raster() -> None:
    generator = build_generator(GeneratorSpec.of("stationary", 5, 4, 0.02, group_size=3))
    generator.initialise(np.full(5, 0.3), 0)
    program = whole_program(generator, 60, 1)
    done: list[int] = []
    one = AerBackend().run(program, seed=1, on_progress=done.append)
    assert one == AerBackend().run(program, seed=1)
    assert one != AerBackend().run(program, seed=2)
    assert sum(done) == program.n_executions == 60 * 4 * 2


def test_rasters_follow_the_exact_probabilities() -> None:
    import torch

    from neuroqgan.gradients.adjoint import AdjointEngine

    generator = build_generator(GeneratorSpec.of("stationary", 4, 5, 0.02))
    generator.initialise(np.array([0.1, 0.2, 0.3, 0.4]), 0)
    program = whole_program(generator, 2000, 1)
    raster = AerBackend().run(program, seed=3)
    angles = torch.from_numpy(program.batches[0].angles.astype(np.float32)).reshape(-1, 3, 4)
    exact = AdjointEngine().moments(generator.ansatz(slice(0, 4)), angles, n_parts=1)
    assert np.allclose(
        raster.spikes.mean((0, 1)), exact.marginals.mean(0).detach().numpy(), atol=0.02
    )


def test_unknown_backend() -> None:
    with pytest.raises(InputError, match="cannot be reached"):
        resolve("ibm_nowhere")
