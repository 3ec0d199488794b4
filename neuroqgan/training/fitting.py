"""Training in memory, from the first step to the last."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from neuroqgan.simulation.threads import one_torch_thread
from neuroqgan.training.interruption import stop_on_interrupt
from neuroqgan.training.loop import Runaway
from neuroqgan.training.progress import training_bar
from neuroqgan.training.trackers.tracked_values import settings_of
from neuroqgan.training.trackers.tracker import TrackedRun
from neuroqgan.training.trackers.tracker_registry import open_tracker
from neuroqgan.training.trackers.tracking import Tracking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.training.base import BaseTrainer, StepReport
    from neuroqgan.training.trackers.tracker import Tracker


def fit_in_memory(
    trainer: BaseTrainer,
    *,
    on_step: Callable[[StepReport], None] | None = None,
    progress: bool = True,
    tracker: str | Tracker | Tracking | None = None,
) -> bool:
    """Train, and put the averaged weights in.

    Weights are the same, bit for bit, as those of `neuroqgan.training.loop.train`, which keeps
    metrics and checkpoints as well. Ctrl-C ends the training after the step; what was learnt so
    far stays, and standard error says so.

    Parameters
    ----------
    trainer
        New, or put back to a checkpoint.
    on_step
        Called after every step.
    progress
        Whether to show a progress bar.
    tracker
        What writes the training down (`neuroqgan.training.trackers.tracker_registry.open_tracker`);
        one that was opened is not closed.

    Returns
    -------
    bool
        Whether all steps were done.

    Raises
    ------
    DivergenceError
        If the loss or gradient is not finite, or stays far above where it began.
    """
    runaway = Runaway()
    listeners: list[Callable[[StepReport], None]] = [runaway.watch]
    if on_step is not None:
        listeners.insert(0, on_step)
    with ExitStack() as stack:
        tracking = stack.enter_context(_opened(tracker))
        tracking.begin(_tracked(trainer))
        listeners.append(tracking.step)
        stack.enter_context(one_torch_thread())
        should_stop = stack.enter_context(stop_on_interrupt())
        if progress:
            listeners.append(stack.enter_context(training_bar(trainer.settings.steps)))
        while not trainer.finished and not should_stop():
            report = trainer.step()
            for listener in listeners:
                listener(report)
        trainer.finish()
        if trainer.finished:
            tracking.finish()
    if not trainer.finished:
        done, total = trainer.steps_done, trainer.settings.steps
        sys.stderr.write(
            f"Stopped after {done} of {total} steps; the generator keeps what it learnt.\n"
        )
    return trainer.finished


@contextmanager
def _opened(tracker: str | Tracker | Tracking | None) -> Iterator[Tracking]:
    if isinstance(tracker, Tracking):
        yield tracker
        return
    with open_tracker(tracker) as tracking:
        yield tracking


def _tracked(trainer: BaseTrainer) -> TrackedRun:
    settings = settings_of(trainer.generator.spec.to_dict(), trainer.settings.to_dict())
    began = time.strftime("%Y%m%d-%H%M%S")
    return TrackedRun(f"{settings.get('preset', 'training')}-{began}", settings)
