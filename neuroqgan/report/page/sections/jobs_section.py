"""The jobs of the rasters: when they were made, and what they took."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from neuroqgan.report.page.section import Block, Prose, Section, Table

if TYPE_CHECKING:
    from datetime import datetime

    from neuroqgan.report.page.view import JobHistory, Labelled, PageView

_MOST_JOBS = 60


def _applies(view: PageView) -> bool:
    return any(run.view.jobs for run in view.runs)


def _render(view: PageView) -> list[Block]:
    blocks: list[Block] = []
    for run in view.runs:
        if run.view.jobs:
            blocks += _of_run(run, several=len(view.runs) > 1)
    return blocks


def _of_run(run: Labelled, *, several: bool) -> list[Block]:
    jobs = run.view.jobs
    named = f"{run.label}. " if several else ""
    table = Table(
        (
            "job",
            "backend",
            "state",
            "what",
            "created (UTC)",
            "waited",
            "until retrieved",
            "QPU time",
            "id at the service",
        ),
        tuple(_row(job) for job in jobs[:_MOST_JOBS]),
        f"{named}{_summary(jobs)}",
        numbers_from=99,
    )
    history = [
        f"{event.at:%Y-%m-%d %H:%M:%S} UTC, job {job.record.short_id}: {event.state.value}"
        f"{f' ({event.note})' if event.note else ''}"
        for job in jobs[:_MOST_JOBS]
        for event in job.events
    ]
    return [table, Prose(items=tuple(history), heading=f"{named}History of states", folded=True)]


def _summary(jobs: tuple[JobHistory, ...]) -> str:
    known = [job.record.seconds for job in jobs if job.record.seconds is not None]
    count = f"{len(jobs)} job" + ("s" if len(jobs) > 1 else "")
    shown = f", of which the first {_MOST_JOBS} are shown" if len(jobs) > _MOST_JOBS else ""
    if known:
        return f"{count}{shown}; {sum(known):.1f} QPU seconds, as the service reports them."
    return f"{count}{shown}; simulated jobs take no QPU time."


def _row(job: JobHistory) -> tuple[str, ...]:
    record = job.record
    what = f"{record.n_samples:,} samples"
    if record.bin_range:
        what += f", {record.bin_range}"
    if record.parts > 1:
        what += f", part {record.part + 1} of {record.parts}"
    seconds = "-" if record.seconds is None else f"{record.seconds:.1f} s"
    return (
        record.short_id,
        record.backend,
        record.state.value + (f": {record.message}" if record.message else ""),
        what,
        f"{record.created:%Y-%m-%d %H:%M:%S}",
        _span(record.created, record.submitted),
        _span(record.created, record.retrieved),
        seconds,
        record.provider_id or "-",
    )


def _span(start: datetime, end: datetime | None) -> str:
    """Return a duration in words, or a dash if it is not over."""
    if end is None:
        return "-"
    took = max(end - start, timedelta())
    if took < timedelta(minutes=2):
        return f"{took.total_seconds():.1f} s"
    if took < timedelta(hours=2):
        return f"{took.total_seconds() / 60:.0f} min"
    return f"{took.total_seconds() / 3600:.1f} h"


JOBS = Section(
    "jobs",
    "Jobs",
    _applies,
    _render,
    "Every raster is measured by jobs of a backend, simulated ones included.",
)
