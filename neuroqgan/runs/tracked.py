"""Runs as trackers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.training.checkpoint import steps_in
from neuroqgan.training.course import Course
from neuroqgan.training.loop import read_metrics
from neuroqgan.training.trackers.tracked_values import settings_of
from neuroqgan.training.trackers.tracker import TrackedRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.models.base import Generator
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.training.base import BaseTrainer, StepReport
    from neuroqgan.training.trackers.tracking import Tracking

    OnStep = Callable[[StepReport], None]


def followed(
    folder: RunFolder,
    trainer: BaseTrainer,
    tracking: Tracking | None,
    on_step: OnStep | None,
) -> tuple[OnStep | None, Callable[[], None]]:
    """Begin to track the training of a run.

    Parameters
    ----------
    folder
        Of the run.
    trainer
        Its trainer, put back to the checkpoint if there is one.
    tracking
        What writes the training down; None for nothing.
    on_step
        Who else is to be told of steps.

    Returns
    -------
    tuple
        What to call after every step, and what to call after the last one.
    """
    if tracking is None:
        return on_step, lambda: None
    settings = settings_of(trainer.generator.spec.to_dict(), trainer.settings.to_dict())
    tracking.begin(TrackedRun(folder.name, settings, folder.path, trainer.steps_done))

    def step(report: StepReport) -> None:
        tracking.step(report)
        if on_step is not None:
            on_step(report)

    return step, tracking.finish


def course_of(folder: RunFolder, total: int) -> Course:
    """Return how the training of a run went up to its last checkpoint.

    Parameters
    ----------
    folder
        Of the run.
    total
        Steps of the training.

    Raises
    ------
    CheckpointError
        If the checkpoint is damaged.
    """
    if not folder.checkpoint_path.exists():
        return Course(total)
    n_done = steps_in(folder.checkpoint_path)
    rows = [row for row in read_metrics(folder.metrics_path) if row["step"] <= n_done]
    return Course(total, rows)


def track_trained(
    tracking: Tracking, folder: RunFolder, config: RunConfig, generator: Generator
) -> None:
    """Begin to track a run that is trained already, for what comes after its training.

    Parameters
    ----------
    tracking
        What writes it down.
    folder, config
        Of the run.
    generator
        Its trained generator.
    """
    settings = settings_of(generator.spec.to_dict(), config.training_settings.to_dict())
    tracking.begin(TrackedRun(folder.name, settings, folder.path, int(config.steps or 0)))
    tracking.finish()
