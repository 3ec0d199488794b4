"""The progress bar of a training."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from neuroqgan.training.base import StepReport

# Steps over which the loss beside the bar is smoothed.
_SMOOTHING = 20


@contextmanager
def training_bar(
    total: int, console: Console | None = None
) -> Iterator[Callable[[StepReport], None]]:
    """Show loss, distance and time left.

    Parameters
    ----------
    total
        Steps of the training.
    console
        Where to show them; by default standard error.

    Yields
    ------
    Callable
        To be called after every step.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("Training"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}  distance {task.fields[distance]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    smooth: float | None = None
    shown = console or Console(stderr=True)
    with Progress(*columns, console=shown, transient=False) as progress:
        task = progress.add_task("train", total=total, loss="-", distance="-")

        def on_step(report: StepReport) -> None:
            nonlocal smooth
            loss = report.loss if report.statistics_loss is None else report.statistics_loss
            smooth = loss if smooth is None else smooth + (loss - smooth) / _SMOOTHING
            distance = "-" if report.distance is None else f"{report.distance:.2g}"
            progress.update(task, completed=report.step, loss=f"{smooth:.3g}", distance=distance)

        yield on_step
