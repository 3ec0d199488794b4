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

Clock and neighbours change within seconds. So peak and kernel are timed in turns, over rounds that
take a few seconds of processor time, and the share is that of the least times of each. It repeats
best: beside two to five busy processes five runs came within 0.01 to 0.03 of each other, where
medians over rounds of the share within a round came within 0.03 to 0.07. A neighbour on the same
core slows the peak and the kernel by different factors, and the least times are those without one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numba as nb
import numpy as np

from neuroqgan.gradients import adjoint_forward as kernel
from neuroqgan.simulation.statevector import amplitudes as states

if TYPE_CHECKING:
    from collections.abc import Callable

LANES = states.LANES
SECONDS = 4.0  # of processor time, all rounds together
SWEEPS = 20_000
PEAK_OPERATIONS = SWEEPS * LANES * 24


def operations(n_qubits: int, n_layers: int) -> tuple[int, int]:
    """Floating-point operations of a cell: forward pass with moments, backward pass."""
    size = 1 << n_qubits
    forward = 2 * size + (n_layers - 1) * 3 * n_qubits * size
    backward = forward + 4 * size + (n_layers - 1) * 8 * n_qubits * size + 16 * size
    return forward + 5 * size, backward


def least(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Least processor seconds of every call, timed in turns."""
    for call in calls.values():
        call()
    seconds = dict.fromkeys(calls, float("inf"))
    end = time.process_time() + SECONDS
    while time.process_time() < end:
        for name, call in calls.items():
            start = time.process_time()
            call()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds


def peak(*, fused: bool) -> Callable[[], object]:
    """The kernel's own mix of `PEAK_OPERATIONS` in the level-1 cache."""
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
    cosine, sine = np.cos(half), np.sin(half)
    return lambda: sweeps(rows, cosine, sine, SWEEPS)


def roofline(n_qubits: int, n_layers: int, n_cells: int) -> dict[str, float]:
    """Operations, seconds and rates on one thread; rates in units of 1e9 a second."""
    threads = nb.get_num_threads()
    nb.set_num_threads(1)
    try:
        forward, backward = _passes(n_qubits, n_layers, n_cells // LANES)
        least_of = least(
            {
                "peak": peak(fused=False),
                "peak_fused": peak(fused=True),
                "forward": forward,
                "backward": backward,
            }
        )
    finally:
        nb.set_num_threads(threads)
    seconds = least_of["forward"] + least_of["backward"]
    peaks = {name: PEAK_OPERATIONS / least_of[name] for name in ("peak", "peak_fused")}
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
