"""Bundles of the jobs of this machine, with what their run knows of the raster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from neuroqgan.atomic import atomic_write
from neuroqgan.jobs.bundle.bundling import write_bundle
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.request_chain import jobs_of_same_raster
from neuroqgan.runs.rasters import raster_of

SUFFIX = ".zip"


@dataclass(frozen=True)
class Bundle:
    """A bundle that was written.

    Parameters
    ----------
    path
        The file.
    sha256
        SHA-256 of its content, to publish beside it.
    jobs
        Ids of its jobs.
    n_samples
        Samples of its raster.

    Examples
    --------
    >>> Bundle(Path("spikes.zip"), "9b74c989", ("3f2a",), 1000).path.name
    'spikes.zip'
    """

    path: Path
    sha256: str
    jobs: tuple[str, ...]
    n_samples: int


def bundle_jobs(job: str, path: str | Path | None = None, *, overwrite: bool = False) -> Bundle:
    """Write all jobs of a raster to one file that others can check without account or network.

    It holds circuits, angles, raw bits, what each bit means, the calibration of the device when the
    jobs were planned, options, estimates, used time, versions and checksums; nothing about the
    account or this machine. See `verify_bundle`.

    Parameters
    ----------
    job
        Id of any job of the raster, its first digits, the service's id, or ``latest``.
    path
        The file to write; None for ``neuroqgan-ID.zip`` in the current folder.
    overwrite
        Whether a file of that name may be replaced.

    Returns
    -------
    Bundle
        Where it is, and its SHA-256.

    Raises
    ------
    JobNotFoundError
        If there is no such job.
    NotReadyError
        If its raster has not been retrieved completely.
    PayloadError
        If a file of a job is missing or damaged.
    InputError
        If the file exists and may not be replaced.

    Examples
    --------
    Jobs of any backend can be bundled; a simulator has no device to publish.

    >>> import neuroqgan as nq
    >>> model = nq.Generator("stationary", n_neurons=3, n_bins=8, bin_width=0.02)
    >>> raster = model.sample(5, backend="exact")
    >>> bundle = nq.bundle_jobs("latest", "five.zip")
    >>> nq.verify_bundle("five.zip", sha256=bundle.sha256).ok
    True
    """
    context = JobContext()
    record = context.store.get(job)
    jobs = jobs_of_same_raster(context, record)
    spikes = raster_of(context, jobs, record)
    file = Path(f"neuroqgan-{record.short_id}{SUFFIX}" if path is None else path)
    with atomic_write(file, overwrite=overwrite) as handle:
        digest = write_bundle(context, jobs, spikes.raster, handle)
    return Bundle(file, digest, tuple(one.id for one in jobs), spikes.raster.n_samples)
