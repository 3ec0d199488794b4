"""Tasks in processes of this machine, each of which may end without harm to the others."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import psutil

from neuroqgan.workers.processors import limit_threads, usable_processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def open_processes(_: str, workers: int | None, __: Path | None) -> Iterator[Executor]:
    """Open processes of this machine; see `neuroqgan.workers.cluster_registry.open_executor`."""
    processors = usable_processors()
    number = workers or processors
    executor = _Processes(number, max(1, processors // number))
    try:
        yield executor
    except BaseException:
        executor.interrupt()
        raise
    finally:
        try:
            executor.shutdown()
        except KeyboardInterrupt:  # once more
            executor.kill()
            raise


def is_lost(error: BaseException) -> bool:
    """Return whether a process ended before its task did."""
    return isinstance(error, BrokenProcessPool)


@dataclass(frozen=True)
class _Worker:
    """A process, and its number."""

    pool: ProcessPoolExecutor
    pid: int


class _Processes(Executor):
    """Processes that are pools of one each: a process that is killed breaks a whole pool.

    Parameters
    ----------
    number
        How many.
    n_threads
        Threads of numerical libraries in each.
    """

    def __init__(self, number: int, n_threads: int) -> None:
        self._n_threads = n_threads
        self._waiting = ThreadPoolExecutor(number, thread_name_prefix="neuroqgan-worker")
        self._idle: SimpleQueue[_Worker | None] = SimpleQueue()
        self._busy: set[_Worker] = set()
        self._is_interrupted = False
        for _ in range(number):
            self._idle.put(None)  # started when it is first needed

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Run a task when a process is free; see `concurrent.futures.Executor.submit`."""
        return self._waiting.submit(self._run, fn, arguments, keywords)

    def interrupt(self) -> None:
        """Cancel tasks that have not begun, and send those that run what Ctrl-C sends."""
        self._is_interrupted = True
        self._waiting.shutdown(wait=False, cancel_futures=True)
        if hasattr(os, "setpgid"):  # elsewhere Ctrl-C has reached them
            self._to_busy(lambda process: process.send_signal(signal.SIGINT))

    def kill(self) -> None:
        """End all tasks at once."""
        self._to_busy(lambda process: process.kill())

    def _to_busy(self, send: Callable[[psutil.Process], None]) -> None:
        for worker in list(self._busy):
            with suppress(psutil.NoSuchProcess):
                send(psutil.Process(worker.pid))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for all tasks and end the processes; see `concurrent.futures.Executor.shutdown`."""
        self._waiting.shutdown(wait, cancel_futures=cancel_futures)
        while not self._idle.empty():
            worker = self._idle.get()
            if worker is not None:
                worker.pool.shutdown(wait)

    def _run(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """Run a task in a process that is idle, and start one if need be."""
        worker = self._idle.get()
        try:
            if worker is None:
                worker = self._start()
            self._busy.add(worker)
            try:
                # The process may have been started meanwhile, and so missed what was sent to all.
                if self._is_interrupted:
                    raise KeyboardInterrupt
                return worker.pool.submit(_run_task, function, arguments, keywords).result()
            finally:
                self._busy.discard(worker)
        except BrokenProcessPool:
            if worker is not None:
                worker.pool.shutdown(wait=False)
            worker = None
            raise
        finally:
            self._idle.put(worker)

    def _start(self) -> _Worker:
        # Not forked: a process with threads may not be, and libraries have to be loaded anew to
        # take on a number of threads.
        pool = ProcessPoolExecutor(
            1, get_context("spawn"), initializer=_begin, initargs=(self._n_threads,)
        )
        return _Worker(pool, pool.submit(os.getpid).result())


def _begin(n_threads: int) -> None:
    """Prepare a process for its tasks."""
    # Ctrl-C reaches all processes of a terminal's group, and `interrupt` sends it too: twice is
    # taken for impatience.
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, _remember)
    limit_threads(n_threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()


_interrupted = threading.Event()
"""Whether this process was interrupted while it had no task."""


def _remember(_: int, __: object) -> None:
    _interrupted.set()


def _run_task(
    function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """Run a task, which alone of what a process does may be interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        # Asked after the handler is in place, so that no signal falls between the two.
        if _interrupted.is_set():
            raise KeyboardInterrupt
        return function(*arguments, **keywords)
    finally:
        signal.signal(signal.SIGINT, _remember)


def _end_with_parent() -> None:
    """End this process when the one that started it has ended, however it did."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
