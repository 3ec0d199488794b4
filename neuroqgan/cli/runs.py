"""``neuroqgan runs``: trained generators and what was sampled from them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from neuroqgan.cli.command import Output, ask, command, raise_all
from neuroqgan.errors import NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_Value = TypeVar("_Value")


@click.group()
def runs() -> None:
    """List, show and remove runs, and list pretrained weights.

    A run is a folder that holds a trained generator with its settings, rasters and figures.

    \b
    Examples:
        neuroqgan runs list
        neuroqgan runs pretrained
        neuroqgan runs show mine
        neuroqgan runs remove mine
    """


@runs.command("list")
@command
def list_runs(output: Output) -> None:
    """List all runs with their state, generator and evaluation.

    The ratios are the lowest and the highest over all statistics; 1 = as close to held-out data as
    the training data are. C2ST is the accuracy of a classifier that tries to distinguish generated
    from recorded windows; 0.5 is chance. Beside the preset are the covariates that drive the
    generator. --json lists the ratio of every statistic.

    \b
    Examples:
        neuroqgan runs list
        neuroqgan runs list --json
    """
    from neuroqgan.runs.overview import run_rows
    from neuroqgan.runs.store import RunStore

    store = RunStore()
    rows = run_rows(store)
    for problem in (problem for row in rows for problem in row.problems):
        output.note(f"Warning: {problem}")
    output.result([row.to_dict() for row in rows])
    if not rows:
        output.say(f"There are no runs in {store.root}. Create one with: neuroqgan run")
        return
    from rich.table import Table

    headings = ("run", "state", "preset", "seed", "neurons", "weights", "ratios", "C2ST")
    table = Table(*headings, box=None, header_style="bold", collapse_padding=True, pad_edge=False)
    for column in table.columns[1:]:
        column.no_wrap = True
    # A name is needed whole, to be typed; on a narrow terminal it goes on in the next line.
    table.columns[0].overflow = "fold"
    for row in rows:
        preset = ", ".join(filter(None, (row.preset, *(row.covariates or ()))))
        known = (preset or None, row.seed, row.neurons, row.parameters)
        words = ("-" if value is None else str(value) for value in known)
        table.add_row(row.run, row.state, *words, _span(row.ratios), _figure(row.c2st, ".2f"))
    output.tables.print(table)


def _span(ratios: Mapping[str, float | None]) -> str:
    """Return the lowest and the highest ratio of an evaluation."""
    known = [ratio for ratio in ratios.values() if ratio is not None]
    return f"{min(known):.2g} to {max(known):.2g}" if known else "-"


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


@runs.command()
@command
def pretrained(output: Output) -> None:
    """List the pretrained weights that come with the package, with their evaluation.

    \b
    Examples:
        neuroqgan runs pretrained
        neuroqgan run --pretrained salamander-10

    The columns from rate to lag-1 are ratios: 1 = as close to held-out data as the training data
    are. C2ST is the accuracy of a classifier that tries to distinguish generated from recorded
    windows; 0.5 is chance.
    """
    from dataclasses import asdict

    from neuroqgan.evaluation.statistics.statistic_registry import model_columns
    from neuroqgan.runs.pretrained import available

    weights = available()
    output.result([asdict(entry) for entry in weights])
    if output.quiet:
        return
    from rich.table import Table

    shown = [name for name in model_columns() if name != "inter_spike_interval"]
    headings = ("name", "preset", "params", *(model_columns()[name] for name in shown), "C2ST")
    table = Table(*headings, box=None, header_style="bold")
    for column in table.columns:
        column.no_wrap = True
    for entry in weights:
        figures = entry.figures
        ratios = (f"{figures['ratios'][name]:.2g}" for name in shown)
        size = str(figures["n_parameters"])
        table.add_row(entry.name, entry.preset, size, *ratios, f"{figures['c2st']:.3f}")
    output.tables.print(table)


@runs.command()
@click.argument("run")
@command
def show(output: Output, run: str) -> None:
    """Show the settings, seeds, versions, rasters and evaluation of a run.

    \b
    Example:
        neuroqgan runs show mine

    The SHA-256 of a recording is that of the spikes of its chosen neurons, wherever the file is.
    neuroqgan run --replay repeats a run from what is shown here.
    """
    from dataclasses import asdict

    from neuroqgan.cli.provenance_lines import provenance_lines, raster_words
    from neuroqgan.models.loading import load_generator
    from neuroqgan.models.sizes import summary
    from neuroqgan.runs.folder import RunState
    from neuroqgan.runs.sampled import how_sampled
    from neuroqgan.runs.store import RunStore

    folder = RunStore().get(run)
    problems: list[NeuroqganError] = []
    config = _read(folder.config, problems)
    provenance = _read(folder.provenance, problems)
    evaluation = _read(folder.read_evaluation, problems)
    trained_on, labels = _read(folder.trained_on, problems), folder.labels()
    is_trained = folder.state is RunState.TRAINED
    generator = _read(partial(load_generator, folder.generator_path), []) if is_trained else None
    rasters = sorted(folder.rasters_path.glob("*.npz"))
    sampled = {path.name: _read(partial(how_sampled, folder, path), []) for path in rasters}
    output.result(
        {
            "run": folder.name,
            "folder": str(folder.path),
            "state": folder.state.value,
            "config": None if config is None else config.model_dump(),
            "provenance": provenance,
            "labels": list(labels),
            "covariates": None if trained_on is None else trained_on.covariates.to_dict(),
            "rasters": [str(path) for path in rasters],
            "sampled": {
                name: None if how is None else asdict(how) for name, how in sampled.items()
            },
            "evaluation": None if evaluation is None else folder.evaluation(),
        }
    )
    output.say(f"{folder.name} ({folder.state}) in {folder.path}")
    if provenance is not None:
        output.say(f"created {provenance.get('created', 'at an unknown time')}")
        for line in provenance_lines(provenance):
            output.say(line)
        output.say("")
    if config is not None:
        output.say(config.to_toml())
    if trained_on is not None and trained_on.covariates.names:
        output.say(f"covariates {trained_on.covariates.found}")
    if generator is not None:
        output.say(f"generator {summary(generator)}")
    if labels:
        output.say(f"neurons {', '.join(labels)}")
    for path in rasters:
        output.say(f"raster {path}{raster_words(sampled[path.name])}")
    if evaluation is not None and not output.quiet:
        from neuroqgan.evaluation.table import evaluation_table

        output.tables.print(evaluation_table(evaluation))
    raise_all(problems)


def _read(read: Callable[[], _Value], problems: list[NeuroqganError]) -> _Value | None:
    """Read a part of a run; if that fails, note the problem."""
    try:
        return read()
    except NeuroqganError as error:
        problems.append(error)
        return None


@runs.command()
@click.argument("run")
@click.option("--yes", is_flag=True, help="Delete without asking for confirmation.")
@command
def remove(output: Output, run: str, yes: bool) -> None:
    """Delete a run with its weights, rasters and figures.

    \b
    Example:
        neuroqgan runs remove mine --yes
    """
    from neuroqgan.runs.store import RunStore

    store = RunStore()
    folder = store.get(run)
    if not yes:
        ask(f"Delete {folder.path} and everything in it?")
    store.remove(run)
    output.say(f"Removed {folder.path}")
    output.result({"run": run, "removed": str(folder.path)})
