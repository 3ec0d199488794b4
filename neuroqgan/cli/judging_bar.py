"""Progress of a judgement, on a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.cli.command import Output


@contextmanager
def judging_bar(output: Output) -> Iterator[Callable[[str], None]]:
    """Show which stage a judgement is in; yields what to call when a stage begins."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from neuroqgan.evaluation.judge import STAGES

    columns = (
        TextColumn("Judging: {task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=output.progress, transient=True) as progress:
        task = progress.add_task("", total=len(STAGES))

        def on_stage(name: str) -> None:
            progress.update(task, description=name, completed=STAGES.index(name))

        yield on_stage
