"""``neuroqgan jobs retrieve|export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, account_option, command, raise_all
from neuroqgan.errors import NeuroqganError

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobDesk
    from neuroqgan.jobs.record import JobRecord


@click.command(short_help="Bring the spikes of jobs home.")
@click.argument("job_ids", metavar="[JOB]...", nargs=-1)
@account_option
@command
def retrieve(output: Output, job_ids: tuple[str, ...]) -> None:
    """Bring the spikes of jobs home: of those named, or of all that are not here yet.

    \b
    Examples:
        neuroqgan jobs retrieve
        neuroqgan jobs retrieve 3f2a
        neuroqgan jobs retrieve latest --json

    The raw bits are stored first and decoded then; decoding again needs no network. The raster
    goes into the folder of its run. Exit code 3 if a job is not finished.
    """
    from neuroqgan.jobs.context import JobDesk

    desk = JobDesk()
    wanted = [desk.store.get(job_id) for job_id in job_ids] or _open_jobs(desk)
    if not wanted:
        output.say("Nothing to retrieve: the spikes of all jobs are here.")
        output.result([])
        return
    rows, failures = [], []
    for request in dict.fromkeys(job.request for job in wanted):
        try:
            rows.append(_retrieve(desk, desk.store.find(request=request), output))
        except NeuroqganError as error:
            failures.append(error)
            rows += [job.to_dict() for job in desk.store.find(request=request)]
    for run in dict.fromkeys(row["run"] for row in rows if row.get("raster")):
        output.say(f"Judge the newest raster of {run} with: neuroqgan evaluate {run}")
    output.result(rows[0] if len(rows) == 1 and len(job_ids) == 1 else rows)
    raise_all(failures)


@click.command(short_help="Write the raster of a job to a file.")
@click.argument("job_id", metavar="JOB")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace files of these names.")
@command
def export(output: Output, job_id: str, file: Path, overwrite: bool) -> None:
    """Write the raster of a job that was retrieved, and a JSON beside it that says what it is.

    \b
    Examples:
        neuroqgan jobs export latest spikes.npz
        neuroqgan jobs export 3f2a spikes.csv

    The JSON holds the record, the layout (which qubit measured which bin and neuron), and the bit
    order of the raw bits. No network is needed.
    """
    import json

    from neuroqgan.atomic import atomic_write
    from neuroqgan.data.save import save
    from neuroqgan.jobs.context import JobDesk
    from neuroqgan.jobs.series import chain, decode_raster, whole
    from neuroqgan.runs.sampling import run_of, with_labels_of

    desk = JobDesk()
    job = desk.store.get(job_id)
    parts = desk.store.find(request=job.request)
    spikes = with_labels_of(run_of(job), decode_raster(desk, parts))
    if last := whole(desk, job) if job.series is not None else None:
        parts = [part for jobs in chain(desk, last[0]) for part in jobs]
    sidecar = file.with_suffix(".json")
    about = {
        "jobs": [part.to_dict() for part in sorted(parts, key=lambda job: (job.round, job.part))],
        "layout": desk.layout(job).layout.to_dict(),
        "plan": desk.layout(job).about,
    }
    with atomic_write(sidecar, overwrite=overwrite) as handle:
        save(file, spikes.raster, overwrite=overwrite)
        handle.write(json.dumps(about, indent=1, allow_nan=False).encode())
    output.say(f"{spikes.raster.n_samples} samples in {file}, what they are in {sidecar}")
    output.result(job.to_dict() | {"raster": str(file), "about": str(sidecar)})


def _open_jobs(desk: JobDesk) -> list[JobRecord]:
    """Return the jobs whose spikes are not in their run or may still come, oldest first."""
    from neuroqgan.jobs.state import FINAL, JobState
    from neuroqgan.runs.sampling import waiting_for_raster

    states = set(JobState) - FINAL - {JobState.PREPARING}
    return waiting_for_raster(desk) + desk.store.find(states=states)[::-1]


def _retrieve(desk: JobDesk, jobs: list[JobRecord], output: Output) -> dict[str, Any]:
    from neuroqgan.cli.jobs.display import note_versions
    from neuroqgan.cli.showing import sampling_bar, show_readout
    from neuroqgan.jobs.series import decode_raster, whole
    from neuroqgan.jobs.together import complete_together
    from neuroqgan.runs.readout import readout_report
    from neuroqgan.runs.sampling import collect, run_of

    first = jobs[0]
    note_versions(output, first)
    with sampling_bar(output, _executions(desk, jobs), first.backend) as on_progress:
        jobs = [complete_together(desk, job, on_progress=on_progress) for job in jobs]
    first = jobs[0]
    if first.series is not None and whole(desk, first) is None:
        return _one_bin(first, output)
    folder = run_of(first)
    if folder is None:
        path, spikes = None, decode_raster(desk, jobs)
        where = f"its run is gone; neuroqgan jobs export {first.short_id} FILE.npz"
    else:
        path, spikes = collect(desk, jobs, folder)
        where = str(path)
    output.say(f"{spikes.raster.n_samples} samples of {first.backend}: {where}")
    if spikes.warning:
        output.note(f"Warning: {spikes.warning}")
    report = readout_report(spikes)
    if report is not None and not output.quiet:
        show_readout(output, report)
    return first.to_dict() | {
        "samples": spikes.raster.n_samples,
        "raster": None if path is None else str(path),
        "readout": None if report is None else report.to_dict(),
    }


def _one_bin(job: JobRecord, output: Output) -> dict[str, Any]:
    from neuroqgan.jobs.again import run_again

    output.say(f"{job.n_samples} samples of {job.backend}, {job.place}. Go on with:")
    output.say(f"  {run_again(job)}")
    return job.to_dict() | {"samples": job.n_samples, "raster": None, "readout": None}


def _executions(desk: JobDesk, jobs: list[JobRecord]) -> int:
    pages = desk.layout(jobs[0]).layout.pages if jobs[0].is_simulated else ()
    tiles = sum(len(page.tiles) * page.rows_per_sample for page in pages)
    return sum(job.samples for job in jobs) * tiles
