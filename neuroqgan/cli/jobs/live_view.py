"""A calm view of jobs that are waited for: how far they are, since when, and the next question."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neuroqgan.cli.jobs.display import local_time
from neuroqgan.training.course import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import RenderableType

    from neuroqgan.cli.command import Output
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_STATIONS = ("planned", "submitting", "queued", "running", "done")
# Of many parts of a raster, these are shown one by one.
_MOST_JOBS = 6


@dataclass
class JobView:
    """What is shown of jobs while they are waited for.

    Parameters
    ----------
    jobs
        As they are known.
    """

    jobs: list[JobRecord]
    _since: dict[str, float] = field(default_factory=dict)
    _next: float | None = None
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        # A job may have been in its state for long before it is watched.
        self._since = {job.id: time.time() - job.updated.timestamp() for job in self.jobs}
        self._since = {name: self._began - max(0.0, gone) for name, gone in self._since.items()}

    def change(self, job: JobRecord) -> None:
        """Take in a job whose state has changed."""
        self.jobs = [job if job.id == known.id else known for known in self.jobs]
        self._since[job.id] = time.monotonic()

    def pause(self, seconds: float) -> None:
        """Take in that the service is asked again in so many seconds."""
        self._next = time.monotonic() + seconds

    def view(self, marks: str) -> RenderableType:
        """Return the view.

        Parameters
        ----------
        marks
            Three characters: of stations that lie behind, of the present one, and of those to come.
        """
        from rich.table import Table
        from rich.text import Text

        now = time.monotonic()
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold")
        table.add_column()
        for job in self.jobs[:_MOST_JOBS]:
            service = "" if job.provider_id is None else f" as {job.provider_id}"
            bins = f", {job.bin_range}" if job.bin_range else ""
            table.add_row("job", Text(f"{job.short_id} on {job.backend}{service}{bins}"))
            table.add_row("", Text(way(job.state.value, marks)))
            table.add_row("", f"{job.state} for {clock(now - self._since[job.id])}")
            if job.message and not job.message.startswith(job.state):
                table.add_row("", Text(job.message))
            if job.submitted is not None:
                table.add_row("", f"sent {local_time(job.submitted)}")
        if len(self.jobs) > _MOST_JOBS:
            table.add_row("", f"and {len(self.jobs) - _MOST_JOBS} more")
        asking = (
            "now" if self._next is None or self._next <= now else f"in {self._next - now:.0f} s"
        )
        table.add_row("watched", f"for {clock(now - self._began)}, next question {asking}")
        table.add_row("", Text("Ctrl-C stops the watching, not the job.", style="dim"))
        return table


def way(state: str, marks: str) -> str:
    """Return the stations of a job, with its present one marked.

    Parameters
    ----------
    state
        Of the job; one that is no station is written behind them.
    marks
        See `JobView.view`.

    Examples
    --------
    >>> way("queued", "x*.")
    'x planned  x submitting  * queued  . running  . done'
    """
    reached = _STATIONS.index(state) if state in _STATIONS else -1
    text = "  ".join(
        f"{marks[0 if i < reached else 1 if i == reached else 2]} {name}"
        for i, name in enumerate(_STATIONS)
    )
    return text if reached >= 0 else f"{text}  {marks[1]} {state}"


@contextmanager
def watching_jobs(
    output: Output, jobs: Sequence[JobRecord], say: Callable[[JobRecord], None]
) -> Iterator[tuple[Callable[[JobRecord], None], Callable[[float], None]]]:
    """Show jobs while they are waited for; without a terminal, a line per change of state.

    Parameters
    ----------
    output
        Where the view goes.
    jobs
        The jobs.
    say
        Prints a job whose state has changed.

    Yields
    ------
    tuple
        What `neuroqgan.jobs.waiting.wait` is to call on a change, and before a pause.
    """
    console = output.progress
    if not console.is_terminal or output.quiet:
        yield say, lambda _: None
        return
    from rich.live import Live

    marks = "●◉○" if console.encoding.lower().startswith("utf") else "x*."
    view = JobView(list(jobs))
    # The view vanishes at the end; where the jobs are then is said by the caller.
    with Live(
        console=console,
        refresh_per_second=2,
        get_renderable=lambda: view.view(marks),
        transient=True,
    ):
        yield view.change, view.pause
    for job in view.jobs:
        say(job)


def waiting(context: JobContext, jobs: Sequence[JobRecord], output: Output) -> list[JobRecord]:
    """Wait until jobs are finished, and report every change of their states."""
    from neuroqgan.jobs.waiting import wait

    def on_change(job: JobRecord) -> None:
        bins = f", {job.bin_range}" if job.bin_range else ""
        output.note(f"Job {job.short_id} on {job.backend}{bins}: {job.state}")

    with watching_jobs(output, jobs, on_change) as (changed, on_pause):
        return wait(context, jobs, on_change=changed, on_pause=on_pause)
