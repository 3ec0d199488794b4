"""The progress bar of sampling."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.cli.command import Output


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
        TextColumn("{task.fields[what]}, left", markup=False),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=output.progress)
    task = progress.add_task("sample", total=total, what=f"{total} circuits on {backend}")

    def on_progress(done: int) -> None:
        progress.start()
        progress.advance(task, done)

    try:
        yield on_progress
    finally:
        if progress.live.is_started:
            progress.stop()
