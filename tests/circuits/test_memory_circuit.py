"""The memory circuit, gate by gate, against matrices."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from qiskit import QuantumCircuit

from neuroqgan.circuits.built_from import recorded
from neuroqgan.circuits.memory import MemoryAnsatz
from neuroqgan.errors import ConfigError, InputError
from tests.circuits.test_cell import cz, ry

SHAPES = [
    MemoryAnsatz(2, 1, 1, 1),
    MemoryAnsatz(2, 2, 2, 2),
    MemoryAnsatz(3, 3, 2, 2),
    MemoryAnsatz(1, 2, 3, 4),
]


def _weights(ansatz: MemoryAnsatz) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(3)
    n, m = ansatz.n_neurons, ansatz.n_memory
    return tuple(random.normal(size=size) for size in ((ansatz.n_mixing, m), (n, 2 * m), (n, m)))


def _state(n_memory: int, rank: int = 2) -> np.ndarray:
    root = np.random.default_rng(7).normal(size=(1 << n_memory, rank))
    return root @ root.T / np.square(root).sum()


def branches(circuit: QuantumCircuit) -> dict[tuple[int, ...], float]:
    """Probability of every outcome, by a state vector for each result of a measurement or reset."""
    n, states = circuit.num_qubits, np.arange(1 << circuit.num_qubits)
    found = [((0,) * circuit.num_clbits, np.eye(1 << n, 1, dtype=complex)[:, 0])]
    for gate in circuit.data:
        wires = [circuit.find_bit(q).index for q in gate.qubits]
        after = []
        for bits, vector in found:
            if gate.name in {"measure", "reset"}:
                on = (states >> wires[0] & 1).astype(bool)
                for outcome, side in enumerate((~on, on)):
                    part = np.where(side, vector, 0)
                    if np.vdot(part, part).real < 1e-20:
                        continue
                    if gate.name == "reset":
                        part = part[states ^ (1 << wires[0])] if outcome else part
                        after.append((bits, part))
                        continue
                    bit = circuit.find_bit(gate.clbits[0]).index
                    after.append(((*bits[:bit], outcome, *bits[bit + 1 :]), part))
                continue
            # The first qubit of an operation is the least significant of its matrix.
            tensor = vector.reshape((2,) * n)
            axes = [n - 1 - w for w in reversed(wires)]
            matrix = gate.operation.to_matrix().reshape((2,) * (2 * len(wires)))
            turned = np.tensordot(matrix, tensor, (range(len(wires), 2 * len(wires)), axes))
            after.append((bits, np.moveaxis(turned, range(len(wires)), axes).ravel()))
        found = after
    total: dict[tuple[int, ...], float] = {}
    for bits, vector in found:
        total[bits] = total.get(bits, 0.0) + np.vdot(vector, vector).real
    return total


def _expected(
    ansatz: MemoryAnsatz, weights: tuple[np.ndarray, ...], state: np.ndarray, spikes: np.ndarray
) -> float:
    """Probability of spikes ``(n_bins, n_neurons)`` from the density matrix of the memory."""
    mixing, emission, kick = weights
    n = ansatz.n_memory
    sign = 1 - 2.0 * (np.arange(1 << n)[:, None] >> np.arange(n) & 1)
    terms = [np.ones(1 << n)]
    for q in range(n):
        terms += [sign[:, q - 1] * sign[:, q]] * (q > 0) + [sign[:, q]]
    mix = np.eye(1 << n)
    for layer, angles in enumerate(mixing):
        for q in range(n - 1) if layer else ():
            mix = cz(q, q + 1, n) @ mix
        for q in range(n):
            mix = ry(angles[q], q, n) @ mix
    for t, row in enumerate(spikes):
        state = mix @ state @ mix.T
        for neuron, spike in enumerate(row):
            own = emission[t, neuron] if emission.ndim == 3 else emission[neuron]
            angle = np.stack(terms, 1) @ own
            kraus = np.diag(np.sin(angle / 2) if spike else np.cos(angle / 2))
            for q in range(n) if spike else ():
                kraus = ry(kick[neuron, q], q, n) @ kraus
            state = kraus @ state @ kraus.T
    return float(np.trace(state))


@pytest.mark.parametrize("ansatz", SHAPES, ids=str)
@pytest.mark.parametrize("prepared", [False, True])
def test_every_outcome_is_as_likely_as_the_matrices_say(
    ansatz: MemoryAnsatz, prepared: bool
) -> None:
    n_bins = 2
    weights = _weights(ansatz)
    state = _state(ansatz.n_memory) if prepared else None
    circuit = ansatz.circuit(n_bins, state)
    found = branches(circuit.assign_parameters(ansatz.angles(*weights)))
    start = np.diag(np.eye(1 << ansatz.n_memory)[0]) if state is None else state
    for bits in product((0, 1), repeat=n_bins * ansatz.n_neurons):
        wanted = _expected(ansatz, weights, start, np.reshape(bits, (n_bins, -1)))
        assert found.get(bits, 0.0) == pytest.approx(wanted, abs=1e-7)


def test_driven_bins_have_emission_angles_of_their_own() -> None:
    ansatz = MemoryAnsatz(2, 2, 2, driven_bins=2)
    mixing, _, kick = _weights(ansatz)
    emission = np.random.default_rng(5).normal(size=(3, 2, 2, 4))
    rows = ansatz.angles(mixing, emission, kick)
    circuit = ansatz.circuit(2, _state(2))
    assert rows.shape == (3, circuit.num_parameters)
    for own, row in zip(emission, rows, strict=True):
        weights = (mixing, own, kick)
        for there, back in zip(weights, ansatz.weights(row), strict=True):
            assert np.array_equal(there, back)
    found = branches(circuit.assign_parameters(rows[1]))
    for bits in product((0, 1), repeat=4):
        wanted = _expected(ansatz, (mixing, emission[1], kick), _state(2), np.reshape(bits, (2, 2)))
        assert found.get(bits, 0.0) == pytest.approx(wanted, abs=1e-7)
    assert recorded(circuit)["driven_bins"] == 2
    with pytest.raises(ConfigError, match="of its own") as caught:
        ansatz.circuit(3)
    assert (caught.value.expected, caught.value.got) == ("2 bins", "3 bins")


def test_neurons_take_turns_on_the_emission_qubits() -> None:
    circuit = MemoryAnsatz(3, 2, 1, 2).circuit(2)
    measured = [
        (circuit.find_bit(i.qubits[0]).index, circuit.find_bit(i.clbits[0]).index)
        for i in circuit.data
        if i.name == "measure"
    ]
    assert measured == [(2, 0), (3, 1), (2, 2), (2, 3), (3, 4), (2, 5)]
    # The first use of an emission qubit needs no reset, unless the start has used it.
    assert circuit.count_ops()["reset"] == 4
    bins = MemoryAnsatz(3, 2, 1, 2).bins(2)
    assert bins.count_ops()["reset"] == 6
    assert MemoryAnsatz(1, 2, 1, 5).circuit(1).num_qubits == 3
    assert [(r.name, len(r)) for r in circuit.qregs] == [("memory", 2), ("emission", 2)]
    assert [(r.name, len(r)) for r in circuit.cregs] == [("spikes", 6)]


def test_angles_there_and_back() -> None:
    ansatz = MemoryAnsatz(3, 2, 4)
    weights = _weights(ansatz)
    angles = ansatz.angles(*weights)
    assert angles.shape == (sum(ansatz.sizes.values()),) == (8 + 12 + 6 + 6,)
    assert ansatz.circuit(1).num_parameters == len(angles)
    for own, found in zip(weights, ansatz.weights(angles), strict=True):
        assert np.array_equal(own, found)
    for i, name in enumerate(("mixing", "emission", "kick")):
        wrong = list(weights)
        wrong[i] = wrong[i][:, :1]
        with pytest.raises(InputError, match=f"array {name} has another shape") as caught:
            ansatz.angles(*wrong)
        assert str(weights[i].shape[1]) in caught.value.expected
    with pytest.raises(InputError, match="array angles"):
        ansatz.weights(angles[:-1])
    angles[-1] += 0.25
    with pytest.raises(InputError, match="opposite") as error:
        ansatz.weights(angles)
    assert "0.25 radians" in error.value.got


def test_states_that_are_none_are_refused() -> None:
    ansatz = MemoryAnsatz(2, 1, 1)
    skew = np.array([[0.5, 0.1], [0.0, 0.5]])
    for wrong, message in ((np.eye(2), "trace 2"), (skew, "trace 1"), (np.eye(4) / 4, "(4, 4)")):
        with pytest.raises(InputError) as caught:
            ansatz.circuit(1, wrong)
        assert message in caught.value.got
    off = np.array([[0.5, 0.1], [0.1, 0.5 + 2e-6]])
    with pytest.raises(InputError, match="start in this state"):
        ansatz.circuit(1, off)
    # Rounding is not refused.
    ansatz.circuit(1, np.array([[0.5, 0.1], [0.1 + 1e-9, 0.5 + 1e-9]]))


@pytest.mark.parametrize("name", ["n_neurons", "n_memory", "n_mixing", "n_emission"])
def test_impossible_sizes(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        MemoryAnsatz(**{"n_neurons": 2, "n_memory": 1, "n_mixing": 1, name: 0})
    with pytest.raises(ConfigError, match="n_bins"):
        MemoryAnsatz(2, 1, 1).circuit(0)


def test_it_says_what_it_was_built_from() -> None:
    state = _state(1)
    ansatz = MemoryAnsatz(3, 1, 2)
    assert recorded(ansatz.circuit(4, state)) == {
        "ansatz": "MemoryAnsatz",
        "n_neurons": 3,
        "n_memory": 1,
        "n_mixing": 2,
        "n_emission": 2,
        "both_directions": True,
        "n_bins": 4,
        "density_matrix": state.tolist(),
    }
    assert recorded(ansatz.circuit(4))["density_matrix"] is None
