"""What people and scripts see of jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from neuroqgan.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.cli.command import Output
    from neuroqgan.jobs.decoding import RetrievedRaster
    from neuroqgan.jobs.record import JobRecord

_UNITS = (("d", 86400), ("h", 3600), ("min", 60))


def age(since: datetime) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    seconds = max(0.0, (datetime.now(UTC) - since).total_seconds())
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"


def local_time(at: datetime) -> str:
    """Return a time in the zone of this machine, which it names."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def dropped(spikes: RetrievedRaster) -> str:
    """Return in words what post-selection left of a raster."""
    n_kept = spikes.raster.n_samples
    n_measured = n_kept + spikes.n_dropped
    return (
        f"Post-selection kept {n_kept} of {n_measured} samples ({n_kept / n_measured:.1%}) and "
        f"dropped {spikes.n_dropped}."
    )


def print_jobs(output: Output, jobs: Sequence[JobRecord], *, users: bool = False) -> None:
    """Print a table with one row per job, and whose it is if that is wanted."""
    from rich.table import Table

    headings = ["id", "state", "backend", "run", "samples", "age"]
    table = Table(*headings, *(["user"] * users), box=None, header_style="bold")
    for job in jobs:
        part = "" if job.parts == 1 else f" ({job.part + 1}/{job.parts})"
        table.add_row(
            job.short_id,
            job.state.value,
            job.backend,
            job.run or "-",
            f"{job.n_samples}{part}{_bins(job)}",
            age(job.created),
            *([job.user or "-"] * users),
        )
    output.tables.print(table)


# Of several jobs of one request, the state that comes first here is shown.
_BY_IMPORTANCE = (
    *("failed", "lost", "cancelled", "abandoned", "uncertain", "preparing", "planned"),
    *("submitting", "queued", "running", "done", "retrieved"),
)


def print_rasters(
    output: Output, rasters: Sequence[Sequence[JobRecord]], *, users: bool = False
) -> None:
    """Print a table with one row per raster: its newest request, and how much is retrieved.

    Parameters
    ----------
    output
        Where the table goes.
    rasters
        All jobs of each raster, the newest first.
    users
        Whether to say whose they are.
    """
    from rich.table import Table

    headings = ["id", "state", "backend", "run", "samples", "jobs", "retrieved", "age"]
    table = Table(*headings, *(["user"] * users), box=None, header_style="bold")
    for jobs in rasters:
        newest = [job for job in jobs if job.request == jobs[0].request]
        first = newest[0]
        rows = sum(job.samples for job in newest)
        table.add_row(
            first.short_id,
            min((job.state.value for job in newest), key=_BY_IMPORTANCE.index),
            first.backend,
            first.run or "-",
            str(rows if first.series_samples is None else first.series_samples),
            str(len(jobs)),
            _retrieved(jobs, newest),
            age(first.created),
            *([first.user or "-"] * users),
        )
    output.tables.print(table)


def _retrieved(jobs: Sequence[JobRecord], newest: Sequence[JobRecord]) -> str:
    """Say how many bins or parts of a raster are retrieved, if it has several."""
    from neuroqgan.jobs.state import JobState

    first = newest[0]
    if first.series is None:
        n_here = sum(job.state is JobState.RETRIEVED for job in newest)
        return f"{n_here} of {first.parts} parts" if first.parts > 1 else ""
    parts: dict[str, list[JobRecord]] = {}
    for job in jobs:
        if job.state is JobState.RETRIEVED:
            parts.setdefault(job.request, []).append(job)
    whole = [here[0] for here in parts.values() if len(here) == here[0].parts]
    n_bins = sum({job.first_bin: job.n_job_bins for job in whole}.values())
    return f"{n_bins} of {first.n_bins} bins"


def say_job(output: Output, job: JobRecord) -> None:
    """Print the state of a job, in a line or two."""
    service = "" if job.provider_id is None else f" as {job.provider_id}"
    output.say(f"Job {job.short_id} on {job.backend}{service}{_bins(job)}: {job.state}")
    if job.message and not job.message.startswith(job.state):
        output.say(f"  {job.message}")


def _bins(job: JobRecord) -> str:
    return f", {job.bin_range}" if job.bin_range else ""


def exit_code(job: JobRecord) -> int:
    """Return 0 if the job is finished, 1 if it ended badly, 3 if it is not finished."""
    from neuroqgan.jobs.state import FINAL, JobState

    if job.state in {JobState.DONE, JobState.RETRIEVED}:
        return 0
    return 1 if job.state in FINAL else NotReadyError.exit_code


def next_step(job: JobRecord, *, held: bool = False) -> str:
    """Return what can be done with a job.

    Parameters
    ----------
    job
        The job, just refreshed.
    held
        Whether another process is working on it.
    """
    from neuroqgan.jobs.rerun_command import rerun_command
    from neuroqgan.jobs.state import FINAL, JobState

    name = job.short_id
    if held:
        return "Another process is working on it."
    if job.state is JobState.RETRIEVED and job.series is not None:
        return f"Its spikes are here. Continue the raster, or read it: {rerun_command(job)}"
    if job.state is JobState.RETRIEVED:
        return f"Its spikes are here: neuroqgan jobs export {name} spikes.npz"
    if job.state is JobState.LOST:
        return f"The service may have it again. Ask with: neuroqgan jobs retrieve {name}"
    if job.state in FINAL:
        return f"It has ended without spikes; see neuroqgan jobs show {name}"
    if job.state is JobState.DONE:
        return f"Retrieve its spikes: neuroqgan jobs retrieve {name}"
    if job.is_simulated:
        return f"Its process was interrupted. Run it again: neuroqgan jobs recover {name}"
    if job.state is JobState.PLANNED:
        return f"It was never sent. Send it: neuroqgan jobs recover {name} --submit"
    if job.state is JobState.UNCERTAIN:
        return (
            "Its service does not know it. If that is still so two minutes after it was sent, send "
            f"it again: neuroqgan jobs recover {name} --submit"
        )
    return f"Wait for it: neuroqgan jobs watch {name}"


def note_versions(output: Output, job: JobRecord) -> None:
    """Say so if a job that is not retrieved yet was made with another version of the client."""
    from importlib.metadata import version

    made = job.client.get("qiskit-ibm-runtime")
    here = version("qiskit-ibm-runtime")
    if job.provider_id is not None and job.retrieved is None and made != here:
        output.note(
            f"Job {job.short_id} was made with qiskit-ibm-runtime {made}; {here} reads its result."
        )
