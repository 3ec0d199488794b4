"""Figures given covariates, as lines of a table and as notes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.checks import shorten
from neuroqgan.evaluation.conditional.conditional_evaluation import (
    BY_VALUE,
    NOT_COMPARABLE,
    STATISTIC_TITLES,
    ConditionalEvaluation,
)
from neuroqgan.evaluation.conditional.psth_correlation import FEWEST_PER_BIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    Cells = tuple[str, str, str, str, str, str]

_UNITS = {
    "tuning": "spikes/bin",
    "fano_factor": "variance/mean",
    "noise_correlation": "correlation",
    "noise_correlation_bins": "correlation",
    "signal_correlation": "correlation",
}
_LOW_SHARE = 0.9


def lines(found: ConditionalEvaluation | None) -> Iterator[Cells]:
    """Return the lines of a table: title, error, floor, ratio, interval and unit.

    For the correlation of PSTHs, its value and ceiling stand where other lines have error and
    floor; for bits per spike, the value alone.
    """
    if found is None:
        return
    psth = found.psth
    if psth is not None:
        share = "" if math.isnan(psth.share) else f"{psth.share:.1%} of ceiling".replace("%", " %")
        values = f"{psth.correlation:.3f}", f"{psth.ceiling:.3f}"
        yield "PSTH correlation", *values, "", share, "correlation"
    for key, title in STATISTIC_TITLES.items():
        row = getattr(found, key)
        if row is None:
            continue
        interval = "-"
        if not math.isnan(row.ratio_low):
            interval = f"{_number(row.ratio_low)} to {_number(row.ratio_high)}"
        values = f"{row.error:.2g}", f"{row.floor:.2g}"
        yield title, *values, _number(row.ratio), interval, _UNITS[key]
    if found.bits_per_spike is not None:
        yield "log likelihood", f"{found.bits_per_spike:.3f}", "-", "", "bits per spike", "bits"


def caption(found: ConditionalEvaluation | None) -> str:
    """Return what a reader of the lines has to know, or nothing."""
    if found is None:
        return ""
    words = []
    if found.psth is not None:
        words.append(
            "PSTH correlation: generated with held-out windows, and as many training windows "
            "with held-out ones (the ceiling)."
        )
    if found.bits_per_spike is not None:
        words.append("Log likelihood: of held-out trials, above constant rates.")
    return " ".join(words)


def conditional_notes(found: ConditionalEvaluation | None) -> Iterator[str]:
    """Return sentences on what the figures given covariates cannot say."""
    if found is None or not found.covariates:
        return
    names = shorten(found.covariates)
    if found.given == NOT_COMPARABLE:
        yield (
            f"The generated windows saw other covariates than the recorded ones ({names}), so "
            "nothing is judged given covariates."
        )
    elif found.given == BY_VALUE:
        yield (
            f"The covariates ({names}) differ between trials or rasters, so there is no PSTH. "
            "Rates are compared by the value of each column, and noise is what their present "
            "values do not explain."
        )
    elif found.windows_per_bin is not None and found.windows_per_bin < FEWEST_PER_BIN:
        yield (
            f"There is no PSTH: {found.windows_per_bin:.2g} windows cover a bin of the trial, and "
            f"{FEWEST_PER_BIN:g} are needed. More samples help, or a longer recording."
        )
    psth = found.psth
    if psth is not None and math.isnan(psth.share):
        yield (
            "Real PSTHs hardly agree with each other (correlation "
            f"{psth.ceiling:.2f}): the covariates explain too little of the recording to ask how "
            "well the generator follows them."
        )
    elif psth is not None and psth.share < _LOW_SHARE:
        yield (
            f"The generator's PSTHs reach {psth.share:.0%} of the correlation that real ones have "
            "with each other: it does not follow the covariates as the neurons do."
        )


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:.0f}"
