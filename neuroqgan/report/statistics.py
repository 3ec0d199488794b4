"""Statistics of generated rasters against those of held-out real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.statistics import all_statistics
from neuroqgan.report.style import ACCENT, FLOOR, GENERATED, REAL, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

_SCATTERS = (
    ("firing_rate", "Firing rate (Hz)"),
    ("pair_covariance", "Pair covariance"),
    ("lag1_cross_covariance", "Covariance at lag 1"),
    ("triplet_correlation", "Triplet correlation"),
)
# What is farther off than this many times the range of most real values would flatten the rest.
_TAIL, _REACH = 0.05, 1.0


def plot_statistics(
    held_out: SpikeRaster, training: SpikeRaster, generated: SpikeRaster, evaluation: Evaluation
) -> Figure:
    """Draw scatter plots, the k-probability and the inter-spike intervals.

    Grey points compare training with held-out windows: real data against real data. The ratio in
    a title is the error in units of that floor. Axes are chosen so that most real points can be
    told apart; those beyond are drawn as hollow diamonds at the edge, and counted.
    """
    real, floor, model = map(all_statistics, (held_out, training, generated))
    with style():
        figure = new_figure(10, 6.2)
        panels = figure.subplots(2, 3).ravel()
        for axes, (name, title) in zip(panels, _SCATTERS, strict=False):
            scale = 1 / held_out.bin_width if name == "firing_rate" else 1.0
            points = [scale * values[name].ravel() for values in (real, floor, model)]
            _scatter(axes, *points)
            axes.set_title(_titled(title, evaluation.statistics[name].ratio))
        _k_probability(panels[4], real, floor, model)
        panels[4].set_title(_titled("k-probability", evaluation.statistics["k_probability"].ratio))
        _intervals(panels[5], held_out.bin_width, real, floor, model)
        ratio = evaluation.statistics["inter_spike_interval"].ratio
        panels[5].set_title(_titled("Inter-spike intervals", ratio))
        handles, labels = panels[4].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=3)
    return figure


def _titled(title: str, ratio: float) -> str:
    # Beside a large ratio a decimal says nothing, and the panels are narrow.
    digits = 1 if ratio < 100 else 0
    return title if np.isnan(ratio) else f"{title}: {ratio:,.{digits}f} x floor"


def _scatter(axes: Axes, real: Floats, floor: Floats, model: Floats) -> None:
    if not real.size:
        axes.text(0.5, 0.5, "too few neurons", transform=axes.transAxes, ha="center", color=FLOOR)
        axes.set_axis_off()
        return
    low, high = _limits(real, floor, model)
    margin = 0.05 * (high - low) or 0.1
    axes.axline((low, low), slope=1, color=ACCENT, linewidth=0.8)
    beyond = 0
    for values, marker, color in ((floor, "s", FLOOR), (model, "^", GENERATED)):
        inside = (np.minimum(real, values) >= low) & (np.maximum(real, values) <= high)
        beyond += int((~inside).sum())
        axes.plot(real[inside], values[inside], marker, color=color, markersize=3, alpha=0.75)
        edge = (np.clip(side[~inside], low - margin, high + margin) for side in (real, values))
        (outside,) = axes.plot(*edge, "D", color=color, mfc="none", markersize=5, clip_on=False)
        # Else the layout makes room for where these points were before the axes had their limits.
        outside.set_in_layout(False)
    words = f"held out\n{beyond} beyond the axes ($\\diamond$)" if beyond else "held out"
    limits = (low - margin, high + margin)
    axes.set(xlim=limits, ylim=limits, xlabel=words, ylabel="generated or training")
    axes.set_aspect("equal")
    axes.locator_params(nbins=4)
    axes.ticklabel_format(style="sci", scilimits=(-3, 3))


def _limits(real: Floats, floor: Floats, model: Floats) -> tuple[float, float]:
    """Return the range of all values, without those far off most of the real ones."""
    recorded, everything = np.concatenate([real, floor]), np.concatenate([real, floor, model])
    low, high = np.quantile(recorded, [_TAIL, 1 - _TAIL])
    reach = _REACH * (high - low)
    if reach == 0:
        return float(everything.min()), float(everything.max())
    kept = everything[(everything >= low - reach) & (everything <= high + reach)]
    return float(kept.min()), float(kept.max())


def _k_probability(
    axes: Axes, real: dict[str, Floats], floor: dict[str, Floats], model: dict[str, Floats]
) -> None:
    for values, color, marker, label in (
        (floor, FLOOR, "s-", "training"),
        (real, REAL, "o-", "held out"),
        (model, GENERATED, "^-", "generated"),
    ):
        probability = values["k_probability"]
        seen = np.flatnonzero(probability)
        axes.plot(seen, probability[seen], marker, color=color, markersize=3.5, label=label)
    axes.set_yscale("log")
    axes.set(xlabel="neurons spiking in a bin, k", ylabel="probability")


def _intervals(
    axes: Axes,
    bin_width: float,
    real: dict[str, Floats],
    floor: dict[str, Floats],
    model: dict[str, Floats],
) -> None:
    for values, color in ((floor, FLOOR), (real, REAL), (model, GENERATED)):
        share = values["inter_spike_interval"]
        axes.step(1e3 * bin_width * np.arange(len(share)), share, where="mid", color=color)
    axes.set(xlabel="interval (ms)", ylabel="share")
    axes.set_ylim(bottom=0)
