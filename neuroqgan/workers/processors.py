"""How many processors there are for tasks, and how many threads each task may use."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
"""Environment variables that libraries read their number of threads from when they are loaded."""

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_processors() -> int:
    """Return how many processors this process may use, with the quota of its container.

    Examples
    --------
    >>> usable_processors() >= 1
    True
    """
    import psutil

    number = os.cpu_count() or 1
    process = psutil.Process()
    # Not on macOS.
    if hasattr(process, "cpu_affinity"):
        number = len(process.cpu_affinity())
    return max(1, min(number, _quota()))


def _quota() -> int:
    """Return the processors that a container may use, rounded up; very many without a limit."""
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        return sys.maxsize


def limit_threads(number: int) -> None:
    """Limit the threads of numerical libraries in this process, those loaded later included.

    Parameters
    ----------
    number
        The most threads of each library.
    """
    loaded = sys.modules
    for variable in VARIABLES:
        # Once it is loaded, numba refuses another number here.
        if not (variable.startswith("NUMBA") and "numba" in loaded):
            os.environ[variable] = str(number)
    if "numpy" in loaded:
        from threadpoolctl import threadpool_limits

        threadpool_limits(number)
    if "torch" in loaded:
        import torch

        torch.set_num_threads(number)
    if "numba" in loaded:
        import numba

        numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
