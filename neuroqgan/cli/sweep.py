"""``neuroqgan sweep``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.cluster_options import cluster_options
from neuroqgan.cli.command import INTERRUPTED, Output, command
from neuroqgan.cli.grouped_option import GroupedOption
from neuroqgan.cli.option_groups import GroupedCommand
from neuroqgan.cli.output_file import TABLE, check_output
from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from neuroqgan.runs.sweep.sweep import Sweep

_search = partial(click.option, cls=GroupedOption, group="Search")
_in_group = partial(click.option, cls=GroupedOption)


@click.command(cls=GroupedCommand)
@click.argument("file", metavar="SWEEP.toml", type=click.Path(path_type=Path))
@_search(
    "--method",
    metavar="grid|random|optuna",
    help="How points are chosen: every combination, some at random, or by Optuna from what was "
    "found so far. [grid]",
)
@_search(
    "--n-trials",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of points, for random and optuna; a higher one adds points later. [20]",
)
@_search(
    "--objective",
    metavar="judge|likelihood|energy",
    help="What decides, on validation trials: accuracy of the worst judge (lower is better), log "
    "likelihood in bits per spike (higher), or energy distance (lower; the fastest). [judge]",
)
@_search(
    "--seed",
    type=click.IntRange(min=0),
    help="Seed of the choice of points; that of the trainings is a key of the file. [0]",
)
@_search("--retry", is_flag=True, help="Try points again that have failed three times.")
@cluster_options
@_in_group(
    "--print-array",
    is_flag=True,
    group="Workers",
    help="Print a script for sbatch, each task of which trains one of the missing points.",
)
@_in_group(
    "--point",
    type=click.IntRange(min=0),
    metavar="N",
    group="Workers",
    help="Train this point alone, in this process, as the tasks of --print-array do.",
)
@_in_group("--dry-run", is_flag=True, group="Output", help="Only list the points.")
@_in_group("--show", is_flag=True, group="Output", help="Only show the table; train nothing.")
@_in_group(
    "--name",
    metavar="NAME",
    group="Output",
    help="Name of the sweep; its runs are called NAME-0 and so on. [name of the file]",
)
@_in_group(
    "--output",
    "output_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    group="Output",
    help="Also write the table to this file, .csv or .json.",
)
@_in_group("--overwrite", is_flag=True, group="Output", help="Replace the file of --output.")
@command
def sweep(
    output: Output,
    file: Path,
    retry: bool,
    cluster: str | None,
    workers: int | None,
    print_array: bool,
    point: int | None,
    dry_run: bool,
    show: bool,
    name: str | None,
    output_file: Path | None,
    overwrite: bool,
    **choices: Any,
) -> None:
    """Train over a grid of settings, and show which of them are best.

    \b
    Examples:
        neuroqgan sweep sweep.toml --dry-run
        neuroqgan sweep sweep.toml --workers 2
        neuroqgan sweep sweep.toml --objective likelihood --output table.csv
        neuroqgan sweep sweep.toml --method optuna --n-trials 40
        neuroqgan sweep sweep.toml --cluster slurm --workers 50
        neuroqgan sweep sweep.toml --print-array > array.sh

    The file has the keys of a configuration, as neuroqgan config show prints them, and below them a
    table [grid] of keys with lists of values, such as learning_rate = [0.01, 0.03]. Seeds and
    neurons are keys like any other.

    Every point is an ordinary run, which runs list, evaluate, report and train --resume know.
    Points are compared on validation trials: every fifth trial of the half to train on is left out
    of the training (the key validation_every). The held-out trials, which judge the run that you
    choose in the end, have no say.

    The same command again goes on with what is missing; a finished point is never trained twice,
    and one that has failed is tried three times. Results do not depend on the number and kind of
    workers. Table and pictures are kept in the folder of the sweep. The exit code is 1 if points
    have failed, and 3 if --show finds some that are missing.
    """
    from neuroqgan.cli.sweep_output import list_points, print_script, show_table
    from neuroqgan.runs.sweep.sweep import Sweep
    from neuroqgan.runs.sweep.sweep_file import read_sweep
    from neuroqgan.workers.cluster_registry import DEFAULT_CLUSTER, find_cluster

    modes = {"point": point is not None, "print_array": print_array}
    modes |= {"dry_run": dry_run, "show": show}
    _check_modes(modes)
    check_output(output_file, overwrite, TABLE)
    find_cluster(cluster or DEFAULT_CLUSTER)
    found = Sweep.of(read_sweep(file), name, choices)
    if point is not None:
        _train_one(found, point, output)
        return
    if dry_run:
        list_points(found, output)
        return
    if print_array:
        print_script(found, workers, output, retry=retry)
        return
    if not show:
        with found.folder.locked():
            _train_missing(found, cluster, workers, output, retry=retry)
    show_table(found, output, output_file, overwrite=overwrite)


def _check_modes(modes: dict[str, bool]) -> None:
    """Refuse two of the options that each ask for something else."""
    asked = [f"`{key}`" for key, is_asked in modes.items() if is_asked]
    if len(asked) > 1:
        raise ConfigError(
            f"{asked[0]} and {asked[1]} ask for different things.",
            expected="one of --point, --print-array, --dry-run and --show",
            got=" and ".join(asked),
            hint=f"{asked[0]} alone",
        )


def _train_one(found: Sweep, point: int, output: Output) -> None:
    """Train one point in this process, as a task of an array does."""
    from neuroqgan.runs.sweep.point_training import PointState, train_point

    found.check_point(point)
    found.check_points([point])
    found.begin()
    outcome = train_point(found.task(point))
    run = found.run_name(point)
    output.result(
        {"point": point, "run": run, "state": outcome.state.value, "value": outcome.value}
    )
    if outcome.state is PointState.DONE:
        output.say(f"Point {point} is done: {run}, {found.objective.title} {outcome.value:.4g}")
        return
    if outcome.state is PointState.FAILED:
        echo(f"Error: Point {point} has failed. {outcome.error}", err=True)
        raise click.exceptions.Exit(1)
    if outcome.state is PointState.BUSY:
        output.note(f"Another process is working on {run}.")
        raise click.exceptions.Exit(3)
    echo(f"Stopped; the same command continues {run}.", err=True)
    raise click.exceptions.Exit(INTERRUPTED)


def _train_missing(
    found: Sweep, cluster: str | None, workers: int | None, output: Output, *, retry: bool
) -> None:
    """Train what is missing, with a progress bar."""
    from neuroqgan.cli.sweep_output import sweep_bar
    from neuroqgan.runs.sweep.going_through import go_through
    from neuroqgan.workers.cluster_registry import DEFAULT_CLUSTER, open_executor

    with output.progress.status("Checking the points ..."):
        missing = found.check()
    if missing == 0 and not found.method.is_adaptive:
        output.note(f"All points of the sweep {found.name} are done.")
    found.begin()
    try:
        with (
            sweep_bar(found, output) as listener,
            open_executor(
                cluster or DEFAULT_CLUSTER, workers, folder=found.folder.path / "tasks"
            ) as executor,
        ):
            go_through(found, executor, listener, retries=retry)
    except KeyboardInterrupt:
        echo("Stopped; unfinished points keep their checkpoints.", err=True)
        echo("The same command goes on.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
