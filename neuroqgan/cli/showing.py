"""What people see of sampling and judging."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.circuits.generator import Generator
    from neuroqgan.cli.command import Output
    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder


def sample_with_progress(
    folder: RunFolder, generator: Generator, asked: RunConfig, output: Output
) -> tuple[Path, SpikeRaster]:
    """Sample a raster with a progress bar."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    from neuroqgan.runs.stages import sample_run

    spec = generator.spec
    total = asked.samples * spec.n_bins * len(spec.groups)
    columns = (
        TextColumn("Sampling"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn(f"{total} circuits on {asked.backend}, left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=output.progress) as progress:
        task = progress.add_task("sample", total=total)
        return sample_run(
            folder,
            generator,
            backend=asked.backend,
            samples=asked.samples,
            seed=asked.seed,
            max_tiles=asked.tiles,
            on_progress=lambda done: progress.advance(task, done),
        )


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
