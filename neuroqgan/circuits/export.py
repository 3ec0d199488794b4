"""Circuits on disk: QPY for Qiskit, OpenQASM 3 for everybody else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from neuroqgan.atomic import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    from qiskit import QuantumCircuit

    from neuroqgan.models.base import Generator


def export_circuits(
    generator: Generator,
    folder: Path,
    *,
    bins_per_job: int | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write every kind of circuit with its parameters open.

    Parameters
    ----------
    generator
        With weights: a circuit with memory begins in a state that depends on them.
    folder
        Where ``cell-<n>-neurons.qpy`` and ``.qasm`` go, or ``raster-<n>-neurons-<m>-bins`` where
        one circuit yields a whole raster. Beside cells whose bins fit into one circuit goes
        ``lattice-<n>-neurons-<m>-bins``.
    bins_per_job
        Bins of that lattice, by default those of a raster; for other generators without effect.
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
    for name, circuit in _circuits(generator, bins_per_job).items():
        buffer = io.BytesIO()
        qpy.dump(circuit, buffer)
        stem = folder / name
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


def _circuits(generator: Generator, bins_per_job: int | None) -> dict[str, QuantumCircuit]:
    found = list(generator.circuits())
    if (generator.bins_at_once or 1) > 1:
        found += generator.circuits(bins_per_job or generator.spec.n_bins)
    return {one.name: one.circuit for one in found}
