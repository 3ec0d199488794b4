"""Programs whose executions all have the same angles, as those of a generator with memory do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.built_from import record

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.program import CellBatch, Program


def bind_equal_rows(program: Program) -> Program:
    """Bind angles that are the same in all executions.

    A job then carries one number per execution instead of hundreds.

    Parameters
    ----------
    program
        As drawn by a generator.

    Returns
    -------
    Program
        Batches of equal rows have circuits with a single parameter that has no effect, since a
        service counts executions by the rows of angles. The angles are kept in the circuit's
        metadata (`neuroqgan.circuits.built_from`).

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.program import CellBatch, Program
    >>> sample, first_bin = np.arange(3), np.zeros(3, int)
    >>> angles = np.tile([0.1, 0.2], (3, 1))
    >>> batch = CellBatch(CellAnsatz(2, 1).circuit(), angles, sample, first_bin, neurons=(0, 1))
    >>> bind_equal_rows(Program((batch,), (3, 1, 2), 0.02)).batches[0].angles.shape
    (3, 1)
    """
    return replace(program, batches=tuple(map(_bound, program.batches)))


def _bound(batch: CellBatch) -> CellBatch:
    if batch.angles.shape[1] == 1 or not (batch.angles == batch.angles[:1]).all():
        return batch
    circuit = with_idle_parameter(batch.circuit.assign_parameters(batch.angles[0]))
    record(circuit, angles=batch.angles[0].tolist())
    return replace(batch, circuit=circuit, angles=np.zeros((batch.n_rows, 1)))


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
