"""The hash by which a request is recognised: requests with one hash want the same raster."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.program import CellBatch, Program


def hash_request(program: Program, backend: str, seed: int, settings: dict[str, Any]) -> str:
    """Return a hash of everything that decides a raster, except chance and calibration.

    If the calibration of a device has changed, the same request may be planned onto other qubits;
    it still has the same hash.

    Parameters
    ----------
    program
        Circuits and angles (radians).
    backend
        Name of the backend.
    seed
        Seed of the shots.
    settings
        All other settings, as JSON can hold them.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    digest = hashlib.sha256()
    head = {
        "format": 1,
        "backend": backend,
        "seed": seed,
        "settings": settings,
        "shape": program.shape,
        "bin_width": program.bin_width,
        # Programs had several lists of cells once; identical requests keep their hash.
        "cells": [[_describe_batch(batch) for batch in program.batches]],
    }
    digest.update(json.dumps(head, sort_keys=True).encode())
    for batch in program.batches:
        for array in (batch.angles, batch.samples, batch.bins):
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _describe_batch(batch: CellBatch) -> dict[str, Any]:
    described = {"circuit": describe_circuit(batch.circuit), "neurons": batch.neurons}
    # Left out if there are none, so that requests of earlier versions are recognised.
    return described | ({"offsets": batch.offsets} if batch.offsets else {})


def describe_circuit(circuit: QuantumCircuit) -> list[Any]:
    """Return the gates of a circuit; its QPY would change with every version of Qiskit."""
    return [
        [
            instruction.operation.name,
            [str(parameter) for parameter in instruction.operation.params],
            [circuit.find_bit(bit).index for bit in (*instruction.qubits, *instruction.clbits)],
        ]
        for instruction in circuit.data
    ]
