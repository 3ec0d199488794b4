"""Cells on disk: QPY for Qiskit, OpenQASM 3 for everybody else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from neuroqgan.atomic import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.circuits.generator import GeneratorSpec


def export_cells(spec: GeneratorSpec, folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Write every kind of cell with its parameters open.

    Parameters
    ----------
    spec
        The generator.
    folder
        Where ``cell-<n>-neurons.qpy`` and ``.qasm`` go.
    overwrite
        Whether files of these names may be replaced.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        If a file exists and may not be replaced; none is written then.
    StorageError
        If a file cannot be written.
    """
    from qiskit import qasm3, qpy

    contents: dict[Path, bytes] = {}
    for cell in {spec.ansatz(group) for group in spec.groups}:
        circuit = cell.circuit()
        buffer = io.BytesIO()
        qpy.dump(circuit, buffer)
        stem = folder / f"cell-{cell.n_neurons}-neurons"
        contents[stem.with_suffix(".qpy")] = buffer.getvalue()
        contents[stem.with_suffix(".qasm")] = qasm3.dumps(circuit).encode()
    # Names are checked before anything is written, so that an export is whole or not at all.
    if not overwrite:
        for path in contents:
            if path.exists():
                with atomic_write(path):
                    pass
    for path, content in sorted(contents.items()):
        with atomic_write(path, overwrite=overwrite) as file:
            file.write(content)
    return sorted(contents)
