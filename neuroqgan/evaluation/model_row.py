"""One line of a comparison of models: how large a model is, and how close its rasters are."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from neuroqgan.evaluation.statistics.statistic_registry import current_key, model_columns
from neuroqgan.schemas import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.evaluation.findings import Findings


def headings() -> tuple[str, ...]:
    """Return the headings of all columns, see `ModelRow.cells`."""
    return ("model", "params", *model_columns().values(), "C2ST", "fit s")


@dataclass(frozen=True)
class ModelRow:
    """A model's size and figures.

    Parameters
    ----------
    model
        Name of the model.
    n_parameters
        Number of fitted parameters; None if it is not known.
    ratios
        Error over floor by the key of the statistic: those with a column, see
        `neuroqgan.evaluation.statistics.statistic_registry.model_columns`.
    c2st
        Accuracy of the judge that distinguishes generated from held-out windows best: 0.5 is
        chance. NaN if there were too few windows.
    c2st_std
        Standard error of the accuracy.
    seconds
        Duration of the fit; None if it was not measured.
    c2st_judge
        Key of that judge; None if there were too few windows, or in files of versions before the
        panel of judges.
    n_stimulus_parameters
        How many of the parameters describe the trial and grow with its length.

    Examples
    --------
    >>> row = ModelRow("mine", 1326, {"autocovariance": 1.24}, 0.612, 0.01)
    >>> row.cells()
    ('mine', '1,326', '-', '-', '-', '1.2', '-', '-', '0.612', '-')
    """

    model: str
    n_parameters: int | None
    ratios: dict[str, float]
    c2st: float
    c2st_std: float
    seconds: float | None = None
    c2st_judge: str | None = None
    n_stimulus_parameters: int = 0

    @classmethod
    def of(
        cls,
        model: str,
        evaluation: Findings,
        n_parameters: int | None = None,
        seconds: float | None = None,
    ) -> ModelRow:
        """Return the line of an evaluation."""
        worst = evaluation.worst
        return cls(
            model,
            n_parameters,
            {
                key: evaluation.statistics[key].ratio
                for key in model_columns()
                if key in evaluation.statistics
            },
            math.nan if worst is None else worst.accuracy,
            math.nan if worst is None or worst.test is None else worst.test.std,
            seconds,
            worst.judge if evaluation.judges and worst is not None else None,
        )

    def cells(self) -> tuple[str, ...]:
        """Return the columns of `headings` as text."""
        return (
            self.model,
            self._size(),
            *(_number(self.ratios.get(key)) for key in model_columns()),
            "-" if math.isnan(self.c2st) else f"{self.c2st:.3f}",
            _number(self.seconds),
        )

    def _size(self) -> str:
        """Return the number of parameters; those that describe the trial follow a plus."""
        if self.n_parameters is None:
            return "-"
        about_trial = self.n_stimulus_parameters
        own = f"{self.n_parameters - about_trial:,}"
        return f"{own}+{about_trial:,}" if about_trial else own

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON; what is not a number becomes None."""
        values = asdict(self)
        values["ratios"] = {name: _finite(ratio) for name, ratio in self.ratios.items()}
        return values | {"c2st": _finite(self.c2st), "c2st_std": _finite(self.c2st_std)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelRow:
        """Undo `to_dict`; other keys are ignored, and statistics get their present keys.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            If a field is missing or has another type.
        """
        # Rows of earlier versions have neither.
        values = {"n_stimulus_parameters": 0, "c2st_judge": None} | values
        kept = {field.name: values[field.name] for field in fields(cls)}
        kept["ratios"] = {current_key(key): _or_nan(ratio) for key, ratio in kept["ratios"].items()}
        kept |= {name: _or_nan(kept[name]) for name in ("c2st", "c2st_std")}
        return checked(cls, kept)


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, without a line break at the end."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _number(value: float | None) -> str:
    """Return at most five characters up to 99,999, so that columns stay narrow."""
    if value is None or math.isnan(value):
        return "-"
    if value < 0.1:
        return f"{value:.2f}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
