"""How a training went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.report.style import ACCENT, FLOOR, GENERATED, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_LIKELIHOOD = ("loss", "Negative log likelihood, nats a bin", GENERATED, "linear")
_STATISTICS = ("statistics_loss", "Statistics loss", GENERATED, "symlog")
_BOTH = ("loss", "Likelihood and weighted statistics", GENERATED, "linear")
_DISTANCE = ("distance", "Critic's distance", ACCENT, "linear")
_GRADIENT = ("gradient_norm", "Gradient norm", GENERATED, "log")
_SMOOTHING = 0.05


def plot_training(metrics: list[dict[str, Any]]) -> Figure:
    """Draw loss, critic's distance and gradient norm over the steps.

    A training by likelihood has no critic, and what it minimises is drawn.

    Parameters
    ----------
    metrics
        Rows of a training's metrics file; may be empty.
    """
    panels = _panels(metrics)
    with style():
        figure = new_figure(10, 2.9)
        for axes, (key, title, color, scale) in zip(
            figure.subplots(1, len(panels)), panels, strict=True
        ):
            rows = [row for row in metrics if row.get(key) is not None]
            axes.set_title(title)
            axes.set_xlabel("step")
            if not rows:
                axes.text(0.5, 0.5, "nothing recorded", transform=axes.transAxes, ha="center")
                continue
            steps = np.array([row["step"] for row in rows])
            values = np.array([row[key] for row in rows], float)
            _curve(axes, steps, values, color)
            if scale == "symlog":
                axes.set_yscale("symlog", linthresh=10)
            else:
                axes.set_yscale(scale)
    return figure


def _panels(metrics: list[dict[str, Any]]) -> tuple[tuple[str, str, str, str], ...]:
    has_statistics = [row.get("statistics_loss") is not None for row in metrics]
    if all(has_statistics):
        return _STATISTICS, _DISTANCE, _GRADIENT
    if any(has_statistics):
        return _BOTH, _STATISTICS, _GRADIENT
    return _LIKELIHOOD, _GRADIENT


def _curve(axes: Axes, steps: NDArray[Any], values: NDArray[Any], color: str) -> None:
    """Draw the raw values in grey and a running median in front."""
    from scipy.ndimage import median_filter

    smooth = median_filter(values, size=1 + int(_SMOOTHING * len(values)), mode="nearest")
    axes.plot(steps, values, color=FLOOR, linewidth=0.5)
    axes.plot(steps, smooth, color=color)
