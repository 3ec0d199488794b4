"""What several test files use and is no fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.circuits.program import Program

# Flags of a training that takes a second.
TRAINING = ("--bins", "8", "--steps", "3", "--batch", "16", "--shots", "2")


def files_below(folder: Path) -> dict[str, bytes]:
    """All files of a folder with their content; locks aside, which say nothing."""
    if not folder.exists():
        return {}
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def assemble(program: Program, bits: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Put the measured bits of every batch at their addresses, each of which is measured once."""
    spikes = np.zeros(program.shape, bool)
    measured = np.zeros(program.shape, int)
    for batch, array in zip(program.batches, bits, strict=True):
        assert array.shape == (batch.n_rows, len(batch.neurons))
        bins = batch.bins[:, None] + np.array(batch.bit_offsets)
        address = (batch.samples[:, None], bins, np.array(batch.neurons))
        spikes[address] = array
        np.add.at(measured, address, 1)
    assert (measured == 1).all()
    return spikes


def several_threads() -> int:
    """Number of threads of kernels; skip a test that compares them with one if there is one."""
    most = int(numba.get_num_threads())
    if most < 2:
        pytest.skip("NOT TESTED: numba has one thread here, so numbers of threads cannot differ")
    return most
