"""Training in memory, from the first step to the last."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from neuroqgan.simulation.threads import one_torch_thread
from neuroqgan.training.interruption import stop_on_interrupt
from neuroqgan.training.loop import Runaway
from neuroqgan.training.progress import training_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.training.base import BaseTrainer, StepReport


def fit_in_memory(
    trainer: BaseTrainer,
    *,
    on_step: Callable[[StepReport], None] | None = None,
    progress: bool = True,
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
    listeners: list[Callable[[StepReport], None]]
    listeners = [runaway.watch] if on_step is None else [on_step, runaway.watch]
    with ExitStack() as stack:
        stack.enter_context(one_torch_thread())
        should_stop = stack.enter_context(stop_on_interrupt())
        if progress:
            listeners.append(stack.enter_context(training_bar(trainer.settings.steps)))
        while not trainer.finished and not should_stop():
            report = trainer.step()
            for listener in listeners:
                listener(report)
        trainer.finish()
    if not trainer.finished:
        done, total = trainer.steps_done, trainer.settings.steps
        print(  # noqa: T201  # a script has no other place for it
            f"Stopped after {done} of {total} steps; the generator keeps what it learnt.",
            file=sys.stderr,
        )
    return trainer.finished
