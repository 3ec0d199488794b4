"""A calm view of a training: steps, curves, ratios, time left; plain lines without a terminal."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from neuroqgan.training.course import Course, clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, RenderableType

    from neuroqgan.cli.command import Output
    from neuroqgan.data.split import Split
    from neuroqgan.training.base import BaseTrainer, StepReport

_BLOCKS, _PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*%#"
_WIDTH = 48
# Without a terminal a line comes this often, and at checkpoints.
_SECONDS = 30.0
# Ratios are measured on so many windows, at checkpoints that are this many seconds apart, or longer
# if measuring took more than a twentieth of the time since.
_WINDOWS, _PAUSE, _SHARE = 400, 5.0, 20.0
_PROBE_SEED = 20_240_911


class Watch:
    """What is shown of a training; its methods are what a training calls.

    Parameters
    ----------
    name
        Of the run.
    course
        The training so far.
    split
        Its recording, for the ratios of statistics.
    """

    def __init__(self, name: str, course: Course, split: Split) -> None:
        self.name = name
        self.course = course
        self.checkpoint: int | None = course.step or None
        self.ratios: dict[str, float] = {}
        self.ratios_at = 0
        self._split = split
        self._next_probe = 0.0

    def on_step(self, report: StepReport) -> None:
        """Take in a step."""
        self.course.take(report)

    def on_checkpoint(self, trainer: BaseTrainer) -> None:
        """Take in a checkpoint, and compare a few windows with held-out ones."""
        self.checkpoint = trainer.steps_done
        began = time.monotonic()
        if began < self._next_probe:
            return
        self.ratios = ratios_of(trainer.generator, self._split)
        self.ratios_at = trainer.steps_done
        took = time.monotonic() - began
        self._next_probe = began + max(_PAUSE, _SHARE * took)

    def view(self, blocks: str) -> RenderableType:
        """Return the view for a terminal.

        Parameters
        ----------
        blocks
            Characters of the curves, from the lowest to the highest.
        """
        from rich.table import Table
        from rich.text import Text

        course = self.course
        left = "-" if course.seconds_left is None else clock(course.seconds_left)
        kept = "none yet" if self.checkpoint is None else f"step {self.checkpoint}"
        share = course.step / max(course.total, 1)
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold")
        table.add_column(no_wrap=True)
        table.add_row("training", Text(self.name))
        table.add_row("step", f"{course.step} of {course.total} ({share:.0%})")
        table.add_row("time", f"{clock(course.seconds)} elapsed, {left} left")
        table.add_row("checkpoint", kept)
        for title, values in course.curves().items():
            table.add_row(title, f"{sparkline(values, _WIDTH, blocks)}  {values[-1]:.3g}")
        for i, (title, ratio) in enumerate(self.ratios.items()):
            label = f"ratios, step {self.ratios_at}" if i == 0 else ""
            table.add_row(label, f"{title:<24}{ratio:8.2g}")
        table.add_row("", Text("Ctrl-C saves a checkpoint and stops.", style="dim"))
        return table

    def lines(self) -> str:
        """Return the same in one line, for a file."""
        ratios = ", ".join(f"{title} {ratio:.2g}" for title, ratio in self.ratios.items())
        kept = "" if self.checkpoint is None else f", checkpoint at step {self.checkpoint}"
        return f"{self.name}: {self.course.line()}{kept}" + (
            f"; ratios at step {self.ratios_at}: {ratios}" if ratios else ""
        )


@contextmanager
def watched(
    watch: Watch, output: Output
) -> Iterator[tuple[Callable[[StepReport], None], Callable[[BaseTrainer], None]]]:
    """Show a training while it runs.

    Yields
    ------
    tuple
        What to call after every step, and after every checkpoint.
    """
    console = output.progress
    if not console.is_terminal:
        with _plain(watch, output) as calls:
            yield calls
        return
    from rich.live import Live

    blocks = blocks_for(console)
    with Live(
        console=console, refresh_per_second=2, get_renderable=lambda: watch.view(blocks)
    ) as live:
        yield watch.on_step, watch.on_checkpoint
        live.refresh()


@contextmanager
def _plain(
    watch: Watch, output: Output
) -> Iterator[tuple[Callable[[StepReport], None], Callable[[BaseTrainer], None]]]:
    said_at, said_step = time.monotonic(), -1

    def say() -> None:
        nonlocal said_at, said_step
        said_at, said_step = time.monotonic(), watch.course.step
        output.note(watch.lines())

    def on_step(report: StepReport) -> None:
        watch.on_step(report)
        if time.monotonic() - said_at >= _SECONDS or report.step == 1:
            say()

    def on_checkpoint(trainer: BaseTrainer) -> None:
        watch.on_checkpoint(trainer)
        say()

    yield on_step, on_checkpoint
    if said_step != watch.course.step:
        say()


def blocks_for(console: Console) -> str:
    """Return the characters of curves that a console can show."""
    return _BLOCKS if console.encoding.lower().startswith("utf") else _PLAIN


def sparkline(values: list[float], width: int, blocks: str = _BLOCKS) -> str:
    """Return a curve as a line of characters.

    Parameters
    ----------
    values
        In their order; of more than fit, means are drawn.
    width
        Most characters.
    blocks
        From the lowest to the highest.

    Examples
    --------
    >>> sparkline([1.0, 2.0, 3.0], 10, "_-^")
    '_-^'
    """
    from neuroqgan.notebooks.pictures import by_decades, thinned

    points = by_decades(thinned(values, width))
    if not points:
        return ""
    low, high = min(points), max(points)
    step = (high - low) / (len(blocks) - 1) or 1.0
    return "".join(blocks[round((value - low) / step)] for value in points)


def ratios_of(generator: Any, split: Split) -> dict[str, float]:
    """Return how far statistics of a few windows are from held-out ones, in floors, by title.

    Parameters
    ----------
    generator
        As it is in the middle of its training; it is not changed.
    split
        The recording.
    """
    import math

    from neuroqgan.errors import NeuroqganError
    from neuroqgan.evaluation.comparison import compare
    from neuroqgan.evaluation.statistics.statistic_registry import title_of

    try:
        raster = generator.sample(_WINDOWS, seed=_PROBE_SEED)
    except NeuroqganError:
        return {}  # circuits of the user's own have no exact distribution
    found = compare(raster, split.held_out, split.train, n_bootstrap=0)
    return {title_of(key): row.ratio for key, row in found.items() if math.isfinite(row.ratio)}
