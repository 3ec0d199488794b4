"""Work of this process that is cut into tasks and shared by workers, for as long as a block lasts.

What is cut knows its seeds by address, so results do not depend on the number or kind of workers.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.workers.cluster_registry import DEFAULT_CLUSTER, find_cluster, open_executor
from neuroqgan.workers.processors import usable_processors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

# A few tasks per worker, so that all end at about the same time; as many where nobody knows how
# many workers there are.
_TASKS_PER_WORKER = 4
_TASKS = 32


@dataclass(frozen=True)
class Spread:
    """Workers that share what this process does.

    Parameters
    ----------
    executor
        Where tasks run.
    n_tasks
        How many tasks a large piece of work is cut into.
    queues
        Whether a task may wait for minutes before it begins, so that it should not be small.
    """

    executor: Executor
    n_tasks: int
    queues: bool = False


_CURRENT: ContextVar[Spread | None] = ContextVar("neuroqgan-spread", default=None)


@contextmanager
def spread_work(
    cluster: str = DEFAULT_CLUSTER,
    workers: int | None = None,
    *,
    folder: Path | None = None,
    is_quick: bool = False,
) -> Iterator[None]:
    """Let workers share simulated circuits in this block; they give the same bits as one process.

    Parameters
    ----------
    cluster, workers, folder
        See `neuroqgan.workers.cluster_registry.open_executor`.
    is_quick
        Whether the work is of many pieces of a second or less, one after the other.

    Raises
    ------
    ConfigError
        If the work is quick, and tasks of the cluster wait longer for their start than they take.
    ClusterError
        If the cluster cannot be reached.

    Examples
    --------
    >>> from neuroqgan.backends.registry import resolve
    >>> with spread_work("processes", workers=2):
    ...     name = resolve("aer").name
    >>> name
    'aer'
    """
    kind = find_cluster(cluster)
    if is_quick and kind.queues:
        raise ConfigError(
            f"Every step of such a training would wait in the queue of {kind.name}.",
            expected="`cluster = processes`, or the address of a Dask scheduler",
            got=f"`cluster = {cluster}`",
            hint=f"start the whole command in a job of {kind.name}, with `cluster = processes`",
        )
    if workers is None:
        n_tasks = _TASKS if kind.name != DEFAULT_CLUSTER else usable_processors()
    else:
        n_tasks = workers
    if not kind.queues:
        n_tasks *= _TASKS_PER_WORKER
    with open_executor(cluster, workers, folder=folder) as executor:
        before = _CURRENT.set(Spread(executor, n_tasks, kind.queues))
        try:
            yield
        finally:
            _CURRENT.reset(before)


def current_spread() -> Spread | None:
    """Return the workers that share what this process does now, if there are any."""
    return _CURRENT.get()
