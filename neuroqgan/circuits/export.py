"""Circuits on disk: QPY for Qiskit, OpenQASM 3 for everybody else."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from neuroqgan.atomic import atomic_write
from neuroqgan.circuits.built_from import gates
from neuroqgan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.circuits.program import CellBatch, Program


def export_circuits(
    circuits: Iterable[GeneratorCircuit], folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write circuits as QPY and as OpenQASM 3.

    Parameters
    ----------
    circuits
        As the generator's ``circuits()`` returns them, with their parameters open, or as
        `bind_angles` does.
    folder
        Folder that exists; each circuit goes to ``<name>.qpy`` and ``<name>.qasm`` in it.
    overwrite
        Whether files of these names may be replaced.

    Returns
    -------
    list of Path
        The files, sorted.

    Raises
    ------
    InputError
        If a file exists and may not be replaced; none is written then.
    StorageError
        If a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    >>> cell = GeneratorCircuit("cell-2-neurons", CellAnsatz(2).circuit(), 1, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in export_circuits([cell], Path(folder))]
    ['cell-2-neurons.qasm', 'cell-2-neurons.qpy']
    """
    from qiskit import qasm3, qpy

    contents: dict[Path, bytes] = {}
    for one in circuits:
        buffer = io.BytesIO()
        qpy.dump(one.circuit, buffer)
        contents[folder / f"{one.name}.qpy"] = buffer.getvalue()
        contents[folder / f"{one.name}.qasm"] = qasm3.dumps(one.circuit).encode()
    # Names are checked before anything is written, so that an export is complete or not there.
    if not overwrite:
        for path in contents:
            if path.exists():
                with atomic_write(path):
                    pass
    for path, content in sorted(contents.items()):
        with atomic_write(path, overwrite=overwrite) as file:
            file.write(content)
    return sorted(contents)


def bind_angles(
    circuits: Iterable[GeneratorCircuit], program: Program
) -> tuple[GeneratorCircuit, ...]:
    """Bind the angles with which a program runs the circuits of a generator first.

    If the angles depend on the sample, as they do with latents or a past, they are those of the
    first bin of the first sample: an example.

    Parameters
    ----------
    circuits
        As the generator's ``circuits()`` returns them.
    program
        Of the same generator, for as many bins.

    Returns
    -------
    tuple of GeneratorCircuit
        One for each group of neurons, without parameters, in the order of the circuits given.
        ``-bound`` is added to their names, and before it ``-group-<n>``, counted from 1, if
        several groups use the same circuit.

    Raises
    ------
    InputError
        If the program runs none of the circuits, or its circuits are bound already.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    >>> from neuroqgan.circuits.program import CellBatch, Program
    >>> circuit, zero = CellAnsatz(2, 1).circuit(), np.zeros(1, int)
    >>> batch = CellBatch(circuit, np.array([[0.1, 0.2]]), zero, zero, neurons=(0, 1))
    >>> (bound,) = bind_angles(
    ...     [GeneratorCircuit("cell", circuit, 1, 2)], Program((batch,), (1, 1, 2), 0.02)
    ... )
    >>> bound.name, bound.circuit.num_parameters
    ('cell-bound', 0)
    """
    found: list[GeneratorCircuit] = []
    for one in circuits:
        there = gates(one.circuit)
        groups = [batch for batch in program.batches if gates(batch.circuit) == there]
        for i, batch in enumerate(groups, 1):
            group = f"-group-{i}" if len(groups) > 1 else ""
            found.append(_bind(one, batch, f"{one.name}{group}-bound"))
    if not found:
        raise InputError(
            "The program has no angles for these circuits.",
            expected="a program of the same generator and the same number of bins",
            got=f"a program of shape {program.shape} with other circuits",
        )
    return tuple(found)


def _bind(one: GeneratorCircuit, batch: CellBatch, name: str) -> GeneratorCircuit:
    circuit = batch.circuit.assign_parameters(batch.angles[0])
    return replace(one, name=name, circuit=circuit, n_groups=1, excerpt=None, caption="")
