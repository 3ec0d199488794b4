"""What is measured of a raster given what its windows saw; stored and read again."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from neuroqgan.evaluation.comparison import StatisticComparison
from neuroqgan.evaluation.conditional.psth_correlation import PSTHCorrelation

BY_TIME, BY_VALUE, NOT_COMPARABLE = "time", "value", "other covariates"


@dataclass(frozen=True)
class ConditionalEvaluation:
    """How close a raster is to a recording given the covariates.

    Figures that make no sense for the covariates at hand, or for which there are too few windows,
    are None.

    Parameters
    ----------
    covariates
        Names of the columns; none if only a likelihood is known.
    given
        What is known of a bin: ``time`` if trials share their covariates, so that a bin of the
        trial saw the same in all of them; ``value`` if they do not, and only values can be
        compared; ``other covariates`` if generated windows saw columns that recorded ones did not.
    windows_per_bin
        Windows that cover a bin of the trial, on average, in the smallest raster.
    psth
        Correlation of PSTHs, with its ceiling.
    tuning
        Difference of the spike probability by value of a covariate, over eight groups of values.
    fano_factor
        Difference of the variance of spike counts in windows, given the covariates, over their
        mean.
    noise_correlation, noise_correlation_bins
        Difference of correlations of two neurons given the covariates: of counts in windows, and
        of single bins.
    signal_correlation
        Difference of correlations of two neurons' PSTHs.
    bits_per_spike
        Held-out log likelihood of the generator; see
        `neuroqgan.evaluation.conditional.bits_per_spike`.
    """

    covariates: tuple[str, ...] = ()
    given: str = BY_TIME
    windows_per_bin: float | None = None
    psth: PSTHCorrelation | None = None
    tuning: StatisticComparison | None = None
    fano_factor: StatisticComparison | None = None
    noise_correlation: StatisticComparison | None = None
    noise_correlation_bins: StatisticComparison | None = None
    signal_correlation: StatisticComparison | None = None
    bits_per_spike: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON; what is not a number becomes None."""
        cleaned: dict[str, Any] = _for_json(asdict(self))
        return cleaned

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ConditionalEvaluation:
        """Undo `to_dict`; other keys are ignored."""
        known = {key: values[key] for key in cls.__dataclass_fields__ if key in values}
        known["covariates"] = tuple(known.get("covariates", ()))
        if known.get("psth") is not None:
            known["psth"] = PSTHCorrelation.from_dict(known["psth"])
        for key in STATISTIC_TITLES:
            if known.get(key) is not None:
                known[key] = StatisticComparison(
                    **{k: math.nan if v is None else float(v) for k, v in known[key].items()}
                )
        return cls(**known)


STATISTIC_TITLES = {
    "tuning": "tuning",
    "fano_factor": "Fano factor",
    "noise_correlation": "noise correlation",
    "noise_correlation_bins": "  the same, single bins",
    "signal_correlation": "signal correlation",
}
"""What the comparisons among the fields are called in tables."""


def _for_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _for_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_for_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
