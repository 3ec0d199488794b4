"""Programs whose executions all have the same angles, as those of a generator with memory do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.built_from import record

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.program import CellBatch, Program


def bind_equal_rows(program: Program, *, several_rows: bool = False) -> Program:
    """Bind angles that are the same in all executions.

    A job then carries no angles at all, and its circuits have shots instead of rows.

    Parameters
    ----------
    program
        As drawn by a generator.
    several_rows
        Whether its circuits have to take several rows even so.

    Returns
    -------
    Program
        Batches of equal rows have circuits without parameters, or with a single one that has no
        effect if they have to take several rows: a circuit without parameters runs only once. The
        angles are kept in the circuit's metadata (`neuroqgan.circuits.built_from`).

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.program import CellBatch, Program
    >>> sample, first_bin = np.arange(3), np.zeros(3, int)
    >>> angles = np.tile([0.1, 0.2], (3, 1))
    >>> batch = CellBatch(CellAnsatz(2, 1).circuit(), angles, sample, first_bin, neurons=(0, 1))
    >>> bind_equal_rows(Program((batch,), (3, 1, 2), 0.02)).batches[0].angles.shape
    (3, 0)
    """
    equal = [(batch.angles == batch.angles[:1]).all() for batch in program.batches]
    if not all(equal):
        return program
    bound = tuple(_bound(batch, several_rows=several_rows) for batch in program.batches)
    return replace(program, batches=bound)


def _bound(batch: CellBatch, *, several_rows: bool) -> CellBatch:
    circuit = batch.circuit.assign_parameters(batch.angles[0])
    if several_rows:
        circuit = with_idle_parameter(circuit)
    record(circuit, angles=batch.angles[0].tolist())
    return replace(batch, circuit=circuit, angles=np.zeros((batch.n_rows, int(several_rows))))


def with_idle_parameter(circuit: QuantumCircuit) -> QuantumCircuit:
    """Add a parameter without effect to a circuit that has none: RZ on a qubit in ``|0>``.

    Parameters
    ----------
    circuit
        Circuit without parameters, whose qubits begin in ``|0>``.

    Returns
    -------
    QuantumCircuit
        The same circuit with the parameter ``idle[0]``.
    """
    from qiskit.circuit import ParameterVector

    idle = circuit.copy_empty_like()
    idle.rz(ParameterVector("idle", 1)[0], 0)
    return idle.compose(circuit)
