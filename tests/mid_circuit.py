"""Hand-made cells that measure and reset qubits mid-circuit: one memory qubit, two emitters."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from neuroqgan.circuits.program import CellBatch, Program

N_BINS = 5
# The memory qubit flips in this bin, and from then on the spikes of the first neuron with it.
FLIP = 2


def memory_circuit() -> QuantumCircuit:
    """A circuit of five bins; angle ``2 t + i`` turns the qubit of neuron ``i`` in bin ``t``.

    Later bins have earlier classical bits, and neuron 1 is read into the lower of a bin's two.
    """
    angles = ParameterVector("angle", 2 * N_BINS)
    circuit = QuantumCircuit(3, 2 * N_BINS)
    for time in range(N_BINS):
        if time == FLIP:
            circuit.x(0)
        circuit.ry(angles[2 * time], 1)
        circuit.ry(angles[2 * time + 1], 2)
        circuit.cx(0, 1)
        last = 2 * (N_BINS - 1 - time)
        circuit.measure([2, 1], [last, last + 1])
        circuit.reset([1, 2])
    return circuit


def memory_program(angles: np.ndarray) -> Program:
    """The circuit for angles of shape ``(n_samples, n_bins, 2)``."""
    n_samples = len(angles)
    batch = CellBatch(
        memory_circuit(),
        angles.reshape(n_samples, -1),
        np.arange(n_samples),
        np.zeros(n_samples, np.int64),
        (1, 0) * N_BINS,
        tuple(time for time in reversed(range(N_BINS)) for _ in range(2)),
    )
    return Program((batch,), (n_samples, N_BINS, 2), 0.02)


def certain_program(spikes: np.ndarray) -> Program:
    """A program that emits these spikes for certain, booleans ``(n_samples, n_bins, 2)``."""
    turned = spikes.copy()
    turned[:, FLIP:, 0] ^= True
    return memory_program(np.pi * turned)


def some_spikes(n_samples: int, seed: int = 5) -> np.ndarray:
    """Spikes without symmetry."""
    return np.random.default_rng(seed).random((n_samples, N_BINS, 2)) < 0.4
