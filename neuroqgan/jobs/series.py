"""Series: the requests of a raster that takes one a bin, or one a block of bins.

Every round is an ordinary request with jobs, hash and payloads of its own. Its records name
the request of the bin before, `JobRecord.after`, whose spikes decided the angles; so a raster is
the chain that ends in its last bin, whatever else was asked for in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.readout import FlipRates, flip_rates
from neuroqgan.errors import BackendError, JobStateError, NotReadyError
from neuroqgan.jobs.again import run_again
from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.retrieval import RetrievedRaster, decode
from neuroqgan.jobs.state import JobState
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


@dataclass(frozen=True)
class Round:
    """Which bins of a raster a request is for.

    Parameters
    ----------
    number, total
        The bin, from 0, and how many there are. Of a block of bins, the first; what the last block
        measures beyond the raster is dropped.
    samples
        Of the raster.
    after
        A job of the request of the bin before; None for the first.
    bins
        Of the block.
    """

    number: int
    total: int
    samples: int
    after: JobRecord | None = None
    bins: int = 1


def furthest(context: JobContext, series: str) -> int:
    """Return the last bin of a series whose bits are here, from 0; -1 where there is none."""
    jobs = context.store.find(series=series, states=[JobState.RETRIEVED])
    return max((job.round + job.bins - 1 for job in jobs), default=-1)


def request_chain(context: JobContext, last: JobRecord) -> list[list[JobRecord]]:
    """Return the jobs of all bins up to one, the first bin first.

    Parameters
    ----------
    context
        Where the jobs are.
    last
        A job of the last of them.

    Raises
    ------
    JobStateError
        If jobs of a bin were forgotten.
    """
    by_request: dict[str, list[JobRecord]] = {}
    for job in context.store.find(series=last.series):
        by_request.setdefault(job.request, []).append(job)
    rounds: list[list[JobRecord]] = []
    request: str | None = last.request
    while request is not None:
        jobs = by_request.get(request)
        if jobs is None:
            raise JobStateError(
                "Bins of the raster were forgotten.",
                expected=f"jobs of {last.round + 1} bins of series {str(last.series)[:8]}",
                got=f"those of {len(rounds)}",
                hint=f"{run_again(last)} --fresh",
            )
        rounds.insert(0, jobs)
        request = jobs[0].after
    return rounds


def complete_request(context: JobContext, job: JobRecord) -> list[JobRecord] | None:
    """Return the jobs of the last bin of the raster that a job belongs to, if all bits are here.

    Parameters
    ----------
    context
        Where the jobs are.
    job
        Of any bin.
    """
    ends: dict[str, list[JobRecord]] = {}
    for other in context.store.find(series=job.series, states=[JobState.RETRIEVED]):
        if other.round + other.bins == other.rounds:
            ends.setdefault(other.request, []).append(other)
    for jobs in ends.values():
        requests = {jobs_of_bin[0].request for jobs_of_bin in request_chain(context, jobs[0])}
        if len(jobs) == jobs[0].parts and job.request in requests:
            return jobs
    return None


def decode_bins(context: JobContext, jobs: Sequence[JobRecord]) -> NDArray[np.bool_]:
    """Turn the stored bits of one bin, or of a block, into its spikes.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        All parts of the request.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(n_samples, n_bins, n_neurons)``, of the bins that the raster has.

    Raises
    ------
    NotReadyError, JobFailedError, PayloadError, MisfitError
        See `neuroqgan.jobs.retrieval.decode`.
    """
    return decode(context, jobs).raster.spikes[:, : jobs[0].bins]


def decode_raster(context: JobContext, jobs: Sequence[JobRecord]) -> RetrievedRaster:
    """Turn stored bits into the raster that jobs belong to; needs no network.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        All parts of one request; where a raster takes a request a bin, of any bin.

    Raises
    ------
    NotReadyError
        If a part or a bin is not here yet.
    JobFailedError, PayloadError, MisfitError, JobStateError
        See `neuroqgan.jobs.retrieval.decode`.
    """
    first = jobs[0]
    if first.series is None:
        return decode(context, jobs)
    last = complete_request(context, first)
    if last is None:
        raise NotReadyError(
            f"The raster of job {first.short_id} is not whole.",
            expected=f"the spikes of {first.rounds} bins",
            got=f"those of {furthest(context, first.series) + 1}",
            hint=run_again(first),
        )
    rounds = request_chain(context, last[0])
    bin_width = context.layout(first).layout.bin_width
    spikes = np.concatenate([decode_bins(context, jobs) for jobs in rounds], axis=1)
    flips, warning = _flips(context, rounds)
    return RetrievedRaster(SpikeRaster(spikes, bin_width), flips, warning)


def _flips(context: JobContext, rounds: list[list[JobRecord]]) -> tuple[FlipRates | None, str]:
    """Read the flip rates off the first bin, which alone is calibrated, for the qubits of all."""
    first = rounds[0]
    if not context.layout(first[0]).calibration:
        return None, ""
    try:
        rates = [_rates_of_bins(context, first, jobs) for jobs in rounds]
    except BackendError as error:
        return None, f"The readout cannot be corrected. {error.problem} {error.got}"
    p01, p10 = (np.concatenate([of_bins[i] for of_bins in rates], axis=1) for i in (0, 1))
    return FlipRates(p01, p10), ""


def _rates_of_bins(
    context: JobContext, calibrated: list[JobRecord], jobs: list[JobRecord]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both rates of a request's bins, ``(n_samples, n_bins, n_neurons)``."""
    layout = context.layout(jobs[0]).layout
    found = []
    for job in calibrated:
        stored = context.layout(job)
        bits = unpack(context.payloads.read(job.id, BITS, job.bits_sha256))
        pages = bits[len(stored.layout.pages) :]
        found.append(flip_rates(layout, stored.calibration, pages))
    p01 = np.mean([rates.p01 for rates in found], axis=0)
    p10 = np.mean([rates.p10 for rates in found], axis=0)
    place = np.arange(jobs[0].n_samples) % layout.across
    of_sample = (layout.across, -1, layout.n_neurons)
    return tuple(p.reshape(of_sample)[place, : jobs[0].bins] for p in (p01, p10))
