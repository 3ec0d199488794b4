#!/usr/bin/env python3
"""One generator gradient, by the adjoint kernel and by PennyLane backprop, in the same run.

The task: 64 latent draws, 8 time bins, each bin a circuit of 8 qubits and 5 layers. Layer l turns
qubit q by RY(w[t, l, q] * z[i, q] + b[t, l, q]); between layers CZ acts on every neighbouring pair
of a ring. The outputs are <Z_q> of every qubit. What is timed is the gradient of
sum(output * cotangent) by w.

Prints one JSON line: seconds of the best of several runs of either side, taken in turns; `ratio`,
PennyLane's seconds over ours; and `difference`, the largest difference between the two gradients.
Exits with 1 if they disagree. Needs the extra `bench`: pip install -c constraints.txt -e ".[bench]"
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from neuroqgan.circuits.ansatz import CellAnsatz
from neuroqgan.connector.adjoint import AdjointEngine

QUBITS, BINS, LAYERS, LATENTS = 8, 8, 5, 64
TOLERANCE = 1e-3  # of a gradient of size 10, in single precision

Gradient = Callable[[], np.ndarray]


def task() -> tuple[np.ndarray, ...]:
    """Weights, biases, latents, cotangent."""
    random = np.random.default_rng(0)
    by_angle = (BINS, LAYERS, QUBITS)
    return (
        random.normal(size=by_angle),
        random.normal(size=by_angle),
        random.normal(size=(LATENTS, QUBITS)),
        random.normal(size=(LATENTS, BINS, QUBITS)),
    )


def adjoint_gradient() -> Gradient:
    """Our kernel, from weights to their gradient through torch."""
    w, b, z, cotangent = (torch.tensor(values, dtype=torch.float32) for values in task())
    w.requires_grad_(True)
    ansatz = CellAnsatz(QUBITS, LAYERS, "ring")
    engine = AdjointEngine()

    def gradient() -> np.ndarray:
        w.grad = None
        angles = (w * z[:, None, None, :] + b).reshape(-1, LAYERS, QUBITS)
        marginals = engine.moments(ansatz, angles).marginals
        ((1 - 2 * marginals).view(LATENTS, BINS, QUBITS) * cotangent).sum().backward()
        return w.grad.numpy().copy()

    return gradient


def pennylane_gradient() -> Gradient:
    """PennyLane's default.qubit with parameter broadcasting, differentiated by torch."""
    try:
        import pennylane as qml
    except ImportError:
        sys.exit('PennyLane is missing. Try: pip install -c constraints.txt -e ".[bench]"')
    w, b, z, cotangent = (torch.tensor(values) for values in task())
    w.requires_grad_(True)

    @qml.qnode(qml.device("default.qubit", wires=QUBITS), interface="torch", diff_method="backprop")
    def circuit(angles):
        for layer in range(LAYERS):
            for q in range(QUBITS):
                qml.RY(angles[layer, q], wires=q)
            if layer < LAYERS - 1:
                for q in range(QUBITS):
                    qml.CZ(wires=[q, (q + 1) % QUBITS])
        return [qml.expval(qml.PauliZ(q)) for q in range(QUBITS)]

    def gradient() -> np.ndarray:
        w.grad = None
        angles = w * z[:, None, None, :] + b
        outputs = torch.stack(circuit(angles.permute(2, 3, 0, 1).reshape(LAYERS, QUBITS, -1)), -1)
        (outputs.view(LATENTS, BINS, QUBITS) * cotangent).sum().backward()
        return w.grad.numpy().copy()

    return gradient


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds in turns [5]")
    rounds = max(1, parser.parse_args().rounds)
    ours, theirs = adjoint_gradient(), pennylane_gradient()
    difference = float(np.abs(ours() - theirs()).max())
    seconds = {"neuroqgan-adjoint": float("inf"), "pennylane-backprop": float("inf")}
    for _ in range(rounds):
        for name, gradient, repeats in (
            ("neuroqgan-adjoint", ours, 20),
            ("pennylane-backprop", theirs, 2),
        ):
            for _ in range(repeats):
                start = time.perf_counter()
                gradient()
                seconds[name] = min(seconds[name], time.perf_counter() - start)
    ratio = seconds["pennylane-backprop"] / seconds["neuroqgan-adjoint"]
    print(json.dumps({**seconds, "ratio": round(ratio, 1), "difference": difference}))
    sys.exit(0 if difference < TOLERANCE else 1)


if __name__ == "__main__":
    main()
