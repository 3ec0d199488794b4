"""Bringing bits home: stored as they came, then decoded, again and again if need be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.readout import FlipRates, flip_rates
from neuroqgan.errors import (
    BackendError,
    JobFailedError,
    JobStateError,
    NeuroqganError,
    NotReadyError,
    ResultLostError,
)
from neuroqgan.jobs.bits import pack, unpack
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import check_account
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.jobs.desk import JobDesk
    from neuroqgan.jobs.record import JobRecord


@dataclass(frozen=True)
class Spikes:
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


def fetch(desk: JobDesk, job: JobRecord) -> JobRecord:
    """Fetch the bits of a job from its service and store them.

    Parameters
    ----------
    desk
        Where the job is.
    job
        As `neuroqgan.jobs.recovery.settle` left it.

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
    AccountError, ServiceError
        If the service cannot be reached; nothing has changed.
    """
    if job.state is JobState.RETRIEVED:
        return job
    if job.state in FINAL:
        raise _without_result(job)
    if job.state is not JobState.DONE:
        raise _not_ready(job)
    job = desk.store.hold(job)
    if desk.has_bits(job):
        # Fetched by a process that died before it could say so. A private result comes once.
        return keep_bits(desk, job, unpack(desk.payloads.read(job.id, BITS)))
    try:
        bits = check_account(desk, job).fetch(str(job.provider_id))
    except ResultLostError as error:
        desk.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
        raise
    except JobFailedError as error:
        desk.store.transition(job, JobState.FAILED, f"{error.problem} {error.got}")
        raise
    except BaseException:
        desk.store.release(job)
        raise
    return keep_bits(desk, job, bits)


def keep_bits(desk: JobDesk, job: JobRecord, bits: Sequence[NDArray[np.bool_]]) -> JobRecord:
    """Store raw bits, then say so in the record, then drop what is no longer needed."""
    digest = desk.payloads.write(job.id, BITS, pack(bits))
    job = desk.store.transition(job, JobState.RETRIEVED, "bits stored", bits_sha256=digest)
    desk.drop_angles(job)
    return job


def decode(desk: JobDesk, jobs: Sequence[JobRecord]) -> Spikes:
    """Turn the stored bits of a request into its raster; needs no network.

    Parameters
    ----------
    desk
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
    RasterError
        If they do not fit the plan.
    """
    rasters, wrong, warning = [], [], ""
    ordered = sorted(jobs, key=lambda job: job.part)
    for job in ordered:
        if job.state is not JobState.RETRIEVED:
            raise _without_result(job) if job.state in FINAL else _not_ready(job)
        stored = desk.layout(job)
        bits = unpack(desk.payloads.read(job.id, BITS, job.bits_sha256))
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
    return Spikes(SpikeRaster(spikes, rasters[0].bin_width), flips, warning)


def run_again(job: JobRecord) -> str:
    """Return the command that asks for the raster of a job, as it was asked for."""
    words = ["neuroqgan run"]
    if job.run is not None:
        words.append(f"--name {job.run}")
    words.append(f"--backend {job.backend} --samples {job.n_samples} --seed {job.seed}")
    for name, value in job.options.items():
        if value not in (None, False, "none"):
            flag = f"--{name.replace('_', '-')}"
            words.append(flag if value is True else f"{flag} {value}")
    return " ".join(words)


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
        hint=f"{run_again(job)} asks anew",
    )
