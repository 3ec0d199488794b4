"""At a glance: what every run is, its most important figures, and what to be careful about."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.report.page.section import Block, Facts, Prose, Section, Table, always

if TYPE_CHECKING:
    from neuroqgan.report.page.view import Labelled, PageView, RunView


def _render(view: PageView) -> list[Block]:
    blocks: list[Block] = [
        Facts(run.label, _facts(run.view), _figures(run.view)) for run in view.runs
    ]
    if len(view.runs) > 1:
        blocks.insert(0, _comparison(view))
    for run in view.runs:
        notes = (*run.view.evaluation.notes, *run.view.notes)
        if notes:
            named = f"Notes on {run.label}" if len(view.runs) > 1 else "Notes"
            blocks.append(Prose(items=notes, heading=named))
    return blocks


def _figures(view: RunView) -> tuple[tuple[str, str, str], ...]:
    found, figures = view.evaluation, []
    worst = found.worst
    if worst is not None and worst.test is not None:
        floor = "" if worst.floor is None else f", {worst.floor.accuracy:.3f} between real windows"
        figures.append(
            (
                "C2ST accuracy",
                f"{worst.accuracy:.3f}",
                f"of the best judge ({worst.title}): 0.5 is chance{floor}",
            )
        )
    ratios = [row.ratio for row in found.statistics.values() if math.isfinite(row.ratio)]
    if ratios:
        figures.append(
            (
                "Ratio to the floor",
                f"{_short(min(ratios))} to {_short(max(ratios))}",
                "of the statistics: 1 is as close as recorded windows are to each other",
            )
        )
    about = view.n_stimulus_parameters
    own = view.n_parameters - about
    explained = f"and {about:,} numbers that describe the trial" if about else "all of them"
    figures.append(("Trained parameters", f"{own:,}", explained))
    psth = None if found.conditional is None else found.conditional.psth
    if psth is not None:
        ceiling = f"recorded PSTHs reach {psth.ceiling:.2f}"
        figures.append(("PSTH correlation", f"{psth.correlation:.2f}", ceiling))
    return tuple(figures)


def _facts(view: RunView) -> tuple[tuple[str, str], ...]:
    raster = view.generated
    span = f"{raster.n_bins * raster.bin_width:g} s"
    real = f"{view.held_out.n_samples:,} held out, {view.training.n_samples:,} for training"
    return (
        ("Preset", view.preset),
        ("Backend", view.backend),
        ("Neurons", f"{raster.n_neurons}"),
        ("Window", f"{raster.n_bins} bins of {1e3 * raster.bin_width:g} ms ({span})"),
        ("Windows", f"{raster.n_samples:,} generated, {real}"),
        *view.facts,
        ("Raster", view.raster_name),
        ("Run begun", view.created.replace("T", " ").replace("+00:00", " UTC")),
    )


def _comparison(view: PageView) -> Table:
    rows = tuple(_row(run) for run in view.runs)
    return Table(
        ("run", "backend", "preset", "parameters", "windows", "C2ST", "ratios"),
        rows,
        "The runs of this page. C2ST: accuracy of the judge that distinguishes best, 0.5 is "
        "chance. Behind a plus: parameters that describe the trial. Ratios: errors of statistics "
        "over the floor, from the lowest to the highest.",
        numbers_from=3,
    )


def _row(run: Labelled) -> tuple[str, ...]:
    view = run.view
    worst = view.evaluation.worst
    ratios = [r.ratio for r in view.evaluation.statistics.values() if math.isfinite(r.ratio)]
    return (
        run.label,
        view.backend,
        view.preset,
        _size(view),
        f"{view.generated.n_samples:,}",
        "-" if worst is None else f"{worst.accuracy:.3f}",
        f"{_short(min(ratios))} to {_short(max(ratios))}" if ratios else "-",
    )


def _size(view: RunView) -> str:
    """Return the number of parameters; those that describe the trial follow a plus."""
    about = view.n_stimulus_parameters
    own = f"{view.n_parameters - about:,}"
    return f"{own}+{about:,}" if about else own


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


OVERVIEW = Section("overview", "At a glance", always, _render)
