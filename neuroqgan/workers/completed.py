"""Results in the order in which tasks end, with those repeated whose workers were lost."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, CancelledError, wait
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, TypeVar

from neuroqgan.errors import ClusterError, WorkerLostError
from neuroqgan.workers.cluster_registry import CLUSTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def completed(
    executor: Executor, function: Callable[[_Item], _Result], items: Iterable[_Item]
) -> Iterator[tuple[_Item, _Result | Exception]]:
    """Yield items with what a function makes of them, in the order in which that is known.

    A task whose worker is killed or lost begins anew, a few times; other tasks do not notice.

    Parameters
    ----------
    executor
        Where the tasks run; see `neuroqgan.workers.cluster_registry.open_executor`.
    function
        A function that can be imported by its name.
    items
        Its arguments, one per task, that can be pickled.

    Yields
    ------
    tuple
        An item, and the result, or the error with which its task ended: `WorkerLostError` if its
        workers were lost each time.

    Raises
    ------
    KeyboardInterrupt
        If this process or a task was interrupted.

    Examples
    --------
    >>> import math
    >>> from neuroqgan.workers.cluster_registry import open_executor
    >>> with open_executor("processes", workers=1) as executor:
    ...     found = dict(completed(executor, math.sqrt, [9.0, -1.0]))
    >>> found[9.0], type(found[-1.0]).__name__
    (3.0, 'ValueError')
    """
    begun: dict[Future[_Result], tuple[_Item, int]] = {
        executor.submit(function, item): (item, 1) for item in items
    }
    try:
        while begun:
            ended, _ = wait(begun, return_when=FIRST_COMPLETED)
            for future in ended:
                item, attempt = begun.pop(future)
                error = _error_of(future)
                if error is None:
                    yield item, future.result()
                    continue
                attempts = _attempts(error)
                if attempt < attempts:
                    begun[executor.submit(function, item)] = (item, attempt + 1)
                else:
                    yield item, _lost(error, attempt) if attempts else error
    finally:
        for future in begun:
            future.cancel()


def _error_of(future: Future[Any]) -> Exception | None:
    """Return the error of a task that ended; an interrupt is raised."""
    error = CancelledError() if future.cancelled() else future.exception()
    if isinstance(error, CancelledError):
        given_up = ClusterError(
            "The cluster gave a task up.",
            expected="a scheduler that keeps running",
            got="a cancelled task",
            hint="run the same command again: what is finished is kept",
        )
        given_up.__cause__ = error
        return given_up
    if error is not None and not isinstance(error, Exception):
        raise error
    return error


def _attempts(error: Exception) -> int:
    """Return how often a task may begin that ended with this error; 0 if no worker was lost."""
    kinds = (kind for kind in CLUSTERS.values() if resolve_name(kind.lost)(error))
    return next((kind.attempts for kind in kinds), 0)


def _lost(error: Exception, attempt: int) -> WorkerLostError:
    lost = WorkerLostError(
        "A task ended without a result because its worker was killed or lost.",
        expected="a worker that lives as long as its task",
        got=f"{error} ({attempt} {'attempt' if attempt == 1 else 'attempts'})",
        hint="check the memory of the machine (fewer `workers` need less), or the time limit of "
        "the cluster, and run the same command again",
    )
    lost.__cause__ = error
    return lost
