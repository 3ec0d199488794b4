#!/usr/bin/env python3
"""One generator gradient, by the adjoint kernel and by PennyLane backprop, in the same run.

The task: 64 latent draws, 8 time bins, each bin a circuit of 8 qubits and 5 layers. Layer l turns
qubit q by RY(w[t, l, q] * z[i, q] + b[t, l, q]); between layers CZ acts on every neighbouring pair
of a ring. The outputs are <Z_q> of every qubit. What is timed is the gradient of
sum(output * cotangent) by w.

Peers, where they are installed: PennyLane's default.qubit with backprop; its lightning.qubit with
adjoint differentiation, one circuit at a time (2 latent draws, scaled to 64); and a plain state
vector in torch with autograd.

Prints one JSON line: seconds of the best of several runs of every side, taken in turns; `ratio`,
PennyLane backprop over ours; `difference`, the largest difference between any two gradients; and
`roofline`: floating-point operations of the kernel's two passes, their time on one thread, the peak
of the same machine for the same mix, timed in turns with them, without and with fused multiply-adds
(the kernel has none, see `neuroqgan/circuits/states.py`), and `share`, the kernel's rate over the
higher of the two peaks. Times of the roofline are processor time and the least of a few seconds, so
that other processes count less.

Exits with 1 if gradients disagree. PennyLane: pip install -c constraints.txt -e ".[bench]"
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from roofline import roofline

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.gradients.adjoint import AdjointEngine

QUBITS, BINS, LAYERS, LATENTS = 8, 8, 5, 64
LIGHTNING = 2  # latent draws of the peer that runs one circuit at a time
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
    import pennylane as qml

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


def lightning_gradient() -> Gradient:
    """PennyLane's lightning.qubit, adjoint differentiation, a few latent draws, scaled up."""
    import pennylane as qml

    w, b, z, _ = (torch.tensor(values) for values in task())
    w.requires_grad_(True)

    @qml.qnode(
        qml.device("lightning.qubit", wires=QUBITS), interface="torch", diff_method="adjoint"
    )
    def circuit(angles):
        for layer in range(LAYERS):
            for q in range(QUBITS):
                qml.RY(angles[layer, q], wires=q)
            if layer < LAYERS - 1:
                for q in range(QUBITS):
                    qml.CZ(wires=[q, (q + 1) % QUBITS])
        return [qml.expval(qml.PauliZ(q)) for q in range(QUBITS)]

    def gradient() -> np.ndarray:
        angles = (w * z[:LIGHTNING, None, None, :] + b).reshape(-1, LAYERS, QUBITS)
        torch.stack([torch.stack(circuit(row)) for row in angles]).sum().backward()
        return np.empty(0)

    return gradient


def torch_gradient() -> Gradient:
    """A plain state vector in torch, differentiated by autograd."""
    w, b, z, cotangent = (torch.tensor(values, dtype=torch.float32) for values in task())
    w.requires_grad_(True)
    bits = (np.arange(1 << QUBITS)[:, None] >> np.arange(QUBITS - 1, -1, -1)) & 1
    ring = torch.ones(1 << QUBITS)
    for q in range(QUBITS):
        ring *= torch.tensor(1.0 - 2 * (bits[:, q] & bits[:, (q + 1) % QUBITS]))
    spins = torch.tensor(1 - 2.0 * bits, dtype=torch.float32)

    def gradient() -> np.ndarray:
        w.grad = None
        half = (w * z[:, None, None, :] + b).reshape(-1, LAYERS, QUBITS) / 2
        cosine, sine = half.cos(), half.sin()
        state = torch.zeros(len(half), 1 << QUBITS)
        state[:, 0] = 1
        for layer in range(LAYERS):
            for q in range(QUBITS):
                pairs = state.view(len(half), 1 << q, 2, -1)
                c, s = cosine[:, layer, q, None, None], sine[:, layer, q, None, None]
                low, high = pairs[:, :, 0], pairs[:, :, 1]
                state = torch.stack([c * low - s * high, s * low + c * high], 2)
                state = state.reshape(len(half), -1)
            if layer < LAYERS - 1:
                state = state * ring
        outputs = (state.square() @ spins).view(LATENTS, BINS, QUBITS)
        (outputs * cotangent).sum().backward()
        return w.grad.numpy().copy()

    return gradient


PEERS = {
    "pennylane-backprop": (pennylane_gradient, 2, 1.0),
    "pennylane-lightning-adjoint": (lightning_gradient, 1, LATENTS / LIGHTNING),
    "torch-autograd": (torch_gradient, 5, 1.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds in turns [5]")
    rounds = max(1, parser.parse_args().rounds)
    sides = {"neuroqgan-adjoint": (adjoint_gradient(), 20, 1.0)}
    for name, (build, repeats, scale) in PEERS.items():
        with contextlib.suppress(ImportError):
            sides[name] = (build(), repeats, scale)
    gradients = {name: gradient() for name, (gradient, _, _) in sides.items()}
    ours = gradients["neuroqgan-adjoint"]
    difference = max(
        (float(np.abs(ours - other).max()) for other in gradients.values() if other.size), default=0
    )
    seconds = dict.fromkeys(sides, float("inf"))
    for _ in range(rounds):
        for name, (gradient, repeats, scale) in sides.items():
            for _ in range(repeats):
                start = time.perf_counter()
                gradient()
                seconds[name] = min(seconds[name], scale * (time.perf_counter() - start))
    peer = seconds.get("pennylane-backprop")
    result = {
        **seconds,
        "ratio": None if peer is None else round(peer / seconds["neuroqgan-adjoint"], 1),
        "difference": difference,
        "roofline": roofline(QUBITS, LAYERS, BINS * LATENTS),
    }
    print(json.dumps(result))
    if peer is None:
        print('Without PennyLane: pip install -c constraints.txt -e ".[bench]"', file=sys.stderr)
    sys.exit(0 if difference < TOLERANCE else 1)


if __name__ == "__main__":
    main()
