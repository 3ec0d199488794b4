"""Tracking in the background: a tracker that is slow or fails never holds a training up."""

from __future__ import annotations

import queue
import threading
import warnings
from typing import TYPE_CHECKING

from neuroqgan.errors import NeuroqganWarning
from neuroqgan.training.trackers.tracked_values import figures_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.training.base import StepReport
    from neuroqgan.training.trackers.tracker import Ending, TrackedRun, Tracker

# What is left may take so long to write once the training has ended.
_SECONDS = 30.0


class TrackerWarning(NeuroqganWarning):
    """A tracker failed, and what follows is not tracked."""


class Tracking:
    """Hands a training to a tracker, in a thread of its own.

    What the tracker raises is said once, as a warning; from then on nothing is tracked.

    Parameters
    ----------
    tracker
        The tracker; None to track nothing.
    name
        Its name in warnings.
    seconds
        How long to wait for the tracker at the end.

    Examples
    --------
    >>> with Tracking(None) as tracking:
    ...     tracking.log(1, {"training/loss": 0.5})
    """

    def __init__(
        self, tracker: Tracker | None, name: str = "tracker", seconds: float = _SECONDS
    ) -> None:
        self._tracker = tracker
        self._name = name
        self._seconds = seconds
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None
        self._is_over = False
        self._step = 0
        self._is_finished = False

    @property
    def where(self) -> str:
        """How to look at what is tracked; empty if nothing is."""
        return "" if self._tracker is None else str(getattr(self._tracker, "where", self._name))

    def begin(self, run: TrackedRun) -> None:
        """Begin to track a training; see `Tracker.begin`."""
        self._step = run.steps_done
        self._call(lambda tracker: tracker.begin(run))

    def step(self, report: StepReport) -> None:
        """Track a step; to be called after each."""
        self._step = report.step
        self.log(report.step, numbers_of(report))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Track numbers; see `Tracker.log`."""
        kept = dict(values)
        self._call(lambda tracker: tracker.log(step, kept))

    def finish(self) -> None:
        """Say that the training did all of its steps."""
        self._is_finished = True

    def evaluation(self, evaluation: Evaluation, pictures: Iterable[Path] = ()) -> None:
        """Track how a raster was judged.

        Parameters
        ----------
        evaluation
            Its figures.
        pictures
            PNG files; others are left out.
        """
        step = self._step
        self.log(step, figures_of(evaluation))
        for path in pictures:
            if path.suffix == ".png":
                self._call(lambda tracker, path=path: tracker.picture(path, step))  # type: ignore[misc]

    def close(self, ending: Ending | None = None) -> None:
        """End the tracking, and wait until everything is written, but not for ever.

        Parameters
        ----------
        ending
            How the training ended; by default it is stopped unless `finish` was called.
        """
        how: Ending = ending or ("finished" if self._is_finished else "stopped")
        self._call(lambda tracker: tracker.end(how))
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._tasks.put(None)
        thread.join(self._seconds)
        if thread.is_alive():
            self._give_up(f"it did not write everything within {self._seconds:g} s")
        self._check()

    def __enter__(self) -> Tracking:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_failure = kind is not None and issubclass(kind, Exception)
        self.close("failed" if is_failure else None)

    def _call(self, task: Callable[[Tracker], None]) -> None:
        self._check()
        tracker = self._tracker
        if tracker is None or self._is_over:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        self._tasks.put(lambda: task(tracker))

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            if self._error is not None:
                continue
            try:
                task()
            except Exception as error:  # noqa: BLE001  # code of others may raise anything
                self._error = error

    def _check(self) -> None:
        if self._error is not None and not self._is_over:
            first = next(iter(str(self._error).strip().splitlines()), "")[:200]
            self._give_up(f"{type(self._error).__name__}: {first}")

    def _give_up(self, why: str) -> None:
        if not self._is_over:
            self._is_over = True
            warnings.warn(
                f"The tracker {self._name} failed, and the training goes on without it: {why}",
                TrackerWarning,
                stacklevel=2,
            )
