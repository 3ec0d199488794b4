"""Progress bars of training and sampling."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.cli.command import Output
    from neuroqgan.training.base import StepReport

# Smoothing of the numbers beside the bar of a training, in steps.
_SMOOTHING = 20


@contextmanager
def sampling_bar(output: Output, total: int, backend: str) -> Iterator[Callable[[int], None]]:
    """Show how many circuits are done; yields what to call with the number of new ones.

    Nothing is shown before the first circuit has run here: elsewhere, none ever does.
    """
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("Sampling"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn(f"{total} circuits on {backend}, left"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=output.progress)
    task = progress.add_task("sample", total=total)

    def on_progress(done: int) -> None:
        progress.start()
        progress.advance(task, done)

    try:
        yield on_progress
    finally:
        if progress.live.is_started:
            progress.stop()


@contextmanager
def training_bar(output: Output, total: int) -> Iterator[Callable[[StepReport], None]]:
    """Show loss, distance and time left; yields what to call after every step."""
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
    with Progress(*columns, console=output.progress, transient=False) as progress:
        task = progress.add_task("train", total=total, loss="-", distance="-")

        def on_step(report: StepReport) -> None:
            nonlocal smooth
            loss = report.loss if report.statistics_loss is None else report.statistics_loss
            smooth = loss if smooth is None else smooth + (loss - smooth) / _SMOOTHING
            distance = "-" if report.distance is None else f"{report.distance:.2g}"
            progress.update(task, completed=report.step, loss=f"{smooth:.3g}", distance=distance)

        yield on_step
