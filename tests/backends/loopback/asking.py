"""Circuits and jobs for the loopback server that stands in for IBM Quantum."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit_ibm_runtime import QiskitRuntimeService
from qiskit_ibm_runtime.executor_sampler import Sampler

from neuroqgan.testing import LoopbackService

TWIRLED = {
    "twirling": {
        "enable_gates": True,
        "enable_measure": True,
        "num_randomizations": 1,
        "shots_per_randomization": 1,
    }
}
Serve = Callable[..., LoopbackService]


def enter(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in [name for name in os.environ if name.startswith("QISKIT_IBM")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)


def make_circuit(chains: tuple[range, ...] = (range(4), range(20, 24))) -> QuantumCircuit:
    """Chains of ibm_fez in its own gates; an angle of 0 or pi a qubit sets the bits."""
    n_bits = sum(map(len, chains))
    angles = ParameterVector("angle", n_bits)
    circuit = QuantumCircuit(156, n_bits)
    bit = 0
    for chain in chains:
        for i, qubit in enumerate(chain):
            circuit.sx(qubit)
            circuit.rz(angles[bit + i] + np.pi, qubit)
            circuit.sx(qubit)
        for qubit in chain[:-1]:
            circuit.cz(qubit, qubit + 1)
        circuit.measure(list(chain), list(range(bit, bit + len(chain))))
        bit += len(chain)
    return circuit


def submit(
    kind: type = Sampler, rows: int = 5, options: dict[str, Any] | None = None, mode: Any = None
) -> Any:
    mode = mode or QiskitRuntimeService().backend("ibm_fez")
    values = np.random.default_rng(rows).random((rows, 8))
    return kind(mode=mode, options=options).run([(make_circuit(), values)], shots=1)


def bits_of(pub: Any, register: str = "c") -> np.ndarray:
    bits = pub.data[register].to_bool_array(order="little")
    return bits.reshape(-1, bits.shape[-1])
