"""The cell circuit, against matrices."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from neuroqgan.circuits.built_from import recorded
from neuroqgan.circuits.cell import MAX_CELL_NEURONS, CellAnsatz, Entangling
from neuroqgan.errors import ConfigError


def ry(angle: float, qubit: int, n_qubits: int) -> np.ndarray:
    """RY on one of several qubits; qubit 0 is the least significant bit."""
    c, s = np.cos(angle / 2), np.sin(angle / 2)
    turn = np.array([[c, -s], [s, c]])
    return np.kron(np.kron(np.eye(1 << (n_qubits - 1 - qubit)), turn), np.eye(1 << qubit))


def cz(first: int, second: int, n_qubits: int) -> np.ndarray:
    states = np.arange(1 << n_qubits)
    return np.diag(1.0 - 2 * ((states >> first) & (states >> second) & 1))


@pytest.mark.parametrize(
    ("n_neurons", "entangling", "pairs"),
    [
        (1, "line", []),
        (2, "line", [(0, 1)]),
        (2, "ring", [(0, 1)]),
        (3, "ring", [(0, 1), (1, 2), (2, 0)]),
        (4, "line", [(0, 1), (2, 3), (1, 2)]),
        (4, "ring", [(0, 1), (2, 3), (1, 2), (3, 0)]),
        (5, "line", [(0, 1), (2, 3), (1, 2), (3, 4)]),
        (4, "none", []),
    ],
)
def test_pairs(n_neurons: int, entangling: Entangling, pairs: list[tuple[int, int]]) -> None:
    assert list(CellAnsatz(n_neurons, 2, entangling).pairs) == pairs


@pytest.mark.parametrize("n_layers", [1, 2, 3])
@pytest.mark.parametrize("entangling", ["line", "ring", "none"])
def test_the_state_is_that_of_its_layers(n_layers: int, entangling: Entangling) -> None:
    ansatz = CellAnsatz(3, n_layers, entangling)
    assert ansatz.n_angles == 3 * n_layers
    angles = np.random.default_rng(n_layers).normal(size=(n_layers, 3))
    state = np.eye(8)[0]
    for layer in range(n_layers):
        if layer:
            for pair in ansatz.pairs:
                state = cz(*pair, 3) @ state
        for qubit in range(3):
            state = ry(angles[layer, qubit], qubit, 3) @ state
    circuit = ansatz.circuit(measure=False)
    found = Statevector(circuit.assign_parameters(angles.ravel())).data
    assert np.allclose(found, state, atol=1e-12)


def test_gates_and_measurements() -> None:
    circuit = CellAnsatz(4, 3).circuit()
    assert dict(circuit.count_ops()) == {"ry": 12, "cz": 6, "measure": 4}
    assert [p.name for p in circuit.parameters] == [f"angle[{i}]" for i in range(12)]
    measured = [i for i in circuit.data if i.operation.name == "measure"]
    wires = [
        (circuit.find_bit(i.qubits[0]).index, circuit.find_bit(i.clbits[0]).index) for i in measured
    ]
    assert wires == [(q, q) for q in range(4)]
    assert circuit.data[-4:] == measured
    assert CellAnsatz(2).circuit(measure=False).num_clbits == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n_neurons": 0}, "n_neurons"),
        ({"n_neurons": MAX_CELL_NEURONS + 1}, "cell circuit of this size"),
        ({"n_layers": 0}, "n_layers"),
        ({"n_layers": 1.5}, "n_layers"),
        ({"entangling": "star"}, "entangling"),
    ],
)
def test_impossible_cells(values: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CellAnsatz(**{"n_neurons": 4, **values})


def test_the_largest_cell() -> None:
    assert CellAnsatz(MAX_CELL_NEURONS).circuit().num_qubits == 12


def test_it_says_what_it_was_built_from_in_plain_numbers() -> None:
    circuit = CellAnsatz(np.int64(2), np.int64(3), "ring").circuit()  # type: ignore[arg-type]
    assert recorded(circuit) == {
        "ansatz": "CellAnsatz",
        "n_neurons": 2,
        "n_layers": 3,
        "entangling": "ring",
    }
    assert type(recorded(circuit)["n_neurons"]) is int
    assert CellAnsatz(2).n_layers == 3
