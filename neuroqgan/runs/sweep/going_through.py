"""Going through a sweep: what is missing is trained by workers, what is finished never again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.runs.sweep.point_training import PointOutcome, PointState, train_point
from neuroqgan.workers.completed import completed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from neuroqgan.runs.sweep.point_training import PointTask
    from neuroqgan.runs.sweep.sweep import Sweep

# Seconds until a point is asked for again that another process works on, at first and at most. Each
# time may be a job of a cluster.
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0


def _ignore(*_: object) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Listener:
    """What is told while a sweep goes on.

    Parameters
    ----------
    on_round
        Called with the points of a round, and with those of them that have to be trained.
    on_outcome
        Called when a point is done, has failed, or was interrupted.
    on_wait
        Called with the number of points that other processes are working on.
    """

    on_round: Callable[[Sequence[int], Sequence[int]], None] = _ignore
    on_outcome: Callable[[PointOutcome], None] = _ignore
    on_wait: Callable[[int], None] = _ignore


def go_through(
    sweep: Sweep, executor: Executor, listener: Listener | None = None, *, retries: bool = False
) -> None:
    """Train all points of a sweep that are missing; an interrupt is raised.

    Parameters
    ----------
    sweep
        Begun and locked by the caller.
    executor
        Where points are trained.
    listener
        What is told.
    retries
        Whether points are tried again that failed too often.
    """
    told = Listener() if listener is None else listener
    for points in sweep.rounds():
        if sweep.method.is_adaptive:
            sweep.folder.keep_chosen(points)
        missing = [
            point
            for point in points
            if sweep.value(point) is None and (retries or not sweep.is_given_up(point))
        ]
        told.on_round(points, missing)
        pause = _FIRST_PAUSE
        while missing:
            missing = _train(sweep, executor, missing, told)
            if missing:
                told.on_wait(len(missing))
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)


def _train(sweep: Sweep, executor: Executor, points: Sequence[int], told: Listener) -> list[int]:
    """Train points, and return those that other processes are working on."""
    busy = []
    for task, found in completed(executor, train_point, map(sweep.task, points)):
        outcome = _lost(sweep, task, found) if isinstance(found, Exception) else found
        if outcome.state is PointState.BUSY:
            busy.append(task.point)
        else:
            told.on_outcome(outcome)
    return busy


def _lost(sweep: Sweep, task: PointTask, error: Exception) -> PointOutcome:
    """Keep that no worker could finish a point."""
    sweep.folder.keep_failure(str(task.config.name), str(error))
    return PointOutcome(task.point, PointState.FAILED, error=str(error))
