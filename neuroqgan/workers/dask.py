"""Tasks on the workers of a Dask scheduler that is running already."""

from __future__ import annotations

import pickle
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ClusterError, ConfigError, NeuroqganWarning
from neuroqgan.workers.limited import LimitedExecutor
from neuroqgan.workers.processors import limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future
    from pathlib import Path

_PATIENCE = 15.0
"""Seconds after which a scheduler counts as unreachable."""

_START = "dask worker ADDRESS --nworkers -1 --nthreads 1"
"""Starts one worker per processor."""

_ONE_TASK = threading.Lock()
"""Held by the task of this process: numba's kernels may not be entered by two threads."""


class ClusterWarning(NeuroqganWarning):
    """Tasks may wait for longer than their user expects."""


@contextmanager
def open_dask(address: str, workers: int | None, _: Path | None) -> Iterator[Executor]:
    """Connect to a scheduler; see `neuroqgan.workers.cluster_registry.open_executor`.

    Warns
    -----
    ClusterWarning
        If it has no workers yet.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            "Dask is not installed.",
            expected=f"the extra dask, for `cluster = {address}`",
            got=str(error),
            hint='pip install "neuroqgan[dask]"',
        ) from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The Dask scheduler {address} cannot be reached.",
            expected="a scheduler that listens at this address",
            got=str(error),
            hint="start one with `dask scheduler`, whose first lines show its address, and workers "
            f"with `{_START}`",
        ) from error
    _check_workers(client, address)
    inner = client.get_executor(pure=False)

    def submit(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        # Packed, so that a worker loads no library before its threads are limited.
        future: Future[Any] = inner.submit(_run_alone, pickle.dumps((function, arguments)))
        return future

    executor = LimitedExecutor(submit, workers)
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        inner.shutdown(wait=False)
        raise
    finally:
        executor.shutdown()
        client.close()


def _check_workers(client: Any, address: str) -> None:
    """Refuse workers of several threads, as one task that ends a worker ends all tasks in it."""
    threads = client.nthreads().values()
    if not threads:
        warnings.warn(
            f"The Dask scheduler {address} has no workers; tasks wait until some are started, with "
            f"{_START.replace('ADDRESS', address)}, for example.",
            ClusterWarning,
            stacklevel=2,
        )
    most = max(threads, default=1)
    if most > 1:
        client.close()
        raise ClusterError(
            "Workers of the Dask cluster run several tasks in one process.",
            expected="workers with one thread each",
            got=f"a worker with {most} threads",
            hint=f"start workers with `{_START}`",
        )


def is_lost(error: BaseException) -> bool:
    """Return whether workers of the scheduler were lost, more often than it repeats a task."""
    return any(kind.__name__ == "KilledWorker" for kind in type(error).__mro__)


def _run_alone(packed: bytes) -> Any:
    """Run a task on a worker, one at a time in each process."""
    from distributed import get_worker

    with _ONE_TASK:
        limit_threads(get_worker().state.nthreads)
        function, arguments = pickle.loads(packed)  # noqa: S301  # nosec B301  # from the client
        return function(*arguments)
