"""Cells, bit order, programs and their way to files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.primitives import BitArray

from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.circuits.bits import columns_from_hex, columns_from_integers, columns_from_packed
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.drawing import Compiled, describe_circuits
from neuroqgan.circuits.export import export_circuits
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import ConfigError, InputError, RasterError
from neuroqgan.models.base import GeneratorSpec
from neuroqgan.models.old_registry import build_generator
from neuroqgan.raster import SpikeRaster
from tests.helpers import assemble


def test_the_cell_is_layers_of_ry_with_cz_between() -> None:
    ansatz = CellAnsatz(4, 3)
    circuit = ansatz.circuit()
    assert dict(circuit.count_ops()) == {"ry": 12, "cz": 6, "measure": 4}
    assert ansatz.pairs == ((0, 1), (2, 3), (1, 2))
    assert [p.name for p in circuit.parameters][:2] == ["angle[0]", "angle[1]"]
    last = [i.operation.name for i in circuit.data][-8:]
    assert last == ["ry"] * 4 + ["measure"] * 4


@pytest.mark.parametrize(("entangling", "pairs"), [("none", 0), ("line", 3), ("ring", 4)])
def test_entangling_pairs(entangling: str, pairs: int) -> None:
    assert len(CellAnsatz(4, 2, entangling).pairs) == pairs


@pytest.mark.parametrize("kwargs", [{"n_neurons": 0}, {"n_neurons": 13}, {"n_layers": 0}])
def test_impossible_cells(kwargs: dict) -> None:
    with pytest.raises(ConfigError, match="cell"):
        CellAnsatz(**{"n_neurons": 4, **kwargs})


@given(st.lists(st.integers(0, 2**11 - 1), min_size=1, max_size=20))
def test_both_decoders_agree(outcomes: list[int]) -> None:
    bits = columns_from_integers(np.array(outcomes), 11)
    packed = BitArray.from_samples(outcomes, 11)
    assert np.array_equal(columns_from_packed(packed.array, packed.num_bits), bits)
    assert [sum(1 << q for q in np.flatnonzero(row)) for row in bits] == outcomes


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2**n - 1))))
def test_long_outcomes(case: tuple[int, int]) -> None:
    n_bits, outcome = case
    bits = columns_from_hex([hex(outcome), "0x0"], n_bits)
    assert bits.shape == (2, n_bits)
    assert sum(1 << int(q) for q in np.flatnonzero(bits[0])) == outcome
    assert not bits[1].any()


@pytest.mark.parametrize("n_bits", [3, 16, 17, 64, 160])
def test_outcomes_beyond_the_register_are_refused(n_bits: int) -> None:
    for outcome in (2**n_bits, 2 ** (n_bits + 70)):
        with pytest.raises(RasterError, match="register"):
            columns_from_hex([hex(outcome)], n_bits)


def test_bad_outcomes() -> None:
    with pytest.raises(RasterError, match="register"):
        columns_from_integers(np.array([8]), 3)
    with pytest.raises(RasterError, match="register"):
        columns_from_packed(np.zeros((1, 2), np.uint8), 3)


def _batch(n_rows: int, neurons: tuple[int, ...], samples: list[int], bins: list[int]) -> CellBatch:
    return CellBatch(
        QuantumCircuit(1), np.zeros((n_rows, 1)), np.array(samples), np.array(bins), neurons
    )


def test_a_program_puts_bits_at_their_address() -> None:
    first = _batch(2, (2, 0), [0, 0], [1, 0])
    second = _batch(2, (1,), [0, 0], [0, 1])
    program = Program((first, second), (1, 2, 3), 0.02)
    bits = [np.array([[1, 0], [0, 1]], bool), np.array([[0], [1]], bool)]
    layout = AerBackend().plan(program).layout
    assert layout.decode(bits) == SpikeRaster(assemble(program, bits), 0.02)
    assert assemble(program, bits).tolist() == [[[True, False, False], [False, True, True]]]
    assert program.n_executions == 4


def test_export_round_trip(tmp_path) -> None:
    spec = GeneratorSpec("stationary", 7, 4, 0.02, group_size=4)
    generator = build_generator(spec)
    paths = export_circuits(generator, tmp_path)
    assert [path.name for path in paths] == [
        "cell-3-neurons.qasm",
        "cell-3-neurons.qpy",
        "cell-4-neurons.qasm",
        "cell-4-neurons.qpy",
    ]
    with paths[3].open("rb") as file:
        stored = qpy.load(file)[0]
    values = np.linspace(0, 1, 12)
    expected = CellAnsatz(4).circuit().assign_parameters(values)
    assert stored.assign_parameters(values) == expected
    loaded = qasm3.loads(paths[2].read_text())
    assert loaded.count_ops()["cz"] == CellAnsatz(4).circuit().count_ops()["cz"]
    paths[0].unlink()
    with pytest.raises(InputError, match="exists already"):
        export_circuits(generator, tmp_path)
    assert not paths[0].exists()


def test_description_counts_and_device() -> None:
    generator = build_generator(GeneratorSpec("stationary", 10, 4, 0.02, group_size=5))
    (cell,) = describe_circuits(generator)
    assert (cell.neurons, cell.n_groups, cell.angles, cell.two_qubit_gates) == (5, 2, 15, 8)
    assert cell.device is None
    compiled = QuantumCircuit(5)
    compiled.ecr(0, 1)
    (cell,) = describe_circuits(generator, compiled=Compiled("fake_brisbane", {5: compiled}))
    counts = (cell.device, cell.device_depth, cell.device_two_qubit_gates)
    assert counts == ("fake_brisbane", 1, 1)


def test_a_circuit_with_memory_is_described_and_exported_whole(tmp_path) -> None:
    spec = GeneratorSpec("memory", 3, 4, 0.02, n_memory=2, n_mixing=5, n_emission=2)
    generator = build_generator(spec)
    generator.initialise(np.full(3, 0.1), 0)
    circuit = generator.circuit(4)
    (described,) = describe_circuits(generator)
    assert (described.neurons, described.qubits, described.bins) == (3, 4, 4)
    assert described.two_qubit_gates == circuit.num_nonlocal_gates()
    assert "Circuit of 3 neurons, 4 bins, 4 qubits" in described.summary()
    assert "2 of 5 mixing layers and 2 of 3 neurons" in described.drawing
    qasm, binary = export_circuits(generator, tmp_path)
    assert qasm.name == "raster-3-neurons-4-bins.qasm"
    with binary.open("rb") as file:
        (stored,) = qpy.load(file)
    values = generator.draw(1, 0).batches[0].angles[0]
    assert stored.assign_parameters(values) == circuit.assign_parameters(values)
    counted = qasm3.loads(qasm.read_text()).count_ops()
    assert (counted["measure"], counted["reset"]) == (12, circuit.count_ops()["reset"])


def test_one_row_may_hold_several_bins() -> None:
    one, zero = np.ones(1, np.int64), np.zeros(1, np.int64)
    # Bits of row (sample 1, bin 1), out of order in neurons and in bins.
    late = CellBatch(QuantumCircuit(1), np.zeros((1, 1)), one, one, (1, 0, 0, 1), (1, 0, 1, 0))
    rest = [
        CellBatch(QuantumCircuit(1), np.zeros((1, 1)), one, zero, (0, 1)),
        CellBatch(QuantumCircuit(1), np.zeros((1, 1)), zero, zero, (0, 1) * 3, (0, 0, 1, 1, 2, 2)),
    ]
    program = Program((late, *rest), (2, 3, 2), 0.02)
    bits = [[1, 1, 0, 0]], [[0, 0]], [[0, 1, 1, 0, 0, 0]]
    spikes = assemble(program, [np.array(part, bool) for part in bits])
    assert spikes.astype(int).tolist() == [[[0, 1], [1, 0], [0, 0]], [[0, 0], [1, 0], [0, 1]]]


def test_offsets_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="offsets"):
        CellBatch(QuantumCircuit(1), np.zeros((1, 1)), np.zeros(1), np.zeros(1), (0, 1), (0,))
