"""What people see of sampling and judging."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroqgan.errors import NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neuroqgan.cli.command import Output
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.readout import ReadoutReport
    from neuroqgan.runs.recording import Prepared


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
    from neuroqgan.evaluation.table import evaluation_table
    from neuroqgan.report.terminal_rasters import print_rasters

    console = output.tables
    print_rasters(console, real, generated)
    console.print(evaluation_table(evaluation))


def draw(
    folder: RunFolder,
    prepared: Prepared,
    raster: SpikeRaster,
    evaluation: Evaluation,
    output: Output,
) -> tuple[list[Path], str | None]:
    """Draw the pictures of a run; return them, or none and what went wrong, which is said too.

    Drawing comes last and hides nothing that came before it, whatever breaks in it.
    """
    from neuroqgan.runs.stages import draw_run

    try:
        with output.progress.status("Drawing ..."):
            return draw_run(folder, prepared, raster, evaluation), None
    # Matplotlib and what it reads of a system can fail in any way.
    except Exception as error:  # noqa: BLE001  # told; raster and evaluation are kept
        known = isinstance(error, NeuroqganError)
        problem = (
            "the pictures could not be drawn; raster and evaluation are kept. "
            f"{'' if known else f'{type(error).__name__}: '}{error}"
        )
        output.note(f"Warning: {problem}")
        output.note(f"Draw them later with: neuroqgan report {folder.name}")
        return [], problem


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
