"""Parses many damaged copies of a MATLAB file, each in a process of its own; see test_matlab.

A copy has one bit flipped. Prints a line each: position, bit, and what became of it.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import scipy.io

from neuroqgan.data.untrusted.matlab_child import FAILURES, check_compressed, variables


def outcome(raw: bytes) -> str:
    """Say what the reader makes of a file, judged by the indices as they stand in it."""
    handle = io.BytesIO(raw)
    try:
        check_compressed(handle)
        handle.seek(0)
        found = dict(variables(handle))
    except FAILURES:
        return "refused"
    if "array/spikes" not in found:
        return "other"
    held = scipy.io.loadmat(io.BytesIO(raw), spmatrix=False)["spikes"]
    inside = held.indices.size == 0 or 0 <= held.indices.min() <= held.indices.max() < len(
        found["array/spikes"]
    )
    entries = np.count_nonzero(found["array/spikes"])
    return "read" if inside and entries <= held.indices.size else "wrong"


def apart(raw: bytes) -> str:
    """Return the outcome in a process that may die."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, outcome(raw).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else said or "failed"


def main() -> None:
    raw, n_copies = Path(sys.argv[1]).read_bytes(), int(sys.argv[2])
    random = np.random.default_rng(0)
    for _ in range(n_copies):
        # The header of 128 bytes is a text.
        position, bit = int(random.integers(124, len(raw))), int(random.integers(8))
        damaged = bytearray(raw)
        damaged[position] ^= 1 << bit
        sys.stdout.write(f"{position} {bit} {apart(bytes(damaged))}\n")


if __name__ == "__main__":
    main()
