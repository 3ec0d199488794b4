"""Raw bits that have come: compared with the plan, and stored either way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from neuroqgan.backends.measured import misfit
from neuroqgan.errors import MisfitError
from neuroqgan.jobs.again import run_again
from neuroqgan.jobs.bits import pack
from neuroqgan.jobs.codec import BITS, MISFIT
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.backends.measured import Measured
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def keep_bits(context: JobContext, job: JobRecord, results: Sequence[Measured]) -> JobRecord:
    """Store raw bits, then say so in the record, then drop what is no longer needed.

    Parameters
    ----------
    context
        Where the job is.
    job
        Held by this process.
    results
        Of all its circuits, as they came.

    Returns
    -------
    JobRecord
        ``retrieved``.

    Raises
    ------
    MisfitError
        If they are not what was planned. They are stored, and the job has failed.
    """
    wrong = misfit(context.layout(job).expected(job.samples), results)
    packed = pack([measured.bits for measured in results])
    if wrong:
        context.payloads.write(job.id, MISFIT, packed)
        fail_misfit(context, job, wrong)
    digest = context.payloads.write(job.id, BITS, packed)
    job = context.store.transition(
        job, JobState.RETRIEVED, "bits stored", bits_sha256=digest, message=""
    )
    context.drop_angles(job)
    return job


def fail_misfit(context: JobContext, job: JobRecord, wrong: str) -> NoReturn:
    """Say in the record that a result does not fit the plan, and raise it.

    Parameters
    ----------
    context
        Where the job is.
    job
        Its raw bits are stored.
    wrong
        In words.

    Raises
    ------
    MisfitError
        Always.
    """
    error = misfit_error(job, wrong, asks_again=context.is_remote(job) and not job.private)
    message = f"The result does not fit the plan: {wrong}. Its raw bits are in {MISFIT}."
    if job.state is JobState.FAILED:
        context.store.note(job, message, message=message)
    else:
        job = context.store.transition(job, JobState.FAILED, message)
        context.drop_angles(job)
    raise error


def misfit_error(job: JobRecord, wrong: str, *, asks_again: bool = False) -> MisfitError:
    """Return the error for a result that does not fit.

    Parameters
    ----------
    job
        Whose it is.
    wrong
        In words.
    asks_again
        Whether a service can be asked for it again.
    """
    hint = f"{run_again(job)} --fresh samples anew"
    if asks_again:
        hint = (
            f"neuroqgan jobs retrieve {job.short_id} asks the service again; {hint}, and is charged"
        )
    return MisfitError(
        f"The result of job {job.short_id} on {job.backend} does not fit its "
        "plan; no raster is made from it.",
        expected="every circuit, row, shot and register as planned",
        got=wrong,
        hint=hint,
    )
