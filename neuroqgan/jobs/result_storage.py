"""Storing the raw bits of a result, after comparing them with the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from neuroqgan.backends.kinds import kind_of
from neuroqgan.backends.measured import misfit
from neuroqgan.jobs.bits import pack
from neuroqgan.jobs.codec import BITS, MISFIT
from neuroqgan.jobs.result_errors import misfit_error
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.backends.measured import Measured
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def store_bits(context: JobContext, job: JobRecord, results: Sequence[Measured]) -> JobRecord:
    """Store raw bits, then write that into the record, then drop what is no longer needed.

    The angles of a quantum device stay: they are part of the measurement, which may be published.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        A job that this process holds.
    results
        The bits of all its circuits, as they came.

    Returns
    -------
    JobRecord
        The job, now ``retrieved``.

    Raises
    ------
    MisfitError
        If they are not what was planned. They are stored, and the job has failed.
    """
    difference = misfit(context.layout(job).expected(job.samples), results)
    packed = pack([measured.bits for measured in results])
    if difference:
        context.payloads.write(job.id, MISFIT, packed)
        fail_misfit(context, job, difference)
    digest = context.payloads.write(job.id, BITS, packed)
    job = context.store.transition(
        job, JobState.RETRIEVED, "bits stored", bits_sha256=digest, message=""
    )
    if kind_of(job.kind).ideal:
        context.drop_angles(job)
    return job


def fail_misfit(context: JobContext, job: JobRecord, difference: str) -> NoReturn:
    """Record that a result does not fit the plan, and raise that.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        A job whose raw bits are stored already.
    difference
        How its result differs from the plan, in words.

    Raises
    ------
    MisfitError
        Always.
    """
    can_ask_again = context.is_remote(job) and not job.private
    message = f"The result does not fit the plan: {difference}. Its raw bits are in {MISFIT}."
    if job.state is JobState.FAILED:
        context.store.note(job, message, message=message)
    else:
        job = context.store.transition(job, JobState.FAILED, message)
        context.drop_angles(job)
    raise misfit_error(job, difference, asks_again=can_ask_again)
