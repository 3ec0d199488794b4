"""``neuroqgan run`` and ``neuroqgan train``."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from neuroqgan.cli.cluster_options import cluster_options, shared_run, shared_training
from neuroqgan.cli.command import INTERRUPTED, Output, account_option, command
from neuroqgan.cli.grouped_option import GroupedOption
from neuroqgan.cli.hardware_options import hardware_options
from neuroqgan.cli.option_groups import GroupedCommand
from neuroqgan.cli.options import (
    config_from_options,
    following_options,
    pretrained_option,
    sampling_options,
    training_options,
)
from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.selection import Selection

_in_group = partial(click.option, cls=GroupedOption)


@click.command(cls=GroupedCommand)
@training_options
@_in_group("--resume", is_flag=True, group="Training", help="Continue an unfinished run.")
@following_options
@cluster_options
@command
def train(
    output: Output,
    config_file: Path | None,
    resume: bool,
    watch: bool,
    tracker: str | None,
    cluster: str | None,
    workers: int | None,
    **given: Any,
) -> None:
    """Train a generator and keep it as a run.

    \b
    Examples:
        neuroqgan train --data recording.npz --neurons 0:10 --name mine
        neuroqgan train --name mine --resume --watch
        neuroqgan train --name mine --tracker tensorboard
        neuroqgan train --preset spiqgan --steps 400 --seed 3
        neuroqgan train --gradient parameter-shift --neurons 0:6 --bins 8 --workers 4
        neuroqgan train --data recording.npz --covariates stimulus.csv --name seen

    By default, training trials that were left out of an estimate decide whether the generator is
    to know the time in the trial, and the command says what they show. --covariates none trains
    without it; --covariates FILE gives it what was recorded beside the spikes.

    Ctrl-C saves a checkpoint; --resume continues from it, bit for bit.

    --workers and --cluster share the circuits of a step whose gradient comes from shots. Several
    seeds, subsets of neurons or settings are trained side by side by neuroqgan sweep.
    """
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.models.sizes import weights_in_words
    from neuroqgan.runs.selection import select_for_training
    from neuroqgan.runs.store import RunStore
    from neuroqgan.training.trackers.tracker_registry import open_tracker

    started = time.monotonic()
    asked = config_from_options(config_file, given)
    selection = select_for_training(RunStore(), asked, resume=resume)
    _tell(selection, output)
    folder = selection.folder
    sharing = shared_training(selection.config, cluster, workers, output)
    with open_tracker(tracker, folder.path) as tracking, sharing:
        generator = train_with_progress(selection, output, watch=watch, tracking=tracking)
    if generator is None:
        _stopped(folder, output)
    output.say(f"Trained {folder.name}: {weights_in_words(generator)}, in {folder.path}")
    output.say(f"Sample it with: neuroqgan run --name {folder.name}")
    output.result(
        {
            "run": folder.name,
            "folder": str(folder.path),
            "parameters": generator.n_parameters,
            "covariates": folder.trained_on().covariates.to_dict(),
            "seconds": round(time.monotonic() - started, 2),
        }
    )


@click.command(cls=GroupedCommand, short_help="Train or reuse a run, then sample, judge and draw.")
@pretrained_option
@sampling_options
@hardware_options
@training_options
@following_options
@_in_group(
    "--output",
    "output_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    group="Output",
    help="Also write the raster to this file, such as spikes.npz or spikes.nwb.",
)
@_in_group(
    "--overwrite", is_flag=True, group="Output", help="Replace the file of --output or --picture."
)
@_in_group(
    "--replay",
    metavar="RUN",
    group="Training",
    help="Train and sample a run again from what it kept, as a new run, and compare the rasters.",
)
@_in_group(
    "--kept-weights",
    is_flag=True,
    group="Training",
    help="With --replay: sample with the weights that the run kept instead of training again.",
)
@cluster_options
@account_option
@command
def run(
    output: Output,
    config_file: Path | None,
    pretrained: str | None,
    output_file: Path | None,
    overwrite: bool,
    dry_run: bool,
    asks_service: bool,
    picture: Path | None,
    yes: bool,
    wait_for_it: bool,
    fresh: bool,
    watch: bool,
    tracker: str | None,
    replay: str | None,
    kept_weights: bool,
    cluster: str | None,
    workers: int | None,
    **given: Any,
) -> None:
    """Train or reuse a run, sample a raster, judge it and draw pictures.

    \b
    Examples:
        neuroqgan run --backend aer
        neuroqgan run --data recording.mat --bin-width 0.02 --neurons 0:10 --name mine
        neuroqgan run --pretrained salamander-10 --samples 5000
        neuroqgan run --name mine --samples 10000 --sample-seed 7 --output more.npz
        neuroqgan run --name mine --backend fake_brisbane --samples 1000 --dry-run
        neuroqgan run --name mine --backend fake_brisbane --dry-run --picture map.png
        neuroqgan run --name mine --backend fake_brisbane --samples 1000
        neuroqgan run --name mine --backend fake_brisbane --samples 100000 --workers 16
        neuroqgan run --name mine --backend ibm_fez --samples 1000 --dry-run --ask-service
        neuroqgan run --name mine --backend ibm_fez --samples 1000 --mitigate readout
        neuroqgan run --config run.toml --json > result.json
        neuroqgan run --data recording.npz --covariates stimulus.csv --name seen
        neuroqgan run --name seen --covariates other.csv --trials 20
        neuroqgan run --replay mine

    A trained run of that name is reused, and an unfinished one is finished first. --sample-seed
    chooses the samples; so does --seed if you name a trained run and give no option that concerns
    training. A recording that has moved is recognised by its spikes; without it the samples are
    not judged. Everything is kept in the run's folder; see neuroqgan runs show. --pretrained uses
    weights that come with the package instead of training; their raster is judged if --data gives
    the recording.

    If covariates such as the time in the trial drive the generator, samples are windows at random
    places of the trials, and --trials gives whole trials. With --covariates FILE a trained run that
    is named answers to other covariates with the same columns, in trials of any length.

    On an IBM device the command shows what the raster will cost, asks, sends a job and returns;
    it sends nothing that takes more time than --max-qpu-seconds or the instance's allowance;
    fetch the spikes with neuroqgan jobs retrieve, or wait for them with --wait. Identical requests
    are reused and not billed again; --fresh resubmits them. If each time bin depends on earlier
    spikes, a raster takes one job per bin: --wait goes through all of them; without it, repeat the
    command, which ends with exit code 3 until the raster is complete.

    --workers and --cluster share the simulated circuits of a raster, or of a training step whose
    gradient comes from shots; the spikes are the same.

    --replay repeats a run from the settings, the recording and the seeds that it kept, and says
    whether the new raster is the same, bit for bit; the exit code is 1 if not. It refuses a
    recording that has changed, and warns of other versions of packages.
    """
    from neuroqgan.backends.registry import resolve
    from neuroqgan.cli.device_picture import check_outputs, write_picture
    from neuroqgan.cli.hardware import agree, check_options, is_charged, note_options, show_plan
    from neuroqgan.cli.judging import judge_and_draw
    from neuroqgan.cli.raster_walk import walk_raster
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.data.save import save_about
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.models.sizes import weights_in_words
    from neuroqgan.runs.folder import RunState
    from neuroqgan.runs.raster_provenance import provenance_of
    from neuroqgan.runs.samples import wanted_samples
    from neuroqgan.runs.selection import select_for_run, select_pretrained
    from neuroqgan.runs.stages import untrained
    from neuroqgan.runs.store import RunStore
    from neuroqgan.sampling.bins_per_job import choose_bins_per_job
    from neuroqgan.sampling.order import check_bins_per_job
    from neuroqgan.sampling.plans import check_room
    from neuroqgan.sampling.walk import RasterWalk
    from neuroqgan.training.trackers.tracker_registry import open_tracker

    if replay is not None or kept_weights:
        others = {"config": config_file, "pretrained": pretrained, "output": output_file}
        flags = {"overwrite": overwrite, "dry_run": dry_run, "yes": yes, "fresh": fresh}
        flags |= {"wait": wait_for_it, "ask_service": asks_service}
        flags |= {"picture": picture is not None}
        where = {"cluster": cluster, "workers": workers}
        _replay(output, replay, kept_weights, given | others | flags | where)
        return
    if asks_service and not dry_run:
        raise ConfigError(
            "The service is asked for an estimate only before anything is sent.",
            expected="--dry-run beside --ask-service",
            got="--ask-service alone",
            hint="--dry-run --ask-service",
        )
    started = time.monotonic()
    check_outputs(output_file, picture, overwrite, dry_run=dry_run)
    asked = config_from_options(config_file, given)
    selection = (
        select_for_run(RunStore(), asked)
        if pretrained is None
        else select_pretrained(RunStore(), pretrained, asked)
    )
    _tell(selection, output)
    asked, folder = asked.for_sampling(), selection.folder
    planned = untrained(
        selection.config, selection.n_neurons, selection.bin_width, selection.covariate_spec
    )
    samples = wanted_samples(selection, planned, asked)
    source, order = samples.source(planned), samples.order(asked, folder.name)
    check_bins_per_job(source, order)
    backend = resolve(
        asked.backend, fractional_gates=asked.fractional_gates, min_qubits=source.qubits_needed()
    )
    check_options(asked, backend)
    check_room(source, backend, order.placement)
    if dry_run:
        chip = show_plan(source, order, backend, output, asks_service=asks_service).chip
        if picture is not None and chip is not None:
            labels = None if selection.prepared is None else selection.prepared.labels
            write_picture(chip, labels, picture, output, overwrite=overwrite)
        return
    note_options(asked, backend, output)
    context = JobContext()
    context.store.check_writable()
    order = choose_bins_per_job(context, source, order, backend, fresh=fresh)
    ask = partial(agree, source, order, backend, output, yes=yes)
    is_trained = folder.state is RunState.TRAINED
    if is_charged(backend) and not is_trained:
        ask()
    enter = click.get_current_context().with_resource
    tracking = enter(open_tracker(tracker, folder.path))
    trains = None if is_trained else selection.config
    enter(shared_run(backend, trains, cluster, workers, output))
    generator = train_with_progress(selection, output, watch=watch, tracking=tracking)
    if generator is None:
        _stopped(folder, output)
    walk = RasterWalk(context, samples.source(generator), order, backend, fresh=fresh)
    asks = is_charged(backend) and is_trained
    jobs = walk_raster(
        context,
        walk,
        output,
        agree=partial(ask, walk=walk) if asks else _agreed_before,
        wait_for_it=wait_for_it,
        keep=partial(samples.keep, folder, selection.bin_width),
    )
    if jobs is None:
        if output_file is not None:
            output.note(f"{output_file} is not written yet: the spikes have not arrived.")
        return
    done = judge_and_draw(context, jobs, selection, asked.seed, output)
    if done.evaluation is not None:
        tracking.evaluation(done.evaluation, done.pictures)
    if output_file is not None:
        origin = provenance_of(context, folder, jobs)
        save_about(output_file, done.raster, origin, overwrite=overwrite)
    raster = str(output_file or done.raster_path)
    seconds = round(time.monotonic() - started, 2)
    output.say(f"Run       {folder.name} ({weights_in_words(generator)}, {seconds:.0f} s)")
    output.say(f"Raster    {raster}")
    if done.pictures:
        output.say(f"Pictures  {folder.figures_path}")
    if done.page:
        output.say(f"Page      {done.page}")
    output.result(
        {
            "run": folder.name,
            "folder": str(folder.path),
            "backend": backend.name,
            "job": jobs[0].id,
            "raster": raster,
            "samples": done.raster.n_samples,
            "parameters": generator.n_parameters,
            "covariates": folder.trained_on().covariates.to_dict(),
            "seconds": seconds,
            **done.to_dict(),
        }
    )


def _replay(output: Output, name: str | None, kept_weights: bool, given: dict[str, Any]) -> None:
    """Repeat a run; nothing else can be asked for beside it but a name."""
    from neuroqgan.cli.replay import refuse_others, replay_run
    from neuroqgan.runs.config_file import build_config

    if name is None:
        raise ConfigError(
            "Kept weights are used to replay a run, and none is named.",
            expected="`replay = RUN` beside `kept_weights`",
            got="`kept_weights` alone",
            hint="add `replay = RUN`; to sample a trained run, give its `name` alone",
        )
    new_name = given.pop("name")
    refuse_others(given)
    build_config({} if new_name is None else {"name": new_name})
    replay_run(output, name, new_name, kept_weights=kept_weights)


def _tell(selection: Selection, output: Output) -> None:
    """Say what was assumed, and how what was asked for applies to an existing run."""
    for note in selection.notes:
        output.note(note)


def _agreed_before() -> None:
    """There is nothing to pay, or it was agreed to before the training."""


def _stopped(folder: RunFolder, output: Output) -> NoReturn:
    echo(f"Stopped; the checkpoint is in {folder.path}.", err=True)
    echo(f"Continue with: neuroqgan train --name {folder.name} --resume", err=True)
    output.result({"run": folder.name, "folder": str(folder.path), "state": folder.state.value})
    raise click.exceptions.Exit(INTERRUPTED)
