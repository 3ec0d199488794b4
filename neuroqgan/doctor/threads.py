"""Threads of numba and torch, against the processors that this process may use."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from neuroqgan.doctor.finding import Finding, Scope, ok, warning
from neuroqgan.workers.processors import usable_processors

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_WAIT_POLICY", "MKL_NUM_THREADS")


def check_threads(_: Scope) -> Iterator[Finding]:
    """Compare numbers of threads with the processors there are."""
    import numba
    import torch

    usable = usable_processors()
    in_numba, in_torch = int(numba.get_num_threads()), torch.get_num_threads()
    named = [f"{name}={os.environ[name]}" for name in _VARIABLES if os.environ.get(name)]
    yield ok(
        f"{usable} processors for this process; threads: numba {in_numba}, torch {in_torch}"
        + (f"; {', '.join(named)}" if named else "")
    )
    most = max(in_numba, in_torch)
    if most > usable:
        yield warning(
            f"{most} threads share {usable} processors, which slows trainings down",
            f"set NUMBA_NUM_THREADS and OMP_NUM_THREADS to {usable}",
        )


def check_openmp(_: Scope) -> Iterator[Finding]:
    """Look for several OpenMP libraries in one process, which crash together on macOS."""
    import sklearn.utils.parallel  # noqa: F401  # it brings a library of its own
    import torch  # noqa: F401
    from threadpoolctl import threadpool_info

    loaded = {info["filepath"] for info in threadpool_info() if info["user_api"] == "openmp"}
    words = f"{len(loaded)} OpenMP libraries are loaded"
    if len(loaded) > 1 and sys.platform == "darwin":
        yield warning(
            f"{words}, which may crash together: {', '.join(sorted(loaded))}",
            "install everything with pip into one new environment, not partly with conda; if it "
            "crashes, set NUMBA_THREADING_LAYER=workqueue",
        )
    else:
        yield ok(words)
