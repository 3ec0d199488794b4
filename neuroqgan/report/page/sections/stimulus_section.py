"""Signal and noise correlations, and Fano factors, where covariates are known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.conditional_evaluation import BY_TIME, NOT_COMPARABLE
from neuroqgan.evaluation.conditional.judge_given import known_by
from neuroqgan.evaluation.conditional.psth_correlation import (
    FEWEST_PER_BIN,
    signal_correlations,
    windows_per_bin,
)
from neuroqgan.report.count_variability import count_variability
from neuroqgan.report.page.charts.chart_style import legend_of, look_of
from neuroqgan.report.page.charts.scatter_chart import Compared, scatter_chart
from neuroqgan.report.page.section import Block, Charts, Section

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.report.page.view import Group, PageView

_NOTES = {
    "signal_correlation": "How similar the PSTHs of two neurons are.",
    "noise_correlation": "How the spike counts of two neurons vary together around what the "
    "covariates explain.",
    "fano_factor": "How much the spike count of a neuron varies around what the covariates "
    "explain.",
}


def _applies(view: PageView) -> bool:
    return any(_is_known(group) for group in view.groups)


def _rasters(group: Group) -> tuple[SpikeRaster, ...]:
    return (group.held_out, group.training, *(run.view.generated for run in group.runs))


def _is_known(group: Group) -> bool:
    given = known_by(*_rasters(group))
    if given is None or given == NOT_COMPARABLE:
        return False
    return given != BY_TIME or windows_per_bin(*_rasters(group)) >= FEWEST_PER_BIN


def _render(view: PageView) -> list[Block]:
    return [
        _of_group(group, several=len(view.groups) > 1) for group in view.groups if _is_known(group)
    ]


def _of_group(group: Group, *, several: bool) -> Charts:
    rasters = _rasters(group)
    is_timed = known_by(*rasters) == BY_TIME
    noise, fano = zip(
        *(count_variability(raster, is_timed=is_timed) for raster in rasters), strict=True
    )
    kinds = [
        ("noise_correlation", "Noise correlation", "correlation", noise),
        ("fano_factor", "Fano factor", "variance/mean", fano),
    ]
    if is_timed:
        signal = signal_correlations(rasters)
        kinds.insert(0, ("signal_correlation", "Signal correlation", "correlation", signal))
    charts = []
    labels = group.held_out.neuron_labels
    first, second = np.triu_indices(len(labels), 1)
    pairs = tuple(f"{labels[i]} and {labels[j]}" for i, j in zip(first, second, strict=True))
    for key, title, unit, (held_out, training, *generated) in kinds:
        runs = [
            (run.label, *look_of(run), values)
            for run, values in zip(group.runs, generated, strict=True)
        ]
        names = labels if len(held_out) == len(labels) else pairs
        note = " ".join(filter(None, (_NOTES[key], _ratios(group, key))))
        compared = Compared(title, unit, held_out, training, runs, names, note)
        chart = scatter_chart(f"given-{group.number}-{key}".replace("_", "-"), compared)
        charts += [] if chart is None else [chart]
    return Charts(tuple(charts), legend_of(group), group.labels if several else "")


def _ratios(group: Group, key: str) -> str:
    words = []
    for run in group.runs:
        given = run.view.evaluation.conditional
        row = None if given is None else getattr(given, key)
        if row is not None and math.isfinite(row.ratio):
            named = "" if len(group.runs) == 1 else f" ({run.label})"
            words.append(f"{row.ratio:.2g} times the floor{named}")
    return f"Error: {', '.join(words)}." if words else ""


STIMULUS = Section(
    "stimulus",
    "Given the stimulus",
    _applies,
    _render,
    "What neurons share because they see the same, and what they share beyond it.",
)
