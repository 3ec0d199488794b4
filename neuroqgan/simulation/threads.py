"""Threads of torch: kept as they were around parallel kernels, or limited to one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def torch_threads_kept() -> Iterator[None]:
    """Put torch's number of threads back after a parallel kernel.

    Numba's OpenMP layer sets the number of threads of the whole process, torch's too.
    """
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Limit torch to one thread: tensors are too small here for more threads to pay.

    Sums are then also added up in the same order on every machine.
    """
    with torch_threads_kept():
        torch.set_num_threads(1)
        yield
