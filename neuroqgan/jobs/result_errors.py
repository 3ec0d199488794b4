"""Errors for jobs whose result is not here, or not what was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import (
    JobFailedError,
    MisfitError,
    NeuroqganError,
    NotReadyError,
    ResultLostError,
)
from neuroqgan.jobs.rerun_command import rerun_command
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from neuroqgan.jobs.record import JobRecord


def not_finished(job: JobRecord) -> NotReadyError:
    """Return the error for a job that may still bring its bits."""
    hints = {
        JobState.PLANNED: f"it was never sent: neuroqgan jobs recover {job.short_id} --submit",
        JobState.UNCERTAIN: f"neuroqgan jobs recover {job.short_id}",
    }
    return NotReadyError(
        f"Job {job.short_id} on {job.backend} is not finished.",
        expected="a finished job",
        got=str(job.state),
        hint=hints.get(job.state, f"neuroqgan jobs watch {job.short_id}"),
    )


def without_result(job: JobRecord) -> NeuroqganError:
    """Return the error for a job that ended badly."""
    kind = ResultLostError if job.state is JobState.LOST else JobFailedError
    return kind(
        f"Job {job.short_id} on {job.backend} ended without a result.",
        expected="a finished job",
        got=f"{job.state}: {job.message}" if job.message else str(job.state),
        hint=f"to sample the raster again: {rerun_command(job)}",
    )


def misfit_error(job: JobRecord, difference: str, *, asks_again: bool = False) -> MisfitError:
    """Return the error for a result that does not fit the plan.

    Parameters
    ----------
    job
        The job.
    difference
        How its result differs from the plan, in words.
    asks_again
        Whether the service can be asked for the result again.
    """
    hint = f"to sample the raster again: {rerun_command(job)} --fresh"
    if asks_again:
        hint = (
            f"neuroqgan jobs retrieve {job.short_id} asks the service for the result again; "
            f"{hint}, which is charged"
        )
    return MisfitError(
        f"The result of job {job.short_id} on {job.backend} does not fit its plan, so no raster "
        "is made from it.",
        expected="all circuits, rows, shots and registers as planned",
        got=difference,
        hint=hint,
    )
