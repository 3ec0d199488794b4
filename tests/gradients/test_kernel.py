"""The compiled kernel itself: the same bits wherever its machine code comes from."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import hashlib, sys
import torch
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.gradients.adjoint import AdjointEngine, pattern_probabilities

bits = hashlib.sha256()
for n_neurons in (4, 7, 10):
    random = torch.Generator().manual_seed(n_neurons)
    angles = torch.randn(128, 3, n_neurons, generator=random, requires_grad=True)
    ansatz = CellAnsatz(n_neurons, 3, "ring")
    moments = AdjointEngine().moments(ansatz, angles)
    exact = (moments.marginals, moments.k_probability, moments.pairs)
    sum((values**2).sum() for values in exact).backward()
    for values in (*exact, angles.grad):
        bits.update(values.detach().numpy().tobytes())
    bits.update(pattern_probabilities(ansatz, angles).tobytes())
print(bits.hexdigest())
"""


@pytest.mark.slow
def test_compiled_now_and_read_from_the_cache_give_the_same_bits(tmp_path: Path) -> None:
    # A resumed run reads from the cache what the run before it may have compiled.
    def bits() -> str:
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    compiled = bits()
    assert any(tmp_path.rglob("*.nbc")), "nothing was compiled into the cache"
    assert bits() == compiled
