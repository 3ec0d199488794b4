"""The last step of a run: the raster is judged, drawn, and its figures are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import NeuroqganError, RasterError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.cli.command import Output
    from neuroqgan.cli.pages import Judged
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.readout import ReadoutReport
    from neuroqgan.runs.recording import PreparedRecording
    from neuroqgan.runs.selection import Selection


@dataclass(frozen=True)
class Finished:
    """What came of a raster.

    Parameters
    ----------
    raster, raster_path
        The raster, and its file.
    evaluation
        Against held-out windows; None if there is no recording, or too little of it.
    readout
        Raw and corrected statistics, if the readout was calibrated.
    pictures
        Files.
    page
        The page to look at; None if it was not written.
    problems
        What kept the raster from being judged or drawn, in words.
    """

    raster: SpikeRaster
    raster_path: Path
    evaluation: Evaluation | None
    readout: ReadoutReport | None
    pictures: list[Path]
    page: Path | None = None
    problems: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return pictures, page, evaluation, readout and problems, ready for JSON."""
        return {
            "pictures": [str(picture) for picture in self.pictures],
            "page": None if self.page is None else str(self.page),
            "evaluation": None if self.evaluation is None else self.evaluation.to_dict(),
            "readout": None if self.readout is None else self.readout.to_dict(),
            "problems": list(self.problems),
        }


def judge_and_draw(
    context: JobContext, jobs: list[JobRecord], selection: Selection, seed: int, output: Output
) -> Finished:
    """Decode the bits of a raster, judge and draw it, and show the figures.

    Without a recording there is nothing to judge against, and the command that judges is shown. A
    raster that cannot be judged, or pictures that cannot be drawn, are a warning: the raster is
    there, and may have been paid for.
    """
    from neuroqgan.cli.jobs.display import dropped
    from neuroqgan.runs.pretrained import link
    from neuroqgan.runs.rasters import collect
    from neuroqgan.runs.readout import readout_report
    from neuroqgan.runs.stages import as_windows, judge_run

    folder, prepared = selection.folder, selection.prepared
    path, spikes = collect(context, jobs, folder)
    if spikes.n_dropped:
        output.say(dropped(spikes))
    raster, held_out = spikes.raster, None if prepared is None else prepared.split.held_out
    evaluation: Evaluation | None = None
    pictures: list[Path] = []
    page: Path | None = None
    problems: list[str] = []
    if prepared is not None and held_out is not None:
        warning = link(folder, selection.config, prepared)
        if warning is not None:
            output.note(f"Warning: {warning}")
        try:
            windows = as_windows(prepared, raster)
            with output.progress.status("Judging against held-out windows ..."):
                evaluation = judge_run(folder, prepared, windows, path, seed)
        except RasterError as error:
            problems.append(f"the raster cannot be judged. {error}")
            output.note(f"Warning: {problems[-1]}")
        else:
            show_evaluation(output, held_out, windows, evaluation)
            pictures, problem = draw(folder, prepared, windows, evaluation, output)
            problems += [] if problem is None else [problem]
            judged = folder, prepared, path, windows, evaluation
            page, problem = _write_page(context, judged, output)
            problems += [] if problem is None else [problem]
    if spikes.warning:
        output.note(f"Warning: {spikes.warning}")
    readout = readout_report(spikes, held_out)
    if readout is not None and not output.quiet:
        show_readout(output, readout)
    if prepared is None:
        output.say(
            "Not judged, because there is no recording. When you have it, judge and draw with:"
        )
        output.say(f"  {_judging(folder, jobs[0])}")
    return Finished(raster, path, evaluation, readout, pictures, page, tuple(problems))


def _judging(folder: RunFolder, job: JobRecord) -> str:
    # Weights of the package are of that recording; the place of any other is not known.
    data = "salamander" if "pretrained" in folder.provenance() else "PATH"
    return (
        f"neuroqgan run --name {folder.name} --backend {job.backend} --samples {job.n_samples} "
        f"--sample-seed {job.seed} --data {data}"
    )


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
    prepared: PreparedRecording,
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
        return [], _tell_problem("the pictures could not be drawn", error, folder, output)


def _write_page(
    context: JobContext, judged: Judged, output: Output
) -> tuple[Path | None, str | None]:
    """Write the page of a run; return it, or None and what went wrong, which is said too."""
    from neuroqgan.cli.pages import draw_page

    folder = judged[0]
    try:
        with output.progress.status("Writing the page ..."):
            return draw_page(folder.page_path, [judged], context), None
    except Exception as error:  # noqa: BLE001  # told; raster and evaluation are kept
        return None, _tell_problem("the page could not be written", error, folder, output)


def _tell_problem(what: str, error: Exception, folder: RunFolder, output: Output) -> str:
    known = isinstance(error, NeuroqganError)
    problem = (
        f"{what}; raster and evaluation are kept. "
        f"{'' if known else f'{type(error).__name__}: '}{error}"
    )
    output.note(f"Warning: {problem}")
    output.note(f"Draw them later with: neuroqgan report {folder.name}")
    return problem


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
