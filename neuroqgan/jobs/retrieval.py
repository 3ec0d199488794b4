"""Bringing bits home: stored as they came, then decoded, again and again if need be.

What does not fit the plan is stored as well, and never decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.measured import Measured, misfit
from neuroqgan.backends.readout import FlipRates, flip_rates
from neuroqgan.errors import (
    BackendError,
    DamagedError,
    JobFailedError,
    JobStateError,
    MissingError,
    NeuroqganError,
    NotReadyError,
    ResultLostError,
)
from neuroqgan.jobs.again import run_again
from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.codec import BITS, MISFIT
from neuroqgan.jobs.keeping import keep_bits, misfit_error
from neuroqgan.jobs.missing import missed
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import STATES, check_account
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


@dataclass(frozen=True)
class RetrievedRaster:
    """What a request brought.

    Parameters
    ----------
    raster
        As it was measured.
    flips
        How often its bits are read wrongly, where that was calibrated.
    warning
        Why they are missing although they were calibrated, or empty.
    """

    raster: SpikeRaster
    flips: FlipRates | None
    warning: str = ""


_READ_ONCE = (
    "the same command again; but a private result can be read only once, and "
    "the service may have counted this attempt"
)


def fetch(context: JobContext, job: JobRecord) -> JobRecord:
    """Fetch the bits of a job from its service and store them.

    A job that is lost, or whose result did not fit its plan, is asked for again.

    Parameters
    ----------
    context
        Where the job is.
    job
        As `neuroqgan.jobs.recovery.refresh` left it.

    Returns
    -------
    JobRecord
        ``retrieved``.

    Raises
    ------
    NotReadyError
        If the job is not finished, or another process fetches it.
    JobFailedError
        If it ended without a result.
    ResultLostError
        If the service no longer has the result.
    MisfitError
        If the result is not what was planned; it is stored, and the job has failed.
    PayloadError
        If the layout of the job is damaged; nothing was fetched.
    AccountError, ServiceError
        If the service cannot be reached, or answers nonsense; nothing has changed.
    """
    if job.state is JobState.RETRIEVED:
        return job
    if job.state in FINAL:
        if not _may_turn_up(context, job):
            raise _without_result(job)
        return _ask_again(context, context.store.hold(job))
    if job.state is not JobState.DONE:
        raise _not_ready(job)
    # Read before anything is fetched: a private result comes once, and has to be checked.
    context.layout(job)
    job = context.store.hold(job)
    if context.has_bits(job):
        # Fetched by a process that died before it could say so.
        stored = unpack(context.payloads.read(job.id, BITS))
        return keep_bits(context, job, list(map(Measured.of, stored)))
    try:
        results = check_account(context, job).fetch(str(job.provider_id))
    except MissingError as error:
        missed(context, job, error)
        raise
    except ResultLostError as error:
        context.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
        raise
    except JobFailedError as error:
        context.store.transition(job, JobState.FAILED, f"{error.problem} {error.got}")
        raise
    except DamagedError as error:
        context.store.release(job)
        if job.private:
            raise DamagedError(
                error.problem, expected=error.expected, got=error.got, hint=_READ_ONCE
            ) from error
        raise
    except BaseException:
        context.store.release(job)
        raise
    return keep_bits(context, job, results)


def _may_turn_up(context: JobContext, job: JobRecord) -> bool:
    """Whether a service may still give the result of a job that has ended without one."""
    if not context.is_remote(job) or job.provider_id is None:
        return False
    failed = job.state is JobState.FAILED
    return job.state is JobState.LOST or (failed and context.payloads.exists(job.id, MISFIT))


def _ask_again(context: JobContext, job: JobRecord) -> JobRecord:
    """Fetch the result of a job that was lost or did not fit; it stays so if there is no better."""
    is_lost = job.state is JobState.LOST
    try:
        context.layout(job)
        service = check_account(context, job)
        try:
            results = service.fetch(str(job.provider_id))
        except (NotReadyError, JobFailedError) as error:
            state = STATES[service.status(str(job.provider_id)).execution]
            if is_lost and state is not JobState.DONE:
                note = f"the service has it again: {error.got}"
                message = "" if state not in FINAL else f"{error.problem} {error.got}"
                job = context.store.transition(job, state, note, hold=True, message=message)
            raise
    except BaseException:
        context.store.release(job)
        raise
    return keep_bits(context, job, results)


def decode(context: JobContext, jobs: Sequence[JobRecord]) -> RetrievedRaster:
    """Turn the stored bits of a request into its raster; needs no network.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        All parts of one request.

    Raises
    ------
    NotReadyError
        If a part is not here yet.
    JobFailedError
        If a part ended without a result.
    PayloadError
        If stored bits are missing or damaged.
    MisfitError
        If they do not fit the plan.
    """
    rasters, wrong, warning = [], [], ""
    ordered = sorted(jobs, key=lambda job: job.part)
    for job in ordered:
        if job.state is not JobState.RETRIEVED:
            raise _without_result(job) if job.state in FINAL else _not_ready(job)
        stored = context.layout(job)
        bits = unpack(context.payloads.read(job.id, BITS, job.bits_sha256))
        # Earlier versions stored whatever came as if it fitted.
        if wrong_shape := misfit(stored.expected(job.samples), list(map(Measured.of, bits))):
            raise misfit_error(job, wrong_shape)
        n_pages = len(stored.layout.pages)
        rasters.append(stored.layout.decode(bits[:n_pages]))
        if stored.calibration:
            try:
                wrong.append(flip_rates(stored.layout, stored.calibration, bits[n_pages:]))
            except BackendError as error:
                # Of no use to the correction, and none of it is in the raster.
                warning = f"The readout cannot be corrected. {error.problem} {error.got}"
    if len(ordered) != ordered[0].parts:
        raise JobStateError(
            "Parts of the raster were forgotten.",
            expected=f"{ordered[0].parts} jobs of request {ordered[0].request[:8]}",
            got=f"{len(ordered)}",
        )
    n_samples = ordered[0].series_samples
    spikes = np.concatenate([raster.spikes for raster in rasters])[:n_samples]
    flips = None
    if len(wrong) == len(rasters):
        flips = FlipRates(
            np.mean([rates.p01 for rates in wrong], axis=0),
            np.mean([rates.p10 for rates in wrong], axis=0),
        ).of_samples(len(spikes), spikes.shape[1])
    return RetrievedRaster(SpikeRaster(spikes, rasters[0].bin_width), flips, warning)


def _not_ready(job: JobRecord) -> NotReadyError:
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


def _without_result(job: JobRecord) -> NeuroqganError:
    kind = ResultLostError if job.state is JobState.LOST else JobFailedError
    return kind(
        f"Job {job.short_id} on {job.backend} ended without a result.",
        expected="a finished job",
        got=f"{job.state}: {job.message}" if job.message else str(job.state),
        hint=f"{run_again(job)} samples anew",
    )
