"""Work on many cells, cut into parts that threads share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import numba
import torch

from neuroqgan.simulation.threads import one_torch_thread, torch_threads_kept

if TYPE_CHECKING:
    from collections.abc import Iterator

Share: TypeAlias = Callable[[Callable[[slice], None], int], None]
"""Called with work on a slice of rows, and the number of rows; returns when all are done."""

CHUNK_ROWS = 4096
"""Rows of a part: what is in flight stays in the near cache. All parts but the last have as many,
whatever the number of threads, so results do not depend on that."""


@contextmanager
def chunked_threads() -> Iterator[Share]:
    """Return what shares work out to as many threads as kernels use (``NUMBA_NUM_THREADS``).

    Threads are of use where the work lets go of the interpreter, as torch, large arrays of numpy
    and kernels with ``nogil`` do. Kernels with ``parallel`` must not be called by it: not all of
    numba's threading layers can be entered by two threads. Torch keeps to one thread in each; its
    ``no_grad`` is a matter of every thread, and so of the work.

    A row's result must depend on no other part. Errors of the work are raised.
    """
    with torch_threads_kept():
        n_threads = int(numba.get_num_threads())
    # A new thread takes this number over only when it asks for it: a matrix product that came
    # first would run on as many threads as OpenMP likes, and add up in another order.
    ask = torch.get_num_threads
    with one_torch_thread(), ThreadPoolExecutor(n_threads, initializer=ask) as pool:

        def share(work: Callable[[slice], None], n_rows: int) -> None:
            parts = [slice(i, min(i + CHUNK_ROWS, n_rows)) for i in range(0, n_rows, CHUNK_ROWS)]
            if len(parts) == 1 or n_threads == 1:
                for part in parts:
                    work(part)
            else:
                for _ in pool.map(work, parts):
                    pass

        yield share
