"""An executor that hands another only so many tasks at a time."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Executor, Future, wait
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_Task = tuple[Future[Any], "Callable[..., Any]", tuple[Any, ...]]


class LimitedExecutor(Executor):
    """Tasks of another executor, at most so many at a time.

    Parameters
    ----------
    start
        Called with a function and its arguments, hands the task over and returns its future.
    limit
        The most tasks that are handed over and not finished. None: all at once.
    translate
        Called with the error of a task, returns the one that is passed on.
    """

    def __init__(
        self,
        start: Callable[[Callable[..., Any], tuple[Any, ...]], Future[Any]],
        limit: int | None = None,
        translate: Callable[[BaseException], BaseException] = lambda error: error,
    ) -> None:
        self._start = start
        self._limit = limit
        self._translate = translate
        self._lock = threading.RLock()
        self._waiting: deque[_Task] = deque()
        self._running: dict[Future[Any], Future[Any]] = {}

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Run a task when fewer than the limit run; see `concurrent.futures.Executor.submit`."""
        outer: Future[Any] = Future()
        called = partial(fn, **keywords) if keywords else fn
        with self._lock:
            self._waiting.append((outer, called, arguments))
        self._fill()
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for all tasks; see `concurrent.futures.Executor.shutdown`."""
        if cancel_futures:
            with self._lock:
                for outer, _, _ in self._waiting:
                    outer.cancel()
                self._waiting.clear()
                running = list(self._running)
            for inner in running:
                inner.cancel()
        if wait:
            self._wait()

    def _wait(self) -> None:
        while True:
            with self._lock:
                unfinished = [*self._running.values(), *(outer for outer, _, _ in self._waiting)]
            if not unfinished:
                return
            wait(unfinished)

    def _fill(self) -> None:
        """Hand over tasks up to the limit."""
        while True:
            with self._lock:
                if not self._waiting or (
                    self._limit is not None and len(self._running) >= self._limit
                ):
                    return
                outer, function, arguments = self._waiting.popleft()
                if not outer.set_running_or_notify_cancel():
                    continue
                try:
                    inner = self._start(function, arguments)
                except Exception as error:  # noqa: BLE001  # it belongs to the task
                    outer.set_exception(error)
                    continue
                self._running[inner] = outer
            inner.add_done_callback(self._end)

    def _end(self, inner: Future[Any]) -> None:
        """Pass the outcome of a task on."""
        with self._lock:
            outer = self._running[inner]
        try:
            result = inner.result()
        except BaseException as error:  # noqa: BLE001  # it belongs to the task
            outer.set_exception(self._translate(error))
        else:
            outer.set_result(result)
        with self._lock:
            del self._running[inner]
        self._fill()
