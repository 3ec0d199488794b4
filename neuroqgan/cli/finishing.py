"""The last steps of the whole job: bits brought home, judged, drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.cli.streams import echo
from neuroqgan.errors import RasterError, UncertainError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.cli.command import Output
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.jobs.context import JobDesk
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.readout import ReadoutReport
    from neuroqgan.runs.sampling import Asked
    from neuroqgan.runs.selection import Selection


@dataclass(frozen=True)
class Finished:
    """What came of a raster.

    Parameters
    ----------
    raster, raster_path
        The raster, and where it lies.
    evaluation
        Against held-out windows; None where there is no recording to judge against, or too little.
    readout
        Raw and corrected statistics, where the readout was calibrated.
    pictures
        Files.
    problems
        What kept the raster from being judged or drawn, in words.
    """

    raster: SpikeRaster
    raster_path: Path
    evaluation: Evaluation | None
    readout: ReadoutReport | None
    pictures: list[Path]
    problems: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return pictures, evaluation, readout and problems, ready for JSON."""
        return {
            "pictures": [str(picture) for picture in self.pictures],
            "evaluation": None if self.evaluation is None else self.evaluation.to_dict(),
            "readout": None if self.readout is None else self.readout.to_dict(),
            "problems": list(self.problems),
        }


def bring(
    desk: JobDesk, sampled: Asked, output: Output, *, wait_for_it: bool
) -> list[JobRecord] | None:
    """Bring the bits of jobs home, or say how to get them later and return nothing.

    Raises
    ------
    UncertainError
        If nobody knows whether a job was made.
    """
    from neuroqgan.cli.jobs.display import waiting
    from neuroqgan.jobs.together import complete_together

    first = sampled.jobs[0]
    if sampled.meanwhile:
        output.note(taken(first))
    elif sampled.reused:
        known = "sampled before" if sampled.complete else "asked for before"
        output.note(f"This was {known}, as job {first.short_id}; --fresh asks anew.")
    if sampled.complete:
        return sampled.jobs
    if wait_for_it:
        return [complete_together(desk, job) for job in waiting(desk, sampled.jobs, output)]
    report_jobs(sampled.jobs, output)
    check_known(sampled.jobs)
    output.say(f"Bring its spikes home with: neuroqgan jobs retrieve {first.short_id}")
    return None


def taken(job: JobRecord) -> str:
    """Say that another process asked for the same at the same time, and that nothing was sent."""
    of = f", {job.place}" if job.place else ""
    return (
        "Another process has just requested the same raster, as job "
        f"{job.short_id}{of}; nothing was sent twice."
    )


def report_jobs(jobs: list[JobRecord], output: Output) -> None:
    """Say which jobs are under way."""
    first = jobs[0]
    for job in jobs:
        # Whatever was asked to be quiet: without its id a job is hard to find.
        bin_ = f", {job.place}" if job.place else ""
        echo(
            job.id if output.quiet else f"Job {job.id} on {job.backend}{bin_}: {job.state}",
            err=output.as_json,
        )
    output.result(
        {
            "run": first.run,
            "backend": first.backend,
            "job": first.id,
            "state": first.state.value,
            "jobs": [job.to_dict() for job in jobs],
        }
    )


def judge_and_draw(
    desk: JobDesk, jobs: list[JobRecord], selection: Selection, seed: int, output: Output
) -> Finished:
    """Decode the bits of a raster, judge and draw it, and show the figures.

    Without a recording there is nothing to judge against, and the command that judges is shown. A
    raster that cannot be judged, or pictures that cannot be drawn, are a warning: the raster is
    there, and may have been paid for.
    """
    from neuroqgan.cli.showing import draw, show_evaluation, show_readout
    from neuroqgan.runs.pretrained import link
    from neuroqgan.runs.readout import readout_report
    from neuroqgan.runs.sampling import collect
    from neuroqgan.runs.stages import judge_run

    folder, prepared = selection.folder, selection.prepared
    path, spikes = collect(desk, jobs, folder)
    raster, held_out = spikes.raster, None if prepared is None else prepared.split.held_out
    evaluation: Evaluation | None = None
    pictures: list[Path] = []
    problems: list[str] = []
    if prepared is not None and held_out is not None:
        warning = link(folder, selection.config, prepared)
        if warning is not None:
            output.note(f"Warning: {warning}")
        try:
            with output.progress.status("Judging against held-out windows ..."):
                evaluation = judge_run(folder, prepared, raster, path, seed)
        except RasterError as error:
            problems.append(f"the raster cannot be judged. {error}")
            output.note(f"Warning: {problems[-1]}")
        else:
            show_evaluation(output, held_out, raster, evaluation)
            pictures, problem = draw(folder, prepared, raster, evaluation, output)
            problems += [] if problem is None else [problem]
    if spikes.warning:
        output.note(f"Warning: {spikes.warning}")
    readout = readout_report(spikes, held_out)
    if readout is not None and not output.quiet:
        show_readout(output, readout)
    if prepared is None:
        output.say(
            "Not judged, because there is no recording. When you have it, judge and draw with:"
        )
        output.say(f"  {_judging(folder, jobs[0])}")
    return Finished(raster, path, evaluation, readout, pictures, tuple(problems))


def _judging(folder: RunFolder, job: JobRecord) -> str:
    # Weights of the package are of that recording; where another one has gone nobody knows.
    data = "salamander" if "pretrained" in folder.provenance() else "PATH"
    return (
        f"neuroqgan run --name {folder.name} --backend {job.backend} --samples {job.n_samples} "
        f"--sample-seed {job.seed} --data {data}"
    )


def check_known(jobs: list[JobRecord]) -> None:
    """Check that it is known of all jobs whether they were made.

    Raises
    ------
    UncertainError
        If not.
    """
    from neuroqgan.jobs.state import JobState

    for job in jobs:
        if job.state is JobState.UNCERTAIN:
            raise UncertainError(
                f"Job {job.short_id} was sent, and no answer came.",
                expected=f"an answer of {job.backend}",
                got="none; the service may have the job or not",
                hint=f"neuroqgan jobs recover {job.short_id}, which asks and sends nothing twice",
            )
