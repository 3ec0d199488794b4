"""One line of a comparison of models: how large a model is, and how close its rasters are."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.evaluation.judge import Evaluation

RATIOS = {
    "firing_rate": "rate",
    "pair_covariance": "cov.",
    "k_probability": "k-prob.",
    "autocovariance": "autocov.",
    "lag1_cross_covariance": "lag-1",
    "inter_spike_interval": "ISI",
}
"""Statistics whose ratios models are compared by, with the headings of their columns."""

HEADINGS = ("model", "params", *RATIOS.values(), "C2ST", "fit s")
"""Headings of all columns, see `ModelRow.cells`."""


@dataclass(frozen=True)
class ModelRow:
    """A model's size and figures.

    Parameters
    ----------
    model
        Its name.
    n_parameters
        Numbers that were fitted, or None where they are not known.
    ratios
        Error over floor by the name of the statistic, those of `RATIOS`.
    c2st
        Accuracy of the classifier: 0.5 cannot tell. NaN where there were too few windows.
    c2st_std
        Its standard error.
    seconds
        What the fit took, or None where it was not measured.
    """

    model: str
    n_parameters: int | None
    ratios: dict[str, float]
    c2st: float
    c2st_std: float
    seconds: float | None = None

    @classmethod
    def of(
        cls,
        model: str,
        evaluation: Evaluation,
        n_parameters: int | None = None,
        seconds: float | None = None,
    ) -> ModelRow:
        """Take the figures of an evaluation."""
        return cls(
            model,
            n_parameters,
            {name: evaluation.statistics[name].ratio for name in RATIOS},
            math.nan if evaluation.c2st is None else evaluation.c2st.accuracy,
            math.nan if evaluation.c2st is None else evaluation.c2st.std,
            seconds,
        )

    def cells(self) -> tuple[str, ...]:
        """Return the columns of `HEADINGS` as text."""
        return (
            self.model,
            "-" if self.n_parameters is None else f"{self.n_parameters:,}",
            *(_number(self.ratios[name]) for name in RATIOS),
            "-" if math.isnan(self.c2st) else f"{self.c2st:.3f}",
            _number(self.seconds),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON; what is not a number becomes None."""
        values = asdict(self)
        values["ratios"] = {name: _finite(ratio) for name, ratio in self.ratios.items()}
        return values | {"c2st": _finite(self.c2st), "c2st_std": _finite(self.c2st_std)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelRow:
        """Undo `to_dict`; other keys are left aside."""
        kept = {field.name: values[field.name] for field in fields(cls)}
        kept["ratios"] = {name: _or_nan(ratio) for name, ratio in kept["ratios"].items()}
        return cls(**kept | {name: _or_nan(kept[name]) for name in ("c2st", "c2st_std")})


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, without a line break at its end."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _number(value: float | None) -> str:
    """Return at most five characters up to 99,999, for columns that stay narrow."""
    if value is None or math.isnan(value):
        return "-"
    if value < 0.1:
        return f"{value:.2f}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
