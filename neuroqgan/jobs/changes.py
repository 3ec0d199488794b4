"""What a change of a record writes, and how it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from neuroqgan.errors import JobStateError, NotReadyError
from neuroqgan.jobs import tables
from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.state import TRANSITIONS, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from neuroqgan.jobs.record import JobRecord

_STAMPS = {
    JobState.SUBMITTING: "submitted",
    JobState.DONE: "finished",
    JobState.FAILED: "finished",
    JobState.CANCELLED: "finished",
    JobState.RETRIEVED: "retrieved",
}
_BAD_ENDS = {JobState.FAILED, JobState.LOST, JobState.CANCELLED, JobState.ABANDONED}


def check_step(job: JobRecord, to: JobState) -> None:
    """Check that the life cycle has such a step."""
    if to not in TRANSITIONS[job.state]:
        raise JobStateError(
            f"Job {job.short_id} cannot become {to}.",
            expected=f"one that is {_sources(to)}",
            got=str(job.state),
            hint=f"neuroqgan jobs show {job.short_id}",
        )


def values_of(
    job: JobRecord,
    to: JobState,
    note: str | None,
    now: datetime,
    *,
    hold: bool,
    changes: dict[str, Any],
) -> dict[str, Any]:
    """Return what a change of a record writes."""
    values = {"state": to.value, "version": job.version + 1, "updated": now} | changes
    values["owner"] = myself() if hold else None
    if to is not job.state and to in _STAMPS:
        values.setdefault(_STAMPS[to], now)
    if to in _BAD_ENDS:
        values.setdefault("message", note or "")
    return values


def _sources(to: JobState) -> str:
    return " or ".join(state for state, steps in TRANSITIONS.items() if to in steps) or "nothing"


def busy(job: JobRecord) -> NotReadyError:
    """Return the error for a job that another process has changed or holds."""
    return NotReadyError(
        f"Another process is working on job {job.short_id}.",
        expected="one process per job",
        got=(
            f"a job that was {job.state} when it was read and has since changed or "
            "been taken by another process"
        ),
        hint=f"wait a little, then run neuroqgan jobs status {job.short_id}",
    )


def is_written(connection: Connection, job_id: str, values: dict[str, Any]) -> bool:
    """Whether a record has values that an attempt has written which did not learn of it."""
    columns = [tables.jobs.c[name] for name in ("version", "updated", "state", "owner")]
    found = connection.execute(select(*columns).where(tables.jobs.c.id == job_id)).first()
    return found is not None and tuple(found) == tuple(values[column.key] for column in columns)


def are_there(connection: Connection, records: Sequence[JobRecord]) -> bool:
    """Whether all of some records were written by an attempt that did not learn of it."""
    is_one = tables.jobs.c.id.in_([record.id for record in records])
    found = connection.execute(select(tables.jobs.c.id).where(is_one)).all()
    return len(found) == len(records)
