"""Memory cells on a line: emission qubits take turns from its ends, and the raster stays exact."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.local.exact import read_memory
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.placement.line_routing import places_on_a_line
from neuroqgan.backends.placement.mid_circuit import steps, timing
from neuroqgan.backends.placement.tiles import compile_cell
from neuroqgan.circuits.binding import with_idle_parameter
from neuroqgan.circuits.built_from import record, recorded
from neuroqgan.circuits.memory import MemoryAnsatz
from tests.circuits.test_memory_circuit import _expected, _state, _weights, branches

# Neighbours in a row on boston.
LINE = (20, 21, 36, 41, 42, 43, 56, 63, 62)


@pytest.fixture(scope="module")
def boston() -> Target:
    target = snapshot_target("fake_boston")
    assert all(pair in target["cz"] for pair in pairwise(LINE))
    return target


@pytest.mark.parametrize(
    ("ansatz", "n_bins"),
    [
        (MemoryAnsatz(2, 3, 2, 2), 2),
        (MemoryAnsatz(3, 2, 2, 3), 1),
        (MemoryAnsatz(4, 2, 1, 4), 1),
        (MemoryAnsatz(3, 3, 1, 1), 1),
    ],
    ids=str,
)
@pytest.mark.parametrize("bound", [False, True])
def test_compiled_cells_have_the_distribution_of_the_matrices(
    ansatz: MemoryAnsatz, n_bins: int, bound: bool, boston: Target
) -> None:
    weights, state = _weights(ansatz), _state(ansatz.n_memory)
    circuit, angles = ansatz.circuit(n_bins, state), ansatz.angles(*weights)
    if bound:
        circuit, angles = with_idle_parameter(circuit.assign_parameters(angles)), np.ones(1)
    line = LINE[: circuit.num_qubits]
    cell = compile_cell(circuit, line, boston)
    allowed = restrict(boston, line)
    assert all(wires in allowed[name] for name, wires, _, _ in steps(cell))
    found = branches(cell.assign_parameters(angles))
    for bits in product((0, 1), repeat=n_bins * ansatz.n_neurons):
        wanted = _expected(ansatz, weights, state, np.reshape(bits, (n_bins, -1)))
        assert found.get(bits, 0.0) == pytest.approx(wanted, abs=1e-7)


def _without(circuit: QuantumCircuit, *names: str) -> QuantumCircuit:
    rest = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.name not in names:
            rest.append(instruction)
    return rest


def test_measurements_and_resets_hardly_prolong_a_cell(boston: Target) -> None:
    def seconds(n_emission: int) -> tuple[float, float]:
        circuit = MemoryAnsatz(8, 4, 2, n_emission).bins(3)
        angles = np.random.default_rng(0).normal(size=circuit.num_parameters)
        line = LINE[: circuit.num_qubits]
        cell = compile_cell(circuit.assign_parameters(angles), line, boston)
        gates = _without(cell, "measure", "reset")
        return timing(cell, line, boston).seconds / 24, timing(gates, line, boston).seconds / 24

    one, two, four = map(seconds, (1, 2, 4))
    usual = boston["measure"][(20,)].duration + boston["reset"][(20,)].duration
    assert one[0] - one[1] > 0.85 * usual
    assert two[0] - two[1] < 0.45 * usual
    assert four[0] - four[1] < 0.15 * usual
    assert four[0] < two[0] < one[0] / 1.7


def test_every_second_emission_qubit_waits_at_the_other_end() -> None:
    ansatz = MemoryAnsatz(9, 2, 1, 5)
    assert places_on_a_line(ansatz.circuit(1))[0] == (6, 4, 2, 0, 1, 3, 5)
    only_memory = QuantumCircuit(2, 2)
    only_memory.cz(0, 1)
    assert places_on_a_line(only_memory) == ((0, 1), frozenset({0, 1}))


def test_circuits_of_earlier_versions_are_still_read() -> None:
    earlier = MemoryAnsatz(3, 2, 1, 2, both_directions=False)
    circuit = earlier.circuit(1, _state(2))
    fields = dict(recorded(circuit))
    assert fields.pop("both_directions") is False
    circuit.metadata = {}
    record(circuit, **fields)
    assert read_memory(circuit).ansatz == earlier
    later = MemoryAnsatz(3, 2, 1, 2)
    assert read_memory(later.circuit(1, _state(2))).ansatz == later
    assert later.bins(1) != earlier.bins(1)
