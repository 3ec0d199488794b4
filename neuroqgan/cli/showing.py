"""What people see of sampling and judging."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.cli.command import Output
    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.readout import ReadoutReport


@contextmanager
def sampling_bar(output: Output, total: int, backend: str) -> Iterator[Callable[[int], None]]:
    """Show how many circuits are done; yields what to call with the number of new ones.

    Nothing is shown before the first circuit has run here: elsewhere, none ever does.
    """
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("Sampling"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn(f"{total} circuits on {backend}, left"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=output.progress)
    task = progress.add_task("sample", total=total)

    def on_progress(done: int) -> None:
        progress.start()
        progress.advance(task, done)

    try:
        yield on_progress
    finally:
        if progress.live.is_started:
            progress.stop()


def show_evaluation(
    output: Output, real: SpikeRaster, generated: SpikeRaster, evaluation: Evaluation
) -> None:
    """Print a few real and generated windows and the table of figures."""
    if output.quiet:
        return
    from neuroqgan.report.terminal import evaluation_table, print_rasters

    console = output.tables
    print_rasters(console, real, generated)
    console.print(evaluation_table(evaluation))


def show_readout(output: Output, report: ReadoutReport) -> None:
    """Print statistics raw and corrected for readout errors."""
    from rich.table import Table

    what = "mean" if report.real is None else "distance"
    table = Table(f"{what} of", "raw", "corrected", box=None, header_style="bold")
    for row in report.rows():
        table.add_row(*row)
    output.tables.print(table)
    against = "" if report.real is None else "Distance: mean absolute, from held-out windows. "
    output.say(f"{against}Corrected: readout errors taken out; the raster stays as measured.")
