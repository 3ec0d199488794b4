"""What ``neuroqgan sweep`` shows: points, progress, the table and the pictures."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConfigError, NotReadyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from neuroqgan.cli.command import Output
    from neuroqgan.runs.sweep.going_through import Listener
    from neuroqgan.runs.sweep.point_training import PointOutcome
    from neuroqgan.runs.sweep.sweep import Sweep
    from neuroqgan.runs.sweep.sweep_table import SweepRow

_MOST_ROWS = 40


def list_points(sweep: Sweep, output: Output) -> None:
    """List the points of a sweep and where they stand."""
    from neuroqgan.runs.sweep.sweep_table import sweep_rows

    points = sweep.points()
    sweep.check_points(points)
    rows = sorted(sweep_rows(sweep, points), key=lambda row: points.index(row.point))
    output.result(
        {
            "sweep": sweep.name,
            "folder": str(sweep.folder.path),
            "method": sweep.method.name,
            "n_trials": sweep.n_trials,
            "combinations": sweep.file.n_points,
            "points": [row.to_dict() for row in rows],
        }
    )
    output.say(_headline(sweep))
    if sweep.method.is_adaptive:
        output.say(f"{len(points)} of them are chosen so far; the others depend on what is found.")
    _print_rows(rows, sweep, output)


def print_script(sweep: Sweep, workers: int | None, output: Output, *, retry: bool) -> None:
    """Print a script for sbatch, for the points that are missing."""
    from neuroqgan.atomic import make_folder
    from neuroqgan.runs.sweep.array_script import USUAL_LIMIT, array_script
    from neuroqgan.runs.sweep.point_training import PointState

    if sweep.method.is_adaptive:
        raise ConfigError(
            f"The points of the method {sweep.method.name} are not known in advance.",
            expected="grid or random beside --print-array",
            got=f"`method = {sweep.method.name}`",
            hint="`cluster = slurm`, which trains round by round",
        )
    sweep.check()
    missing = [
        point
        for point in sweep.points()
        if sweep.state(point) is not PointState.DONE and (retry or not sweep.is_given_up(point))
    ]
    if not missing:
        output.note(f"All points of the sweep {sweep.name} are done; there is nothing to submit.")
        return
    sweep.begin()
    make_folder(sweep.folder.logs_path)
    if len(missing) > USUAL_LIMIT:
        output.note(
            f"Warning: many clusters take no array of more than {USUAL_LIMIT} tasks, and this one "
            f"has {len(missing)}; see MaxArraySize in scontrol show config."
        )
    script = array_script(sweep, missing, workers)
    if output.as_json:
        output.result({"sweep": sweep.name, "points": missing, "script": script})
    else:
        echo(script.rstrip("\n"))


@contextmanager
def sweep_bar(sweep: Sweep, output: Output) -> Iterator[Listener]:
    """Show how many points are done, the best so far, and the time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from neuroqgan.runs.sweep.going_through import Listener
    from neuroqgan.runs.sweep.point_training import PointState

    columns = (
        TextColumn("Points"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("best {task.fields[best]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    best: list[float] = []
    with Progress(*columns, console=output.progress, transient=False) as progress:
        bar = progress.add_task("sweep", total=sweep.n_trials, best="-")

        def take(values: Sequence[float | None]) -> None:
            known = [value for value in (*best, *values) if value is not None]
            best[:] = sorted(known, key=sweep.objective.key_of_sorting)[:1]
            progress.update(bar, best=f"{best[0]:.4g}" if best else "-")

        def on_round(points: Sequence[int], missing: Sequence[int]) -> None:
            take([sweep.value(point) for point in points])
            progress.advance(bar, len(points) - len(missing))

        def on_outcome(outcome: PointOutcome) -> None:
            take([outcome.value])
            progress.advance(bar)
            if outcome.state is PointState.FAILED:
                first = outcome.error.partition("\n")[0]
                output.note(f"Warning: point {outcome.point} has failed. {first}")

        def on_wait(number: int) -> None:
            known = f"{best[0]:.4g}" if best else "-"
            progress.update(bar, best=f"{known}, waiting for {number} that others train")

        yield Listener(on_round, on_outcome, on_wait)


def show_table(sweep: Sweep, output: Output, file: Path | None, *, overwrite: bool) -> None:
    """Show the table, write it and the picture, and end with what is to be done."""
    from neuroqgan.runs.sweep.effects import key_effects
    from neuroqgan.runs.sweep.point_training import PointState
    from neuroqgan.runs.sweep.sweep_table import sweep_rows, write_table

    rows = sweep_rows(sweep)
    effects = key_effects(sweep.file, rows)
    pictures: list[Path] = []
    if sweep.folder.record_path.is_file():
        write_table(rows, sweep.folder.table_path, overwrite=True)
        with output.progress.status("Drawing ..."):
            pictures = _draw(sweep, effects)
    if file is not None:
        write_table(rows, file, overwrite=overwrite)
    done = [row for row in rows if row.state is PointState.DONE]
    failed = [row for row in rows if row.state is PointState.FAILED]
    n_missing = sweep.n_trials - len(done) - len(failed)
    output.result(
        {
            "sweep": sweep.name,
            "folder": str(sweep.folder.path),
            "objective": sweep.objective.key,
            "maximised": sweep.objective.is_maximised,
            "points": [row.to_dict() for row in rows],
            "effects": [effect.to_dict() for effect in effects],
            "missing": n_missing,
            "pictures": [str(path) for path in pictures],
        }
    )
    output.say(_headline(sweep))
    _print_rows(rows, sweep, output)
    for effect in effects:
        if effect.share is not None:
            output.say(f"{effect.key} explains {100 * effect.share:.0f} % of the variance.")
    if pictures:
        output.say(f"Table     {file or sweep.folder.table_path}")
        output.say(f"Pictures  {', '.join(map(str, pictures))}")
    if done:
        output.say(
            f"Best: {done[0].run}. Its held-out trials had no say; sample and judge it with: "
            f"neuroqgan run --name {done[0].run}"
        )
    for row in failed:
        output.note(f"Warning: point {row.point}, {row.run}, has failed. {row.error}")
    if failed:
        raise click.exceptions.Exit(1)
    if n_missing > 0:
        output.note(f"{n_missing} points are missing; the command without --show trains them.")
        raise click.exceptions.Exit(NotReadyError.exit_code)


def _draw(sweep: Sweep, effects: Sequence[Any]) -> list[Path]:
    from neuroqgan.report.style import save_figure
    from neuroqgan.report.sweep_figure import plot_sweep

    panels = [(one.key, one.choices, one.values, one.share) for one in effects]
    figure = plot_sweep(panels, sweep.objective.title, is_maximised=sweep.objective.is_maximised)
    return save_figure(figure, sweep.folder.path, "effects")


def _headline(sweep: Sweep) -> str:
    of = "" if sweep.n_trials == sweep.file.n_points else f" of {sweep.file.n_points:,}"
    better = "higher" if sweep.objective.is_maximised else "lower"
    return (
        f"Sweep {sweep.name}, {sweep.method.name}: {sweep.n_trials:,}{of} points, decided by "
        f"{sweep.objective.title} on validation trials ({better} is better)"
    )


def _print_rows(rows: Sequence[SweepRow], sweep: Sweep, output: Output) -> None:
    if output.quiet or not rows:
        return
    from rich.markup import escape
    from rich.table import Table

    from neuroqgan.escaping.printable import printable

    keys = sweep.file.varied
    headings = ("point", *keys, sweep.objective.key, "seconds", "state", "run")
    table = Table(*headings, box=None, header_style="bold", collapse_padding=True, pad_edge=False)
    for row in rows[:_MOST_ROWS]:
        value = "-" if row.value is None else f"{row.value:.4g}"
        seconds = "-" if row.seconds is None else f"{row.seconds:.1f}"
        settings = (escape(printable(f"{row.settings[key]}")) for key in keys)
        table.add_row(str(row.point), *settings, value, seconds, row.state.value, row.run)
    output.tables.print(table)
    if len(rows) > _MOST_ROWS:
        output.say(f"... and {len(rows) - _MOST_ROWS} more; --json, or --output, has all of them.")
