"""How a training went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.report.style import ACCENT, FLOOR, GENERATED, QUIET, new_figure, style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_SMOOTHING = 0.05
_LEAST_RANGE = 10  # below this ratio of highest to lowest a logarithmic axis has no round ticks


@dataclass(frozen=True)
class TrainingPanel:
    """A column of the metrics: how it is drawn, and how to read it.

    Parameters
    ----------
    key
        Of the column.
    title, label
        Title, and label of the axis.
    hint
        How to read it, in words.
    color
        Of the running median.
    scale
        Of the axis: ``linear``, ``log`` or ``symlog``.
    """

    key: str
    title: str
    label: str
    hint: str
    color: str = GENERATED
    scale: str = "linear"


_LIKELIHOOD = TrainingPanel(
    "loss", "Negative log likelihood", "nats per bin", "minimised: lower is better"
)
_STATISTICS = TrainingPanel(
    "statistics_loss",
    "Statistics loss",
    "mean squared deviation",
    "minimised, in squared standard errors: 0 is\nperfect, and noise may take it below",
    scale="symlog",
)
_BOTH = TrainingPanel(
    "loss", "Likelihood and weighted statistics", "loss", "minimised: lower is better"
)
_DISTANCE = TrainingPanel(
    "distance",
    "Critic's distance",
    "estimated distance",
    "not a loss: rises while the critic learns to\ndistinguish, falls as the generator follows",
    ACCENT,
)
_GRADIENT = TrainingPanel(
    "gradient_norm",
    "Gradient norm",
    "norm of the gradient",
    "need not fall, as estimates are noisy",
    scale="log",
)


def plot_training(metrics: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw loss, critic's distance and gradient norm against the training step.

    A training without a critic has no distance. A training by likelihood shows the likelihood, and
    the statistics loss if that joins later.

    Parameters
    ----------
    metrics
        Rows of a training's metrics, by step: ``step`` and any of ``loss``, ``statistics_loss``,
        ``distance`` and ``gradient_norm``, each a number or None. May be empty.

    Returns
    -------
    Figure
        A matplotlib figure, which a notebook shows and `Figure.savefig` writes.

    Examples
    --------
    >>> rows = [{"step": i, "loss": 2 / i, "gradient_norm": 1 / i} for i in range(1, 50)]
    >>> [axes.get_title("left") for axes in plot_training(rows).axes]
    ['Negative log likelihood', 'Gradient norm']
    """
    panels = training_panels(metrics)
    with style():
        figure = new_figure(10, 3.1)
        for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
            rows = [row for row in metrics if row.get(panel.key) is not None]
            axes.set_title(panel.title)
            axes.set_xlabel(f"step\n{panel.hint}")
            axes.set_ylabel(panel.label)
            if not rows:
                axes.text(0.5, 0.5, "nothing recorded", transform=axes.transAxes, ha="center")
                continue
            steps = np.array([row["step"] for row in rows])
            values = np.array([row[panel.key] for row in rows], float)
            _curve(axes, steps, values, panel.color)
            _scale(axes, values, panel.scale)
    return figure


def training_panels(metrics: Sequence[Mapping[str, Any]]) -> tuple[TrainingPanel, ...]:
    """Return what of a training is drawn.

    Parameters
    ----------
    metrics
        See `plot_training`.
    """
    has_statistics = [row.get("statistics_loss") is not None for row in metrics]
    if all(has_statistics):
        return _STATISTICS, _DISTANCE, _GRADIENT
    if any(has_statistics):
        return _BOTH, _STATISTICS, _GRADIENT
    return _LIKELIHOOD, _GRADIENT


def running_median(values: NDArray[Any]) -> NDArray[Any]:
    """Return the median around every value, over a twentieth of all.

    Parameters
    ----------
    values
        Of all steps in turn.
    """
    from scipy.ndimage import median_filter

    smooth: NDArray[Any] = median_filter(
        values, size=1 + int(_SMOOTHING * len(values)), mode="nearest"
    )
    return smooth


def _scale(axes: Axes, values: NDArray[Any], scale: str) -> None:
    if scale == "symlog":
        axes.set_yscale("symlog", linthresh=10)
        # Within one decade the axis would have no ticks at all.
        low, high = float(values.min()), float(values.max())
        if low > 10 and high < _LEAST_RANGE * low:
            axes.set_yscale("linear")
    elif scale == "log" and values.min() > 0 and values.max() > _LEAST_RANGE * values.min():
        axes.set_yscale("log")
    elif scale == "log":
        axes.set_ylim(bottom=0)


def _curve(axes: Axes, steps: NDArray[Any], values: NDArray[Any], color: str) -> None:
    """Draw the raw values in grey, with a running median in front."""
    smooth = running_median(values)
    axes.plot(steps, values, color=QUIET, linewidth=0.5, label="each step")
    # A single point makes no line.
    marker = "o" if len(steps) == 1 else None
    axes.plot(steps, smooth, color=color, marker=marker, label="running median")
    axes.legend(labelcolor=FLOOR, handlelength=1.2)
