"""``neuroqgan run`` and ``neuroqgan train``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from neuroqgan.cli.command import INTERRUPTED, Output, command
from neuroqgan.cli.options import build_config, check_output, sampling_options, training_options

if TYPE_CHECKING:
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
@training_options
@click.option(
    "--output",
    "output_file",
    type=click.Path(path_type=Path),
    metavar="FILE.npz",
    help="Also write the raster here.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --output.")
@click.option("--dry-run", is_flag=True, help="Only say what the samples take on a device.")
@command
def run(
    output: Output,
    config_file: Path | None,
    output_file: Path | None,
    overwrite: bool,
    dry_run: bool,
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
        neuroqgan run --config run.toml --json > result.json

    A run of that name that is trained already is reused, an unfinished one is finished first.
    With a reused run --seed chooses the samples. Everything is kept in the run's folder; see
    neuroqgan runs show.
    """
    from neuroqgan.backends.registry import resolve
    from neuroqgan.cli.showing import sample_with_progress, show_evaluation
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.data.formats import write_raster
    from neuroqgan.runs.selection import select_for_run
    from neuroqgan.runs.stages import draw_run, judge_run
    from neuroqgan.runs.store import RunStore

    started = time.monotonic()
    check_output(output_file, overwrite)
    asked = build_config(config_file, flags)
    resolve(asked.backend)
    selection = select_for_run(RunStore(), asked)
    if dry_run:
        _dry_run(selection, asked, output)
        return
    folder, prepared = selection.folder, selection.prepared
    generator = train_with_progress(selection, output)
    if generator is None:
        _stopped(folder, output)
    raster_path, raster = sample_with_progress(folder, generator, asked, output)
    if output_file is not None:
        write_raster(output_file, raster, overwrite=overwrite)
    with output.progress.status("Judging against held-out windows ..."):
        evaluation = judge_run(folder, prepared, raster, raster_path, asked.seed)
    with output.progress.status("Drawing ..."):
        pictures = draw_run(folder, prepared, raster, evaluation)
    show_evaluation(output, prepared.split.held_out, raster, evaluation)
    seconds = round(time.monotonic() - started, 2)
    output.say(f"Run       {folder.name} ({generator.n_parameters} parameters, {seconds:.0f} s)")
    output.say(f"Raster    {output_file or raster_path}")
    output.say(f"Pictures  {folder.figures_path}")
    output.result(
        {
            "run": folder.name,
            "folder": str(folder.path),
            "backend": asked.backend,
            "raster": str(output_file or raster_path),
            "samples": raster.n_samples,
            "parameters": generator.n_parameters,
            "seconds": seconds,
            "pictures": [str(picture) for picture in pictures],
            "evaluation": evaluation.to_dict(),
        }
    )


def _dry_run(selection: Selection, asked: RunConfig, output: Output) -> None:
    from neuroqgan.runs.planning import estimate_run
    from neuroqgan.runs.stages import generator_spec

    windows = selection.prepared.split.train
    spec = generator_spec(selection.config, windows.n_neurons, windows.bin_width)
    planned = estimate_run(spec, asked.backend, asked.samples, max_tiles=asked.tiles)
    output.say(f"{asked.samples} samples of {selection.folder.name} on {asked.backend}")
    for label, text in planned.lines():
        output.say(f"{label:<12}{text}")
    output.result(
        {"run": selection.folder.name, "backend": asked.backend, "plan": planned.to_dict()}
    )


def _stopped(folder: RunFolder, output: Output) -> NoReturn:
    click.echo(f"Stopped; the checkpoint is in {folder.path}.", err=True)
    click.echo(f"Go on with: neuroqgan train --name {folder.name} --resume", err=True)
    output.result({"run": folder.name, "folder": str(folder.path), "state": folder.state.value})
    raise click.exceptions.Exit(INTERRUPTED)
