"""The circuit that prepares a mixed state of the memory."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import DensityMatrix, partial_trace

from neuroqgan.backends.local.shots import SAFE_GATES
from neuroqgan.circuits.memory_start import start_circuit


@pytest.mark.parametrize(("n_memory", "n_spare"), [(1, 1), (3, 1), (3, 2), (2, 4)])
def test_the_start_is_the_state(n_memory: int, n_spare: int) -> None:
    random = np.random.default_rng(n_memory)
    root = random.standard_normal((1 << n_memory, 2))
    state = root @ root.T / np.square(root).sum()
    circuit = start_circuit(state, n_spare)
    assert set(circuit.count_ops()) <= SAFE_GATES
    prepared = partial_trace(DensityMatrix(circuit), range(n_memory, n_memory + n_spare))
    assert np.allclose(prepared.data, state, atol=1e-6)


def test_the_start_is_the_same_circuit_every_time() -> None:
    # A job is known again by its circuit; Qiskit chooses freely between bases of equal cost.
    random = np.random.default_rng(3)
    root = random.standard_normal((4, 4))
    state = root @ root.T / np.trace(root @ root.T)
    first = start_circuit(state, 2)
    assert all(start_circuit(state, 2) == first for _ in range(8))
