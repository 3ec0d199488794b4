"""Whether a job that was taken over belongs to the run of that name here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from neuroqgan.errors import NeuroqganError
from neuroqgan.jobs.rerun_command import sampling_settings
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.folder import RunState
from neuroqgan.runs.rasters import run_of
from neuroqgan.runs.samples import wanted_samples
from neuroqgan.runs.selection import select_for_run
from neuroqgan.runs.stages import load_trained
from neuroqgan.runs.store import RunStore
from neuroqgan.sampling.walk import RasterWalk

if TYPE_CHECKING:
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.runs.folder import RunFolder


def belongs_to_run(context: JobContext, job: JobRecord) -> tuple[bool, str]:
    """Compare what a job asked for with what the run of its name would ask for here.

    Parameters
    ----------
    context
        Where the job is to be stored.
    job
        The record that travelled with it.

    Returns
    -------
    tuple
        Whether it may stay with that run, and a sentence about it; empty if it names none.
    """
    if job.run is None:
        return True, ""
    folder = run_of(job)
    if folder is None:
        return True, f"Its run {job.run} is not here, so its raster stays with the job."
    if job.first_bin:
        return True, f"It is taken for a job of the run {job.run} here, which cannot be checked."
    try:
        same = _request_hash(context, job, folder) == job.request_hash
    except NeuroqganError as error:
        return True, f"Whether it belongs to the run {job.run} cannot be checked. {error.problem}"
    if same:
        return True, f"It belongs to the run {job.run}: its circuits and angles are the same."
    return False, (
        f"The run {job.run} here has other weights or settings and would ask for other angles, so "
        f"the job is not attached to it; --run {job.run} does so all the same."
    )


def _request_hash(context: JobContext, job: JobRecord, folder: RunFolder) -> str | None:
    """Return the hash of the first request of a raster as the run would make it now."""
    if folder.state is not RunState.TRAINED:
        return None
    settings = sampling_settings(job)
    samples = {} if "trials" in settings else {"samples": job.n_samples}
    given = {"backend": job.backend, "seed": job.seed, "name": folder.name}
    asked = build_config(given | samples | settings)
    selection = select_for_run(RunStore(), asked)
    generator = load_trained(folder, selection.config, selection.n_neurons, selection.bin_width)
    wanted = wanted_samples(selection, generator, asked)
    # Nothing is planned, so the device need not be asked.
    backend = cast("Backend", SimpleNamespace(name=job.backend, kind=job.kind))
    order = wanted.order(asked, folder.name)
    return RasterWalk(context, wanted.source(generator), order, backend).request.request_hash
