"""``neuroqgan report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.judged_runs import judging_seed, last_judgement, latest_raster
from neuroqgan.cli.output_file import PAGE, check_output
from neuroqgan.errors import RunNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording

    Judged = tuple[RunFolder, PreparedRecording, Path, SpikeRaster, Evaluation]


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--output",
    "output_file",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Write the page to this file. [report.html in the folder of the run, or comparison.html "
    "in that of the first of several]",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --output.")
@click.option(
    "--all-rasters",
    is_flag=True,
    help="Compare all rasters of each run, such as those of several backends. Rasters that were "
    "never judged are judged now.",
)
@click.option("--page-only", is_flag=True, help="Write the page, but no PNG and SVG pictures.")
@command
def report(
    output: Output,
    runs: tuple[str, ...],
    output_file: Path | None,
    overwrite: bool,
    all_rasters: bool,
    page_only: bool,
) -> None:
    """Write a page to look at: one HTML file that needs no network; and pictures of each run.

    \b
    Examples:
        neuroqgan report mine
        neuroqgan report mine other --output both.html
        neuroqgan report mine --all-rasters

    The page shows recorded and generated rasters side by side, every statistic, the judges, the
    training, the circuit, the device, jobs, and how to reproduce the run. Several runs are compared
    on one page. It shows the raster that was judged last; a run whose raster was never judged is
    judged first. Classical models are shown if neuroqgan evaluate RUN --baselines judged them.
    """
    from neuroqgan.cli.pages import draw_page
    from neuroqgan.runs.stages import draw_run

    check_output(output_file, overwrite, PAGE)
    results: list[dict[str, Any]] = []
    judged: list[Judged] = []
    for name in dict.fromkeys(runs):
        folder, prepared, path, raster, evaluation = shown = _last_judged(name, output)
        judged.append(shown)
        pictures: list[Path] = []
        if not page_only:
            with output.progress.status("Drawing ..."):
                pictures = draw_run(folder, prepared, raster, evaluation)
        for picture in pictures:
            output.say(str(picture))
        if all_rasters:
            judged += _others(folder, prepared, path, output)
        results.append(
            {
                "run": folder.name,
                "raster": str(path),
                "evaluation": evaluation.to_dict(),
                "pictures": [str(picture) for picture in pictures],
            }
        )
    first = judged[0][0]
    usual = first.page_path if len(results) == 1 else first.comparison_path
    with output.progress.status("Writing the page ..."):
        page = draw_page(output_file or usual, judged)
    output.say(f"Page  {page}")
    result = results[0] if len(results) == 1 else {"runs": results}
    output.result(result | {"page": str(page)})


def _last_judged(name: str, output: Output) -> Judged:
    """Return a run and the raster that was judged last; judge its newest if none was."""
    from neuroqgan.data.load import load
    from neuroqgan.runs.stages import as_windows, judge_run

    folder, prepared, path, raster = latest_raster(name)
    evaluation, judged_path = last_judgement(folder)
    if evaluation is None:
        seed = judging_seed(folder, None)
        output.note(f"{path.name} has not been judged yet; judging it now with seed {seed}.")
        with output.progress.status("Judging ..."):
            evaluation = judge_run(folder, prepared, raster, path, seed)
    elif not judged_path.is_file():
        raise RunNotFoundError(
            f"The raster that was judged last for the run {name} is gone.",
            expected=str(judged_path),
            got="no such file",
            hint=f"neuroqgan evaluate {name}, which judges the newest raster",
        )
    elif judged_path != path:
        output.note(
            f"{judged_path.name}, which was judged last, is shown. {path.name} is newer; to judge "
            f"it: neuroqgan evaluate {name}. To compare all rasters: --all-rasters."
        )
        path, raster = judged_path, as_windows(prepared, load(judged_path))
    return folder, prepared, path, raster, evaluation


def _others(
    folder: RunFolder, prepared: PreparedRecording, shown: Path, output: Output
) -> Iterator[Judged]:
    """Return all other rasters of a run, by the names of their files."""
    from neuroqgan.data.load import load
    from neuroqgan.errors import RasterError
    from neuroqgan.evaluation.judge import judge
    from neuroqgan.models.loading import load_generator
    from neuroqgan.runs.judgements import keep_other_judgement, read_judgement
    from neuroqgan.runs.stages import as_windows

    for path in sorted(folder.rasters_path.glob("*.npz")):
        if path == shown:
            continue
        try:
            raster = as_windows(prepared, load(path))
        except RasterError as error:
            output.note(f"Warning: {path.name} is not shown. {error}")
            continue
        evaluation = read_judgement(folder, path)
        if evaluation is None:
            model, seed = load_generator(folder.generator_path), judging_seed(folder, None)
            with output.progress.status(f"Judging {path.name} ..."):
                evaluation = judge(raster, prepared.split, seed=seed, model=model)
            keep_other_judgement(folder, evaluation, path)
        yield folder, prepared, path, raster, evaluation
