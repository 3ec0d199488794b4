"""Circuits on disk, with their angles open or bound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qiskit import qasm3, qpy

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.export import bind_angles, export_circuits
from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.memory import MemoryAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import InputError

CELLS = (
    GeneratorCircuit("cell-4-neurons", CellAnsatz(4).circuit(), 1, 4),
    GeneratorCircuit("cell-3-neurons", CellAnsatz(3).circuit(), 2, 3, caption="x"),
)


def _program() -> Program:
    """Ten neurons in three groups, two samples."""
    batches, first = [], 0
    for size in (3, 4, 3):
        angles = np.arange(2 * 3 * size, dtype=float).reshape(2, -1) + 100 * first
        neurons = tuple(range(first, first + size))
        circuit = CellAnsatz(size).circuit()
        batches.append(CellBatch(circuit, angles, np.arange(2), np.zeros(2, int), neurons))
        first += size
    return Program(tuple(batches), (2, 1, 10), 0.02)


def test_export_round_trip(tmp_path: Path) -> None:
    paths = export_circuits(CELLS, tmp_path)
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


def test_nothing_is_written_if_a_file_is_there(tmp_path: Path) -> None:
    paths = export_circuits(CELLS, tmp_path)
    written = [path.read_bytes() for path in paths]
    paths[0].unlink()
    with pytest.raises(InputError, match="exists already"):
        export_circuits(CELLS, tmp_path)
    assert not paths[0].exists()
    assert export_circuits(CELLS, tmp_path, overwrite=True) == paths
    assert [path.read_bytes() for path in paths] == written


def test_a_circuit_with_memory_is_exported_whole(tmp_path: Path) -> None:
    circuit = MemoryAnsatz(3, 2, 5).circuit(4, np.diag([0.5, 0.3, 0.2, 0.0]))
    one = GeneratorCircuit("raster", circuit, 1, 3, 4)
    qasm, binary = export_circuits([one], tmp_path)
    with binary.open("rb") as file:
        (stored,) = qpy.load(file)
    values = np.linspace(0, 1, circuit.num_parameters)
    assert stored.assign_parameters(values) == circuit.assign_parameters(values)
    counted = qasm3.loads(qasm.read_text()).count_ops()
    assert (counted["measure"], counted["reset"]) == (12, circuit.count_ops()["reset"])


def test_angles_are_bound_group_by_group(tmp_path: Path) -> None:
    program = _program()
    bound = bind_angles(CELLS, program)
    names = ["cell-4-neurons-bound", "cell-3-neurons-group-1-bound", "cell-3-neurons-group-2-bound"]
    assert [one.name for one in bound] == names
    for one, batch in zip(bound, (program.batches[i] for i in (1, 0, 2)), strict=True):
        assert one.circuit == batch.circuit.assign_parameters(batch.angles[0])
        assert (one.n_groups, one.n_neurons, one.caption) == (1, len(batch.neurons), "")
    paths = export_circuits(bound, tmp_path)
    assert len(paths) == 6
    assert qasm3.loads(paths[0].read_text()).num_parameters == 0


def test_angles_of_another_generator_are_refused() -> None:
    other = GeneratorCircuit("cell", CellAnsatz(4, 2).circuit(), 1, 4)
    assert len(bind_angles([CELLS[0], other], _program())) == 1
    with pytest.raises(InputError, match="no angles for these circuits") as caught:
        bind_angles([other], _program())
    assert "(2, 1, 10)" in caught.value.got
