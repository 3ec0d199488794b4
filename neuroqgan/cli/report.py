"""``neuroqgan report``."""

from __future__ import annotations

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.judged_runs import judging_seed, last_judgement, latest_raster
from neuroqgan.errors import RunNotFoundError


@click.command()
@click.argument("run")
@command
def report(output: Output, run: str) -> None:
    """Draw the pictures of a run again, from the raster and figures of its last judgement.

    A run whose raster was never judged is judged first.

    \b
    Example:
        neuroqgan report mine
    """
    from neuroqgan.data.load import load
    from neuroqgan.runs.stages import as_windows, draw_run, judge_run

    folder, prepared, path, raster = latest_raster(run)
    evaluation, judged_path = last_judgement(folder)
    if evaluation is None:
        seed = judging_seed(folder, None)
        output.note(f"{path.name} has not been judged yet; judging it now with seed {seed}.")
        with output.progress.status("Judging ..."):
            evaluation = judge_run(folder, prepared, raster, path, seed)
    elif not judged_path.is_file():
        raise RunNotFoundError(
            f"The raster that was judged last for the run {run} is gone.",
            expected=str(judged_path),
            got="no such file",
            hint=f"neuroqgan evaluate {run}, which judges the newest raster",
        )
    elif judged_path != path:
        output.note(
            f"The pictures show {judged_path.name}, which was judged last. {path.name} is "
            f"newer; to judge it: neuroqgan evaluate {run}"
        )
        path, raster = judged_path, as_windows(prepared, load(judged_path))
    with output.progress.status("Drawing ..."):
        pictures = draw_run(folder, prepared, raster, evaluation)
    for picture in pictures:
        output.say(str(picture))
    output.result(
        {
            "run": folder.name,
            "raster": str(path),
            "evaluation": evaluation.to_dict(),
            "pictures": [str(picture) for picture in pictures],
        }
    )
