"""The progress of a training: a bar in a terminal, a small page in a notebook."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroqgan.training.course import Course, clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from neuroqgan.training.base import StepReport

    OnStep = Callable[[StepReport], None]

# Between two pictures in a notebook, each of which travels to the browser and stays in its file.
_SECONDS = 0.5


@contextmanager
def training_bar(total: int, console: Console | None = None) -> Iterator[OnStep]:
    """Show loss, distance and time left.

    Parameters
    ----------
    total
        Steps of the training.
    console
        Where to show them; by default below the cell of a notebook if there is one, and otherwise
        on standard error.

    Yields
    ------
    Callable
        To be called after every step.
    """
    from neuroqgan.notebooks.live import in_notebook

    view = _notebook_bar if console is None and in_notebook() else _terminal_bar
    with view(Course(total), console) as show:
        yield show


@contextmanager
def _terminal_bar(course: Course, console: Console | None) -> Iterator[OnStep]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from neuroqgan.escaping.console import SafeConsole

    columns = (
        TextColumn("Training"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}  distance {task.fields[distance]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    shown = console or SafeConsole(stderr=True)
    with Progress(*columns, console=shown, transient=False) as progress:
        task = progress.add_task("train", total=course.total, loss="-", distance="-")

        def on_step(report: StepReport) -> None:
            course.take(report)
            distance = "-" if report.distance is None else f"{report.distance:.2g}"
            loss = f"{course.loss:.3g}"
            progress.update(task, completed=report.step, loss=loss, distance=distance)

        yield on_step


@contextmanager
def _notebook_bar(course: Course, console: Console | None) -> Iterator[OnStep]:
    from neuroqgan.notebooks.live import LiveHtml

    del console
    place, shown_at = LiveHtml(), time.monotonic()
    place.show(course_html(course))

    def on_step(report: StepReport) -> None:
        nonlocal shown_at
        course.take(report)
        if time.monotonic() - shown_at >= _SECONDS:
            shown_at = time.monotonic()
            place.show(course_html(course))

    try:
        yield on_step
    finally:
        place.show(course_html(course))


def course_html(course: Course) -> str:
    """Return a training as HTML: a bar, times, and a curve with its last value for each loss.

    Parameters
    ----------
    course
        The training so far.
    """
    from neuroqgan.notebooks.pictures import MARK, curve_picture

    share = course.step / max(course.total, 1)
    left = course.seconds_left
    times = f"{clock(course.seconds)} elapsed"
    if left is not None and course.step < course.total:
        times += f", {clock(left)} left"
    bar = (
        "<div style='width:20em;height:.6em;border:1px solid currentColor;border-radius:.3em'>"
        f"<div style='width:{100 * share:.1f}%;height:100%;background:{MARK}'></div></div>"
    )
    curves = "".join(
        f"<td style='text-align:left;vertical-align:top'><small>{title} {values[-1]:.3g}</small>"
        f"<br>{curve_picture(values)}</td>"
        for title, values in course.curves().items()
    )
    return (
        f"<div>Training: step {course.step} of {course.total}, {times}{bar}"
        f"<table><tr>{curves}</tr></table></div>"
    )


def loss_picture(rows: list[dict[str, object]]) -> str:
    """Return the curve of the first loss of a training as SVG; empty if it has no steps.

    Parameters
    ----------
    rows
        Its metrics (`neuroqgan.training.loop.read_metrics`).
    """
    from neuroqgan.notebooks.pictures import curve_picture

    curves = Course(len(rows), rows).curves()
    return curve_picture(next(iter(curves.values()))) if curves else ""
