"""The progress bar of what takes a while on a large store."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.cli.command import Output

# Seconds before a bar appears, and between two changes of it.
_QUICK, _BETWEEN = 1.0, 0.1


@contextmanager
def store_bar(output: Output, verb: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show how far a command is; yields what to call with a word, and what is done of how much.

    Parameters
    ----------
    output
        Where it goes.
    verb
        What is being done.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TaskProgressColumn())
    progress = Progress(*columns, console=output.progress, transient=True)
    task = progress.add_task(verb)
    begun, shown = time.monotonic(), 0.0

    def on_progress(what: str, done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - begun < _QUICK or now - shown < _BETWEEN:
            return
        shown = now
        progress.start()
        progress.update(task, description=f"{verb} {what}", completed=done, total=total)

    try:
        yield on_progress
    finally:
        if progress.live.is_started:
            progress.stop()
