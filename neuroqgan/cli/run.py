"""``neuroqgan run`` and ``neuroqgan train``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from neuroqgan.cli.command import INTERRUPTED, Output, command
from neuroqgan.cli.options import build_config, check_output, sampling_options, training_options

if TYPE_CHECKING:
    from neuroqgan.jobs.desk import JobDesk
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.sampling import Asked
    from neuroqgan.runs.selection import Selection


@click.command()
@training_options
@click.option("--resume", is_flag=True, help="Go on with an unfinished run.")
@command
def train(output: Output, config_file: Path | None, resume: bool, **flags: Any) -> None:
    """Train a generator and keep it as a run.

    \b
    Examples:
        neuroqgan train --data recording.npz --neurons 0:10 --name mine
        neuroqgan train --name mine --resume
        neuroqgan train --preset spiqgan --steps 400 --seed 3
        neuroqgan train --gradient parameter-shift --neurons 0:6 --bins 8

    Ctrl-C saves a checkpoint; --resume goes on from it bit for bit.
    """
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.runs.selection import select_for_training
    from neuroqgan.runs.store import RunStore

    started = time.monotonic()
    asked = build_config(config_file, flags)
    selection = select_for_training(RunStore(), asked, resume=resume)
    generator = train_with_progress(selection, output)
    folder = selection.folder
    if generator is None:
        _stopped(folder, output)
    output.say(f"Trained {folder.name}: {generator.n_parameters} parameters, in {folder.path}")
    output.say(f"Sample it with: neuroqgan run --name {folder.name}")
    output.result(
        {
            "run": folder.name,
            "folder": str(folder.path),
            "parameters": generator.n_parameters,
            "seconds": round(time.monotonic() - started, 2),
        }
    )


@click.command(short_help="Do the whole job: train, sample, judge, draw.")
@sampling_options
@click.option("--dry-run", is_flag=True, help="Only say what the samples take on a device.")
@click.option("--yes", is_flag=True, help="Spend a device's time without asking.")
@click.option("--wait", "wait_for_it", is_flag=True, help="Wait until a device has the spikes.")
@click.option("--fresh", is_flag=True, help="Sample anew what was sampled before.")
@training_options
@click.option(
    "--output",
    "output_file",
    type=click.Path(path_type=Path),
    metavar="FILE.npz",
    help="Also write the raster here.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --output.")
@command
def run(
    output: Output,
    config_file: Path | None,
    output_file: Path | None,
    overwrite: bool,
    dry_run: bool,
    yes: bool,
    wait_for_it: bool,
    fresh: bool,
    **flags: Any,
) -> None:
    """Do the whole job: train or reuse a run, sample rasters, judge them, draw pictures.

    \b
    Examples:
        neuroqgan run --backend aer
        neuroqgan run --data recording.mat --bin-width 0.02 --neurons 0:10 --name mine
        neuroqgan run --name mine --samples 10000 --seed 7 --output more.npz
        neuroqgan run --name mine --backend fake_brisbane --samples 1000 --dry-run
        neuroqgan run --name mine --backend fake_brisbane --samples 1000
        neuroqgan run --name mine --backend ibm_fez --samples 1000 --mitigate readout
        neuroqgan run --config run.toml --json > result.json

    A run of that name that is trained already is reused, an unfinished one is finished first.
    With a reused run --seed chooses the samples. Everything is kept in the run's folder; see
    neuroqgan runs show.

    On a device of IBM's the command says what it will take, asks, sends a job and returns; the
    spikes come with neuroqgan jobs retrieve, or at once with --wait. What was asked for before is
    not paid again, unless --fresh says so.
    """
    from neuroqgan.backends.registry import resolve
    from neuroqgan.cli.hardware import agree, is_charged, note_options, show_plan
    from neuroqgan.cli.showing import sampling_bar
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.jobs.desk import JobDesk
    from neuroqgan.jobs.request import earlier
    from neuroqgan.runs.folder import RunState
    from neuroqgan.runs.sampling import request_raster, sample_run
    from neuroqgan.runs.selection import select_for_run
    from neuroqgan.runs.store import RunStore

    started = time.monotonic()
    check_output(output_file, overwrite)
    asked = build_config(config_file, flags)
    selection = select_for_run(RunStore(), asked)
    backend = resolve(
        asked.backend,
        fractional_gates=asked.fractional_gates,
        min_qubits=min(selection.config.group_size, selection.prepared.split.train.n_neurons),
    )
    if dry_run:
        show_plan(selection, asked, backend, output)
        return
    note_options(asked, backend, output)
    desk, folder = JobDesk(), selection.folder
    spends = is_charged(backend)
    is_trained = folder.state is RunState.TRAINED
    if spends and not is_trained:
        agree(selection, asked, backend, output, yes=yes)
    generator = train_with_progress(selection, output)
    if generator is None:
        _stopped(folder, output)
    request = request_raster(folder.name, generator, asked, backend.name)
    if spends and is_trained and (fresh or not earlier(desk, request.identity)):
        agree(selection, asked, backend, output, yes=yes)
    total = asked.samples * generator.spec.n_bins * len(generator.spec.groups)
    with sampling_bar(output, total, backend.name) as on_progress:
        sampled = sample_run(desk, request, backend, fresh=fresh, on_progress=on_progress)
    whole = _bring(desk, sampled, output, wait_for_it=wait_for_it)
    if whole is None:
        return
    finish = _Finish(selection, asked, generator.n_parameters, started)
    finish(desk, whole, output, output_file, overwrite=overwrite)


def _bring(
    desk: JobDesk, sampled: Asked, output: Output, *, wait_for_it: bool
) -> list[JobRecord] | None:
    """Wait for the bits, or say how to get them later and return nothing."""
    from neuroqgan.cli.jobs.display import summary, waiting
    from neuroqgan.jobs.completion import complete

    first = sampled.jobs[0]
    if sampled.reused:
        known = "sampled before" if sampled.complete else "asked for before"
        output.note(f"This was {known}, as job {first.short_id}; --fresh asks anew.")
    if sampled.complete:
        return sampled.jobs
    if not wait_for_it:
        for job in sampled.jobs:
            output.say(f"Job {job.id} on {job.backend}: {job.state}")
        output.say(f"Bring its spikes home with: neuroqgan jobs retrieve {first.short_id}")
        output.result(
            {
                "run": first.run,
                "backend": first.backend,
                "job": first.id,
                "state": first.state.value,
                "jobs": [summary(job) for job in sampled.jobs],
            }
        )
        _check_sent(sampled.jobs)
        return None
    return [complete(desk, job) for job in waiting(desk, sampled.jobs, output)]


def _check_sent(jobs: list[JobRecord]) -> None:
    """End with an error where nobody knows whether a job was made."""
    from neuroqgan.errors import UncertainError
    from neuroqgan.jobs.state import JobState

    for job in jobs:
        if job.state is JobState.UNCERTAIN:
            raise UncertainError(
                f"Job {job.short_id} was sent, and no answer came.",
                expected=f"an answer of {job.backend}",
                got="none; the service may have the job or not",
                hint=f"neuroqgan jobs recover {job.short_id}, which asks and sends nothing twice",
            )


@dataclass(frozen=True)
class _Finish:
    """The last steps of the whole job: judge, draw, say."""

    selection: Selection
    asked: RunConfig
    n_parameters: int
    started: float

    def __call__(
        self,
        desk: JobDesk,
        jobs: list[JobRecord],
        output: Output,
        output_file: Path | None,
        *,
        overwrite: bool,
    ) -> None:
        from neuroqgan.cli.showing import show_evaluation, show_readout
        from neuroqgan.data.formats import write_raster
        from neuroqgan.runs.readout import readout_report
        from neuroqgan.runs.sampling import collect
        from neuroqgan.runs.stages import draw_run, judge_run

        folder, split = self.selection.folder, self.selection.prepared.split
        raster_path, spikes = collect(desk, jobs, folder)
        raster = spikes.raster
        if output_file is not None:
            write_raster(output_file, raster, overwrite=overwrite)
        with output.progress.status("Judging against held-out windows ..."):
            evaluation = judge_run(
                folder, self.selection.prepared, raster, raster_path, self.asked.seed
            )
        with output.progress.status("Drawing ..."):
            pictures = draw_run(folder, self.selection.prepared, raster, evaluation)
        show_evaluation(output, split.held_out, raster, evaluation)
        if spikes.warning:
            output.note(f"Warning: {spikes.warning}")
        readout = readout_report(spikes, split.held_out)
        if readout is not None:
            show_readout(output, readout)
        seconds = round(time.monotonic() - self.started, 2)
        output.say(f"Run       {folder.name} ({self.n_parameters} parameters, {seconds:.0f} s)")
        output.say(f"Raster    {output_file or raster_path}")
        output.say(f"Pictures  {folder.figures_path}")
        output.result(
            {
                "run": folder.name,
                "folder": str(folder.path),
                "backend": jobs[0].backend,
                "job": jobs[0].id,
                "raster": str(output_file or raster_path),
                "samples": raster.n_samples,
                "parameters": self.n_parameters,
                "seconds": seconds,
                "pictures": [str(picture) for picture in pictures],
                "evaluation": evaluation.to_dict(),
                "readout": None if readout is None else readout.to_dict(),
            }
        )


def _stopped(folder: RunFolder, output: Output) -> NoReturn:
    click.echo(f"Stopped; the checkpoint is in {folder.path}.", err=True)
    click.echo(f"Go on with: neuroqgan train --name {folder.name} --resume", err=True)
    output.result({"run": folder.name, "folder": str(folder.path), "state": folder.state.value})
    raise click.exceptions.Exit(INTERRUPTED)
