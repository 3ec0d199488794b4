"""Programs whose executions all have the same angles, as those of a generator with memory do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.program import CellBatch, Program


def bind_equal_rows(program: Program) -> Program:
    """Write angles that are the same in all executions into the circuits.

    A job then carries one number an execution in place of hundreds.

    Parameters
    ----------
    program
        As drawn by a generator.

    Returns
    -------
    Program
        Batches of equal rows have circuits with a single parameter that has no effect: a service
        takes the number of executions from the rows of angles.
    """
    return replace(program, batches=tuple(map(_bound, program.batches)))


def _bound(batch: CellBatch) -> CellBatch:
    if batch.angles.shape[1] == 1 or not (batch.angles == batch.angles[:1]).all():
        return batch
    circuit = with_idle_parameter(batch.circuit.assign_parameters(batch.angles[0]))
    return replace(batch, circuit=circuit, angles=np.zeros((batch.n_rows, 1)))


def with_idle_parameter(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a circuit without parameters with one that has no effect: RZ of a qubit in ``|0>``.

    Parameters
    ----------
    circuit
        Whose qubits begin in ``|0>``.
    """
    from qiskit.circuit import ParameterVector

    idle = circuit.copy_empty_like()
    idle.rz(ParameterVector("idle", 1)[0], 0)
    return idle.compose(circuit)
