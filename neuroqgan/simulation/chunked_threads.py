"""Work on many cells, divided into chunks that threads share."""

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
"""Called with a function of a slice of rows, and the number of rows; returns when all are done."""

CHUNK_ROWS = 4096
"""Rows of a chunk: few enough that what is in use stays in the near cache. All chunks but the last
have this many, whatever the number of threads, so results do not depend on that number."""


@contextmanager
def chunked_threads() -> Iterator[Share]:
    """Yield a function that divides work among as many threads as kernels use.

    That number is ``NUMBA_NUM_THREADS``. Threads help if the work releases the interpreter lock, as
    torch, large numpy arrays and kernels with ``nogil`` do. The work must not call kernels with
    ``parallel``: not all of numba's threading layers can be entered by two threads. Torch uses one
    thread in each; its ``no_grad`` holds for one thread only, so the work has to set it itself.

    The result of a row must not depend on other rows. Errors of the work are raised.

    Yields
    ------
    Callable
        Called with the work, a function of a slice of rows, and the number of rows.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.arange(6.0)
    >>> def double(chunk: slice) -> None:
    ...     rows[chunk] *= 2
    >>> with chunked_threads() as share:
    ...     share(double, len(rows))
    >>> rows.tolist()
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    with torch_threads_kept():
        n_threads = int(numba.get_num_threads())
    # A new thread takes on this number only once it asks for it. A matrix product before that would
    # run on as many threads as OpenMP chooses, and add up in another order.
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
