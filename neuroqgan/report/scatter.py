"""Points of generated and of real windows against those of held-out ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.report.style import ACCENT, FLOOR, GENERATED, REAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# What is farther off than this many times the range of most real values would flatten the rest.
_TAIL, _REACH = 0.05, 1.0


def handles(floor_name: str) -> list[Line2D]:
    """Return the entries of a legend for held-out, other real and generated windows."""
    # Imported here because `neuroqgan.report.style` has to import matplotlib first.
    from matplotlib.lines import Line2D

    looks = (("s", FLOOR, floor_name), ("o", REAL, "held out"), ("^", GENERATED, "generated"))
    return [
        Line2D([], [], marker=marker, color=color, markersize=3.5, label=label)
        for marker, color, label in looks
    ]


def scatter(axes: Axes, curves: list[Floats], floor_name: str, unit: str) -> None:
    """Draw values of generated and of other real windows against those of held-out ones.

    Points far beyond most real ones are drawn as hollow diamonds at the edge, and counted.

    Parameters
    ----------
    axes
        Where to draw.
    curves
        Values of held-out, of other real and of generated windows; those that are NaN in one of
        the three are left out.
    floor_name
        What the other real windows are called.
    unit
        Unit of the values.
    """
    shown = np.isfinite(curves).all(0)
    curves = [values[shown] for values in curves]
    real, floor, model = curves
    if not real.size:
        axes.text(0.5, 0.5, "too few neurons", transform=axes.transAxes, ha="center", color=FLOOR)
        axes.set_axis_off()
        return
    low, high = limits(real, floor, model)
    margin = 0.05 * (high - low) or 0.1
    axes.axline((low, low), slope=1, color=ACCENT, linewidth=0.8)
    beyond = 0
    for values, marker, color in ((floor, "s", FLOOR), (model, "^", GENERATED)):
        inside = (np.minimum(real, values) >= low) & (np.maximum(real, values) <= high)
        beyond += int((~inside).sum())
        axes.plot(real[inside], values[inside], marker, color=color, markersize=3, alpha=0.75)
        edge = (np.clip(side[~inside], low - margin, high + margin) for side in (real, values))
        (outside,) = axes.plot(*edge, "D", color=color, mfc="none", markersize=5, clip_on=False)
        # Otherwise the layout makes room for where these points were before the limits were set.
        outside.set_in_layout(False)
    words = f"held out, {unit}" if unit else "held out"
    if beyond:
        words += f"\n{beyond} beyond the axes ($\\diamond$)"
    bounds = (low - margin, high + margin)
    axes.set(xlim=bounds, ylim=bounds, xlabel=words, ylabel=f"generated or {floor_name}")
    axes.set_aspect("equal")
    axes.locator_params(nbins=4)
    axes.ticklabel_format(style="sci", scilimits=(-3, 3))


def limits(real: Floats, floor: Floats, model: Floats) -> tuple[float, float]:
    """Return the range of all values, without those far from most of the real ones.

    Parameters
    ----------
    real, floor, model
        Finite values of held-out, of other real and of generated windows; not empty.

    Examples
    --------
    >>> near = np.linspace(0.0, 1.0, 50)
    >>> limits(near, near, np.array([0.5, 40.0]))
    (0.0, 1.0)
    """
    recorded, everything = np.concatenate([real, floor]), np.concatenate([real, floor, model])
    low, high = np.quantile(recorded, [_TAIL, 1 - _TAIL])
    reach = _REACH * (high - low)
    if reach == 0:
        return float(everything.min()), float(everything.max())
    kept = everything[(everything >= low - reach) & (everything <= high + reach)]
    return float(kept.min()), float(kept.max())
