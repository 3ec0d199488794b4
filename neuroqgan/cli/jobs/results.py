"""``neuroqgan jobs retrieve|export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, account_option, command, raise_all
from neuroqgan.cli.jobs.all_users import all_users_option
from neuroqgan.errors import NeuroqganError

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


@click.command(short_help="Retrieve the spikes of finished jobs.")
@click.argument("job_ids", metavar="[JOB]...", nargs=-1)
@all_users_option("Without JOB, also jobs of other people who share the store.")
@account_option
@command
def retrieve(output: Output, job_ids: tuple[str, ...], all_users: bool) -> None:
    """Retrieve the spikes of jobs: of those named, or of all whose spikes are not here yet.

    \b
    Examples:
        neuroqgan jobs retrieve
        neuroqgan jobs retrieve 3f2a
        neuroqgan jobs retrieve latest --json

    The raw bits are stored before they are decoded, so decoding them again needs no network. The
    raster is written to the folder of its run; in a store that a group shares, also beside the
    bits, for those who do not have the run. The exit code is 3 if a job is not finished.
    """
    from neuroqgan.jobs.context import JobContext

    context = JobContext()
    mine = context.store.is_shared and not all_users
    wanted = [context.store.get(job_id) for job_id in job_ids] or _open_jobs(context, mine=mine)
    if not wanted:
        output.say("Nothing to retrieve: the spikes of all jobs are here.")
        output.result([])
        return
    rows, failures = [], []
    for request in dict.fromkeys(job.request for job in wanted):
        try:
            rows.append(_retrieve(context, context.store.find(request=request), output))
        except NeuroqganError as error:
            failures.append(error)
            rows += [job.to_dict() for job in context.store.find(request=request)]
    for run in dict.fromkeys(row["run"] for row in rows if row.get("raster")):
        output.say(f"Evaluate the newest raster of {run} with: neuroqgan evaluate {run}")
    output.result(rows[0] if len(rows) == 1 and len(job_ids) == 1 else rows)
    raise_all(failures)


@click.command(short_help="Write the raster of a job to a file.")
@click.argument("job_id", metavar="JOB")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace existing files of these names.")
@command
def export(output: Output, job_id: str, file: Path, overwrite: bool) -> None:
    """Write the raster of a retrieved job to a file, with a JSON file beside it that describes it.

    \b
    Examples:
        neuroqgan jobs export latest spikes.npz
        neuroqgan jobs export 3f2a spikes.csv
        neuroqgan jobs export 3f2a raster.nwb

    The JSON file holds the records of the jobs, the layout (which qubit measured which bin and
    neuron), and the order of the raw bits. No network is needed.
    """
    import json

    from neuroqgan.atomic import atomic_write
    from neuroqgan.cli.jobs.display import dropped
    from neuroqgan.data.save import save_about
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.request_chain import jobs_of_same_raster
    from neuroqgan.runs.raster_provenance import provenance_of
    from neuroqgan.runs.rasters import raster_of, run_of

    context = JobContext()
    job = context.store.get(job_id)
    parts = context.store.find(request=job.request)
    spikes = raster_of(context, parts, job)
    parts = jobs_of_same_raster(context, job)
    sidecar = file.with_suffix(".json")
    about = {
        "jobs": [part.to_dict() for part in parts],
        "dropped": spikes.n_dropped,
        "layout": context.layout(job).layout.to_dict(),
        "plan": context.layout(job).about,
    }
    with atomic_write(sidecar, overwrite=overwrite) as handle:
        origin = provenance_of(context, run_of(job), parts)
        save_about(file, spikes.raster, origin, overwrite=overwrite)
        handle.write(json.dumps(about, indent=1, allow_nan=False).encode())
    output.say(f"{spikes.raster.n_samples} samples in {file}, described in {sidecar}")
    if spikes.n_dropped:
        output.say(f"  {dropped(spikes)}")
    output.result(job.to_dict() | {"raster": str(file), "about": str(sidecar)})


def _open_jobs(context: JobContext, *, mine: bool) -> list[JobRecord]:
    """Return the jobs whose spikes are not in their run, or may still come, oldest first."""
    from neuroqgan.jobs.state import FINAL, JobState
    from neuroqgan.runs.rasters import waiting_for_raster

    states = set(JobState) - FINAL - {JobState.PREPARING}
    open_jobs = context.store.find(states=states, mine=mine)[::-1]
    return waiting_for_raster(context) + open_jobs


def _retrieve(context: JobContext, jobs: list[JobRecord], output: Output) -> dict[str, Any]:
    from neuroqgan.cli.jobs.display import dropped, note_versions
    from neuroqgan.cli.judging import show_readout
    from neuroqgan.cli.sampling_bar import sampling_bar
    from neuroqgan.jobs.kept_rasters import keep_raster
    from neuroqgan.jobs.request_chain import complete_request
    from neuroqgan.jobs.retrieval import retrieve_shared
    from neuroqgan.runs.rasters import collect, raster_of, run_of
    from neuroqgan.runs.readout import readout_report

    first = jobs[0]
    note_versions(output, first)
    with sampling_bar(output, _executions(context, jobs), first.backend) as on_progress:
        jobs = [retrieve_shared(context, job, on_progress=on_progress) for job in jobs]
    first = jobs[0]
    if first.series is not None and complete_request(context, first) is None:
        return _some_bins(first, output)
    folder = run_of(first)
    path: str | None
    if folder is None:
        spikes = raster_of(context, jobs, first)
        path = keep_raster(context, jobs, spikes.raster, knows_run=False)
        advice = f"neuroqgan jobs export {first.short_id} FILE.npz"
        where = f"{path or 'its run is not here'}; {advice}"
    else:
        written, spikes = collect(context, jobs, folder)
        where = path = str(written)
    output.say(f"{spikes.raster.n_samples} samples from {first.backend}: {where}")
    if spikes.warning:
        output.note(f"Warning: {spikes.warning}")
    if spikes.n_dropped:
        output.say(f"  {dropped(spikes)}")
    report = readout_report(spikes)
    if report is not None and not output.quiet:
        show_readout(output, report)
    return first.to_dict() | {
        "samples": spikes.raster.n_samples,
        "dropped": spikes.n_dropped,
        "raster": path,
        "readout": None if report is None else report.to_dict(),
    }


def _some_bins(job: JobRecord, output: Output) -> dict[str, Any]:
    from neuroqgan.jobs.rerun_command import rerun_command

    output.say(
        f"{job.n_samples} samples from {job.backend}, {job.bin_range}. Continue the raster with:"
    )
    output.say(f"  {rerun_command(job)}")
    return job.to_dict() | {"samples": job.n_samples, "raster": None, "readout": None}


def _executions(context: JobContext, jobs: list[JobRecord]) -> int:
    pages = context.layout(jobs[0]).layout.pages if jobs[0].is_simulated else ()
    tiles = sum(len(page.tiles) * page.rows_per_sample for page in pages)
    return sum(job.samples for job in jobs) * tiles
