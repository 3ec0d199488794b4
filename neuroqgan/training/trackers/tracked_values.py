"""What is tracked, as plain numbers and texts by name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.training.base import StepReport


def numbers_of(report: StepReport) -> dict[str, float]:
    """Return the numbers of a step; those that are None are left out.

    Examples
    --------
    >>> from neuroqgan.training.base import StepReport
    >>> numbers_of(StepReport(3, 0.5, None, None, 1.0, 0.01))["training/loss"]
    0.5
    """
    values = report.to_dict()
    del values["step"]
    return {f"training/{name}": float(v) for name, v in values.items() if v is not None}


def figures_of(evaluation: Evaluation) -> dict[str, float]:
    """Return the figures of an evaluation: ratios of statistics, and accuracies of judges."""
    found = {f"evaluation/ratio/{key}": row.ratio for key, row in evaluation.statistics.items()}
    found |= {
        f"evaluation/accuracy/{key}": verdict.accuracy for key, verdict in evaluation.judges.items()
    }
    if evaluation.c2st is not None:
        found["evaluation/c2st"] = evaluation.c2st.accuracy
    if evaluation.energy is not None:
        found["evaluation/energy_p_value"] = evaluation.energy.p_value
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


def settings_of(spec: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a generator's spec and the settings of its training as one flat dictionary.

    Parameters
    ----------
    spec
        See `neuroqgan.models.spec.GeneratorSpec.to_dict`.
    settings
        See `neuroqgan.training.settings.TrainingSettings.to_dict`.

    Examples
    --------
    >>> settings_of({"preset": "history", "shape": {"n_filters": 3}}, {"steps": 5})
    {'preset': 'history', 'n_filters': 3, 'steps': 5}
    """
    flat: dict[str, Any] = {}
    for name, value in {**spec, **settings}.items():
        if name == "covariates":
            flat[name] = ", ".join(value["names"]) if value else "none"
        elif isinstance(value, dict):
            flat |= {key: inner for key, inner in value.items() if inner is not None}
        elif value is not None:
            flat[name] = value
    return flat
