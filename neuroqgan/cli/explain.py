"""``neuroqgan explain``."""

from __future__ import annotations

import click

from neuroqgan.cli.command import Output, command

_JUDGES = ("network", "trees", "trees_on_counts")


@click.command(short_help="Show by which spikes generated windows are recognised.")
@click.argument("run")
@click.option(
    "--judge",
    type=click.Choice(_JUDGES),
    default=_JUDGES[0],
    show_default=True,
    help="Classifier whose answers are explained.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=200),
    default=2000,
    show_default=True,
    help="Windows drawn for each change of a latent or covariate dimension.",
)
@click.option(
    "--windows",
    type=click.IntRange(min=20),
    default=500,
    show_default=True,
    help="Windows of each kind whose spikes are taken out one by one.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of everything that is drawn.",
)
@command
def explain(output: Output, run: str, judge: str, samples: int, windows: int, seed: int) -> None:
    """Show by which spikes generated windows are recognised, and what drives the neurons.

    \b
    Examples:
        neuroqgan explain mine
        neuroqgan explain mine --judge trees --json > explanation.json

    A classifier learns to distinguish the newest raster of the run from held-out windows, on one
    half of the trials; on the other half every spike is taken out once, and the change of the
    classifier's score is its importance. Then every latent and covariate dimension of the
    generator is raised and lowered, and rates and correlations are compared. The picture goes to
    the run's folder.
    """
    from neuroqgan.atomic import make_folder
    from neuroqgan.cli.missing import bring_missing
    from neuroqgan.evaluation.explain.explanation import explanation_table
    from neuroqgan.report.explanation_figure import plot_explanation
    from neuroqgan.report.style import save_figure
    from neuroqgan.runs.explain import explain as explain_run
    from neuroqgan.runs.kept_run import Run
    from neuroqgan.runs.store import RunStore

    folder = RunStore().get(run)
    bring_missing(folder)
    kept = Run(folder)
    paths = kept.raster_paths
    output.note(
        f"Explaining {paths[-1].name}." if paths else "No raster yet; windows are drawn exactly."
    )
    with output.progress.status("Explaining ..."):
        found = explain_run(kept, judge=judge, n_samples=samples, max_windows=windows, seed=seed)
        make_folder(folder.figures_path)
        pictures = save_figure(plot_explanation(found), folder.figures_path, "explanation")
    output.tables.print(explanation_table(found))
    output.say(f"Picture  {pictures[0]}")
    output.result(
        {
            "run": folder.name,
            "raster": str(paths[-1]) if paths else None,
            "pictures": [str(picture) for picture in pictures],
            **found.to_dict(),
        }
    )
