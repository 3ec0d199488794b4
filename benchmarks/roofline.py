"""How close the adjoint kernel comes to what this machine's cores can do.

Floating-point operations of one cell of n qubits and L layers, N = 2^n, multiplications and
additions counted one by one, changes of sign and copies not at all:

forward   product state 2 N, then 3 n N for each of the other L - 1 layers (a rotation of two
          amplitudes takes 4 multiplications and 2 additions)
moments   5 N (squares, sums over lanes, over counts of ones, and 2 N for marginals)
backward  the forward pass again, 4 N for the cotangent of every state, 8 n N for each later layer
          (two vectors turned back, and 2 multiplications and 2 additions a pair for the
          derivative), and 16 N for the first layer

The peak is measured, not looked up: the two-qubit rotation of the kernel, again and again on rows
that stay in the level-1 cache. Two multiplications go with every addition, here as there, and a
processor with separate units for either is bound by the multiplications; fused multiply-adds,
measured beside, take as many issues of the multiplying units for a rotation as none do.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numba as nb
import numpy as np

from neuroqgan.circuits import states
from neuroqgan.connector import kernel

if TYPE_CHECKING:
    from collections.abc import Callable

LANES = states.LANES
REPEATS, SWEEPS = 40, 20_000


def operations(n_qubits: int, n_layers: int) -> tuple[int, int]:
    """Floating-point operations of a cell: forward pass with moments, backward pass."""
    size = 1 << n_qubits
    forward = 2 * size + (n_layers - 1) * 3 * n_qubits * size
    backward = forward + 4 * size + (n_layers - 1) * 8 * n_qubits * size + 16 * size
    return forward + 5 * size, backward


def best(call: Callable[[], object]) -> float:
    """Least processor seconds of several calls."""
    call()
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return min(seconds)


def peak(*, fused: bool) -> float:
    """Operations a second of one core on the kernel's own mix, in the level-1 cache."""
    flags = {"nnan", "ninf", "nsz"} | ({"contract"} if fused else set())

    @nb.njit(fastmath=flags, error_model="numpy")
    def sweeps(rows, cosine, sine, n):
        rows, cosine, sine = rows.copy(), cosine.copy(), sine.copy()
        for _ in range(n):
            for k in range(LANES):
                c, s = cosine[0, k], sine[0, k]
                x0, x1, x2, x3 = rows[0, k], rows[1, k], rows[2, k], rows[3, k]
                y0, y1 = c * x0 - s * x1, s * x0 + c * x1
                y2, y3 = c * x2 - s * x3, s * x2 + c * x3
                c, s = cosine[1, k], sine[1, k]
                rows[0, k], rows[1, k] = c * y0 - s * y2, c * y1 - s * y3
                rows[2, k], rows[3, k] = s * y0 + c * y2, s * y1 + c * y3
        return rows

    random = np.random.default_rng(0)
    rows, half = (random.normal(size=(n, LANES)).astype(np.float32) for n in (4, 2))
    seconds = best(lambda: sweeps(rows, np.cos(half), np.sin(half), SWEEPS))
    return SWEEPS * LANES * 24 / seconds


def roofline(n_qubits: int, n_layers: int, n_cells: int) -> dict[str, float]:
    """Operations, seconds and rates on one thread; rates in units of 1e9 a second."""
    threads = nb.get_num_threads()
    nb.set_num_threads(1)
    try:
        forward, backward = _passes(n_qubits, n_layers, n_cells // LANES)
        seconds = best(forward) + best(backward)
        peaks = {"peak": peak(fused=False), "peak_fused": peak(fused=True)}
    finally:
        nb.set_num_threads(threads)
    count = sum(operations(n_qubits, n_layers)) * (n_cells // LANES) * LANES
    rates = {"rate": count / seconds, **peaks}
    return {
        "operations": count,
        "seconds_one_thread": seconds,
        **{name: round(rate / 1e9, 1) for name, rate in rates.items()},
        "share": round(rates["rate"] / max(peaks.values()), 3),
    }


def _passes(
    n_qubits: int, n_layers: int, n_blocks: int
) -> tuple[Callable[[], object], Callable[[], object]]:
    random = np.random.default_rng(0)
    half = random.normal(size=(n_blocks, n_layers, n_qubits, LANES)).astype(np.float32)
    cosine, sine = np.cos(half), np.sin(half)
    patterns = np.arange(1 << n_qubits)
    bits = (patterns[:, None] >> np.arange(n_qubits)) & 1
    signs = (1 - 2 * ((bits * np.roll(bits, 1, 1)).sum(1) % 2)).astype(np.float32)
    counts = bits.sum(1).astype(np.int64)
    by_marginal = random.normal(size=(n_blocks, n_qubits, LANES)).astype(np.float32)
    by_count = random.normal(size=(n_blocks, n_qubits + 1, LANES)).astype(np.float32)
    by_pattern = random.normal(size=(1, len(patterns))).astype(np.float32)
    part = np.zeros(n_blocks, np.int64)
    return (
        lambda: kernel.moments(cosine, sine, signs, counts, 1),
        lambda: kernel.slopes(
            cosine, sine, signs, counts, by_marginal, by_count, by_pattern, part, 1
        ),
    )


if __name__ == "__main__":
    import json

    print(
        json.dumps(
            {
                "8 qubits, 5 layers": roofline(8, 5, 512),
                "10 qubits, 3 layers": roofline(10, 3, 2048),
            }
        )
    )
