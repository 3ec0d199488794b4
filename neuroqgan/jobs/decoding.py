"""Turning stored bits into rasters; this needs no network and can be repeated at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.layout import slots_of_samples
from neuroqgan.backends.measured import misfit
from neuroqgan.backends.post_selected import outcomes_passed
from neuroqgan.backends.readout import FlipRates, flip_rates
from neuroqgan.errors import BackendError, JobStateError, NotReadyError, RasterError
from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.request_chain import complete_request, last_retrieved_bin, request_chain
from neuroqgan.jobs.rerun_command import rerun_command
from neuroqgan.jobs.result_errors import misfit_error, not_finished, without_result
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


@dataclass(frozen=True)
class RetrievedRaster:
    """The raster that jobs brought.

    Parameters
    ----------
    raster
        Spikes as they were measured, without readout correction.
    flips
        How often each bit is read wrongly, if that was calibrated; else None.
    warning
        Why ``flips`` is missing although it was calibrated; empty if it is not.
    passed
        For every sample that was measured whether it passed all checks of post-selection, and is
        therefore in the raster; None if nothing was checked, and all are.
    """

    raster: SpikeRaster
    flips: FlipRates | None
    warning: str = ""
    passed: NDArray[np.bool_] | None = None

    @property
    def n_dropped(self) -> int:
        """Number of samples that were measured, and dropped by post-selection."""
        return 0 if self.passed is None else int((~self.passed).sum())


def decode_request(context: JobContext, jobs: Sequence[JobRecord]) -> RetrievedRaster:
    """Turn the stored bits of one request into its raster, without samples that failed a check.

    Parameters
    ----------
    context
        Where the jobs are stored.
    jobs
        All jobs of one request.

    Raises
    ------
    NotReadyError
        If the bits of a job are not here yet.
    JobFailedError, ResultLostError
        If a job ended without a result.
    JobStateError
        If a job of the request was forgotten.
    PayloadError
        If stored bits are missing or damaged.
    MisfitError
        If they do not fit the plan.
    RasterError
        If no sample passed the checks of post-selection.
    """
    return _selected(_decode(context, jobs))


def _selected(found: RetrievedRaster) -> RetrievedRaster:
    """Leave out what failed a check."""
    if found.passed is None:
        return found
    if not found.passed.any():
        raise RasterError(
            "No sample passed the checks of post-selection.",
            expected="one or more samples whose bits a second measurement confirms",
            got=f"none of {len(found.passed)}",
            hint="`postselect = edge` drops fewer than `node`; or leave `postselect` out",
        )
    spikes = found.raster.spikes[found.passed]
    return replace(found, raster=SpikeRaster(spikes, found.raster.bin_width))


def _decode(context: JobContext, jobs: Sequence[JobRecord]) -> RetrievedRaster:
    """Turn the stored bits of one request into the raster of all of its samples."""
    passed: list[NDArray[np.bool_]] = []
    rasters, layouts, rates, warning = [], [], [], ""
    ordered = sorted(jobs, key=lambda job: job.part)
    for job in ordered:
        if job.state is not JobState.RETRIEVED:
            raise without_result(job) if job.state in FINAL else not_finished(job)
        stored = context.layout(job)
        bits = unpack(context.payloads.read(job.id, BITS, job.bits_sha256))
        # Earlier versions stored whatever came as if it fitted.
        if difference := misfit(stored.expected(job.samples), stored.measured(bits)):
            raise misfit_error(job, difference)
        n_pages = len(stored.layout.pages)
        rasters.append(stored.layout.decode(bits[:n_pages]))
        layouts.append(stored.layout)
        if (checked := outcomes_passed(stored.layout, bits[:n_pages])) is not None:
            passed.append(checked)
        if stored.calibration:
            try:
                rates.append(flip_rates(stored.layout, stored.calibration, bits[n_pages:]))
            except BackendError as error:
                # The calibration is useless, yet none of it is in the raster.
                warning = f"The readout cannot be corrected. {error.problem} {error.got}"
    if len(ordered) != ordered[0].parts:
        raise JobStateError(
            "Some jobs of the raster were deleted.",
            expected=f"{ordered[0].parts} jobs of request {ordered[0].request[:8]}",
            got=f"{len(ordered)}",
        )
    where = slots_of_samples(layouts, _n_samples(ordered))
    spikes = np.concatenate([raster.spikes for raster in rasters])[where]
    flips = None
    if len(rates) == len(rasters):
        places = where % layouts[0].samples_per_shot
        flips = _mean_rates(rates).of_places(places, spikes.shape[1])
    raster = SpikeRaster(spikes, rasters[0].bin_width)
    return RetrievedRaster(
        raster, flips, warning, np.concatenate(passed)[where] if passed else None
    )


def decode_bins(context: JobContext, jobs: Sequence[JobRecord]) -> NDArray[np.bool_]:
    """Turn the stored bits of one request for one or several bins into spikes.

    Parameters
    ----------
    context
        Where the jobs are stored.
    jobs
        All jobs of the request.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(n_samples, n_bins, n_neurons)``, without bins beyond the raster. Those
        of samples that failed a check are among them, as later bins need a past of every sample.

    Raises
    ------
    NotReadyError, JobFailedError, PayloadError, MisfitError
        See `decode_request`.
    """
    return _decode(context, jobs).raster.spikes[:, : jobs[0].n_job_bins]


def decode_raster(context: JobContext, jobs: Sequence[JobRecord]) -> RetrievedRaster:
    """Turn stored bits into the raster that jobs belong to.

    Parameters
    ----------
    context
        Where the jobs are stored.
    jobs
        All jobs of one request. If the raster takes several requests, of any of them.

    Raises
    ------
    NotReadyError
        If the bits of a job, or of some bins of the raster, are not here yet.
    RasterError
        If no sample passed the checks of post-selection in all bins.
    JobFailedError, PayloadError, MisfitError, JobStateError
        See `decode_request`.
    """
    first = jobs[0]
    if first.series is None:
        return decode_request(context, jobs)
    last = complete_request(context, first)
    if last is None:
        raise NotReadyError(
            f"The raster of job {first.short_id} is not complete yet.",
            expected=f"spikes of {first.n_bins} bins",
            got=f"spikes of {last_retrieved_bin(context, first.series) + 1}",
            hint=rerun_command(first),
        )
    requests = request_chain(context, last[0])
    bin_width = context.layout(first).layout.bin_width
    found = [(jobs[0].n_job_bins, _decode(context, jobs)) for jobs in requests]
    spikes = np.concatenate([bins.raster.spikes[:, :n_bins] for n_bins, bins in found], axis=1)
    flips, warning = _flip_rates_of_raster(context, requests)
    # A sample that failed in one bin had a wrong past in all that follow.
    checked = [bins.passed for _, bins in found if bins.passed is not None]
    passed = np.logical_and.reduce(checked) if checked else None
    return _selected(RetrievedRaster(SpikeRaster(spikes, bin_width), flips, warning, passed))


def _flip_rates_of_raster(
    context: JobContext, requests: list[list[JobRecord]]
) -> tuple[FlipRates | None, str]:
    """Read the rates off the first request, which alone is calibrated, for the qubits of all."""
    first = requests[0]
    if not context.layout(first[0]).calibration:
        return None, ""
    try:
        rates = [_flip_rates_of_bins(context, first, jobs) for jobs in requests]
    except BackendError as error:
        return None, f"The readout cannot be corrected. {error.problem} {error.got}"
    p01, p10 = (np.concatenate([of_bins[i] for of_bins in rates], axis=1) for i in (0, 1))
    return FlipRates(p01, p10), ""


def _flip_rates_of_bins(
    context: JobContext, calibrated: list[JobRecord], jobs: list[JobRecord]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both rates for the bins of a request, ``(n_samples, n_bins, n_neurons)``."""
    layout = context.layout(jobs[0]).layout
    found = []
    layouts = [context.layout(job).layout for job in sorted(jobs, key=lambda job: job.part)]
    for job in calibrated:
        stored = context.layout(job)
        bits = unpack(context.payloads.read(job.id, BITS, job.bits_sha256))
        pages = bits[len(stored.layout.pages) :]
        found.append(flip_rates(layout, stored.calibration, pages))
    mean = _mean_rates(found)
    place = slots_of_samples(layouts, jobs[0].n_samples) % layout.samples_per_shot
    of_sample = (layout.samples_per_shot, -1, layout.n_neurons)
    p01, p10 = (
        rates.reshape(of_sample)[place, : jobs[0].n_job_bins] for rates in (mean.p01, mean.p10)
    )
    return p01, p10


def _n_samples(jobs: Sequence[JobRecord]) -> int:
    """Return the samples of a request, of which these are all jobs."""
    n_samples = jobs[0].series_samples
    return sum(job.samples for job in jobs) if n_samples is None else n_samples


def _mean_rates(rates: Sequence[FlipRates]) -> FlipRates:
    """Average the rates that several jobs were calibrated with."""
    return FlipRates(
        np.mean([one.p01 for one in rates], axis=0), np.mean([one.p10 for one in rates], axis=0)
    )
