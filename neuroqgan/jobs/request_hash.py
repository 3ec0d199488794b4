"""What makes two requests the same: then their rasters are interchangeable."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.program import CellBatch, Program


def hash_request(program: Program, backend: str, seed: int, settings: dict[str, Any]) -> str:
    """Return a hash of everything that decides a raster, chance and calibration aside.

    Where a device's calibration has changed since, the same request may be planned onto other
    qubits; it is the same request all the same.

    Parameters
    ----------
    program
        Cells and angles.
    backend
        Name of the backend.
    seed
        Of the shots.
    settings
        What else was asked for, as JSON.
    """
    digest = hashlib.sha256()
    head = {
        "format": 1,
        "backend": backend,
        "seed": seed,
        "settings": settings,
        "shape": program.shape,
        "bin_width": program.bin_width,
        "cells": [[_describe_batch(batch) for batch in batches] for batches in program.rounds],
    }
    digest.update(json.dumps(head, sort_keys=True).encode())
    for batches in program.rounds:
        for batch in batches:
            for array in (batch.angles, batch.samples, batch.bins):
                digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _describe_batch(batch: CellBatch) -> dict[str, Any]:
    described = {"circuit": describe(batch.circuit), "neurons": batch.neurons}
    # Left out where there are none, so that requests of earlier versions are known again.
    return described | ({"offsets": batch.offsets} if batch.offsets else {})


def describe(circuit: QuantumCircuit) -> list[Any]:
    """Return the gates of a circuit: QPY would change with every version of Qiskit."""
    return [
        [
            instruction.operation.name,
            [str(parameter) for parameter in instruction.operation.params],
            [circuit.find_bit(bit).index for bit in (*instruction.qubits, *instruction.clbits)],
        ]
        for instruction in circuit.data
    ]
