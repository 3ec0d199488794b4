"""``neuroqgan run`` and ``neuroqgan train``."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from neuroqgan.cli.command import INTERRUPTED, Output, account_option, command
from neuroqgan.cli.options import (
    build_config,
    check_output,
    pretrained_option,
    sampling_options,
    training_options,
)
from neuroqgan.cli.streams import echo

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.jobs.context import JobDesk
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.models.base import Generator
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
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
    _tell(selection, output)
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
@pretrained_option
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
@account_option
@command
def run(
    output: Output,
    config_file: Path | None,
    pretrained: str | None,
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
        neuroqgan run --pretrained salamander-10 --samples 5000
        neuroqgan run --name mine --samples 10000 --sample-seed 7 --output more.npz
        neuroqgan run --name mine --backend fake_brisbane --samples 1000 --dry-run
        neuroqgan run --name mine --backend fake_brisbane --samples 1000
        neuroqgan run --name mine --backend ibm_fez --samples 1000 --mitigate readout
        neuroqgan run --config run.toml --json > result.json

    A trained run of that name is reused, and an unfinished one is finished first. --sample-seed
    chooses the samples; so does --seed if you name a trained run and give no flag about training.
    A recording that has moved is recognised by its spikes; without it samples are not judged.
    Everything is kept in the run's folder; see neuroqgan runs show. --pretrained uses weights that
    come with the package instead of training; their raster is judged if --data gives the
    recording.

    On an IBM device the command shows what it will cost, asks, sends a job and returns; fetch the
    spikes with neuroqgan jobs retrieve, or wait for them with --wait. The same request is not paid
    for twice unless you give --fresh. A raster whose bins depend on earlier spikes takes one job
    per bin: --wait goes through all of them; without it, repeat the command to go on bin by bin,
    with exit code 3 until the raster is complete.
    """
    from neuroqgan.backends.registry import resolve
    from neuroqgan.cli.finishing import judge_and_draw
    from neuroqgan.cli.hardware import agree, check_options, is_charged, note_options, show_plan
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.data.save import save
    from neuroqgan.jobs.context import JobDesk
    from neuroqgan.runs.blocks import check_bins, settle_bins
    from neuroqgan.runs.folder import RunState
    from neuroqgan.runs.selection import select_for_run, select_pretrained
    from neuroqgan.runs.stages import generator_spec
    from neuroqgan.runs.store import RunStore

    started = time.monotonic()
    check_output(output_file, overwrite)
    asked = build_config(config_file, flags)
    selection = (
        select_for_run(RunStore(), asked)
        if pretrained is None
        else select_pretrained(RunStore(), pretrained, asked)
    )
    _tell(selection, output)
    asked = asked.for_sampling()
    spec = generator_spec(selection.config, selection.n_neurons, selection.bin_width)
    check_bins(spec, asked.bins_per_job)
    backend = resolve(
        asked.backend, fractional_gates=asked.fractional_gates, min_qubits=spec.cell_qubits
    )
    check_options(asked, backend)
    if dry_run:
        show_plan(selection, asked, backend, output)
        return
    note_options(asked, backend, output)
    desk, folder = JobDesk(), selection.folder
    desk.store.check_writable()
    asked = settle_bins(desk, folder.name, spec, asked, backend, fresh=fresh)
    spends = is_charged(backend)
    is_trained = folder.state is RunState.TRAINED
    if spends and not is_trained:
        agree(selection, asked, backend, output, yes=yes)
    generator = train_with_progress(selection, output)
    if generator is None:
        _stopped(folder, output)
    ask = partial(agree, selection, asked, backend, output, yes=yes)
    jobs = _sample(
        desk,
        folder.name,
        generator,
        asked,
        backend,
        output,
        fresh=fresh,
        wait_for_it=wait_for_it,
        agreed=ask if spends and is_trained else _agreed_before,
    )
    if jobs is None:
        if output_file is not None:
            output.note(f"{output_file} is not written yet: the spikes have not arrived.")
        return
    done = judge_and_draw(desk, jobs, selection, asked.seed, output)
    if output_file is not None:
        save(output_file, done.raster, overwrite=overwrite)
    raster = str(output_file or done.raster_path)
    seconds = round(time.monotonic() - started, 2)
    output.say(f"Run       {folder.name} ({generator.n_parameters} parameters, {seconds:.0f} s)")
    output.say(f"Raster    {raster}")
    if done.pictures:
        output.say(f"Pictures  {folder.figures_path}")
    output.result(
        {
            "run": folder.name,
            "folder": str(folder.path),
            "backend": backend.name,
            "job": jobs[0].id,
            "raster": raster,
            "samples": done.raster.n_samples,
            "parameters": generator.n_parameters,
            "seconds": seconds,
            **done.to_dict(),
        }
    )


def _sample(
    desk: JobDesk,
    name: str,
    generator: Generator,
    asked: RunConfig,
    backend: Any,
    output: Output,
    *,
    fresh: bool,
    wait_for_it: bool,
    agreed: Callable[[], None],
) -> list[JobRecord] | None:
    """Return the jobs that brought a raster, or None where they are under way."""
    from neuroqgan.cli.finishing import bring
    from neuroqgan.cli.showing import sampling_bar
    from neuroqgan.cli.walking import walk
    from neuroqgan.models.rounds import takes_rounds
    from neuroqgan.runs.sampling import is_unsent, known_jobs, request_raster, sample_run
    from neuroqgan.runs.walk import RasterWalk

    if takes_rounds(generator):
        bins = asked.bins_per_job or 1
        raster = RasterWalk(desk, name, generator, asked, backend, fresh=fresh, bins_per_job=bins)
        return walk(desk, raster, output, agree=agreed, wait_for_it=wait_for_it)
    request = request_raster(name, generator, asked, backend.name)
    known = [] if fresh else known_jobs(desk, request)
    if is_unsent(desk, known):
        agreed()
    total = request.program.n_executions
    with sampling_bar(output, total, backend.name) as on_progress:
        sampled = sample_run(
            desk, request, backend, known=known, fresh=fresh, on_progress=on_progress
        )
    return bring(desk, sampled, output, wait_for_it=wait_for_it)


def _tell(selection: Selection, output: Output) -> None:
    """Say what was assumed, and what a run that is there makes of what is asked."""
    for note in selection.notes:
        output.note(note)


def _agreed_before() -> None:
    """There is nothing to pay, or it was agreed to before the training."""


def _stopped(folder: RunFolder, output: Output) -> NoReturn:
    echo(f"Stopped; the checkpoint is in {folder.path}.", err=True)
    echo(f"Continue with: neuroqgan train --name {folder.name} --resume", err=True)
    output.result({"run": folder.name, "folder": str(folder.path), "state": folder.state.value})
    raise click.exceptions.Exit(INTERRUPTED)
