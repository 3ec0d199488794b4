"""Why generated windows are recognised, and what drives the neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.report.style import FLOOR, GENERATED, QUIET, REAL, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuroqgan.evaluation.explain.explanation import Explanation

_WINDOWS, _MOST_EFFECTS, _MOST_LABELS = 6, 12, 25


def plot_explanation(explanation: Explanation) -> Figure:
    """Draw the most recognised windows, kinds of spikes, and what each dimension does.

    Parameters
    ----------
    explanation
        See `neuroqgan.explain`.

    Returns
    -------
    Figure
        A matplotlib figure, which a notebook shows and `Figure.savefig` writes.

    Examples
    --------
    >>> from neuroqgan.data.simulate import simulate_population
    >>> from neuroqgan.data.split import split
    >>> from neuroqgan.evaluation.explain.explanation import Explanation
    >>> from neuroqgan.evaluation.explain.importance import explain_spikes
    >>> parts = split(simulate_population(3, 40, 80, seed=0), 8)
    >>> spikes = explain_spikes(parts.train, parts.held_out, max_windows=40)
    >>> figure = plot_explanation(Explanation(spikes, (), ("0", "1", "2"), 0.02))
    >>> figure.axes[0].get_title("left")
    'Most recognised windows'
    """
    has_effects = bool(explanation.effects)
    with style():
        figure = new_figure(11, 8 if has_effects else 4.4)
        grid = figure.add_gridspec(2 if has_effects else 1, 2)
        _windows(figure.add_subplot(grid[0, 0]), explanation)
        _contexts(figure.add_subplot(grid[0, 1]), explanation)
        if has_effects:
            _effects(figure.add_subplot(grid[1, 0]), explanation)
            _correlations(figure.add_subplot(grid[1, 1]), explanation)
    return figure


def _windows(axes: Axes, explanation: Explanation) -> None:
    """Draw spikes side by side, coloured by their importance."""
    explained = explanation.spikes.generated
    order = np.argsort(-explained.scores)[:_WINDOWS]
    n_bins, n_neurons = explained.spikes.shape[1:]
    most = float(np.abs(explained.importance[order]).max()) or 1.0
    for i, window in enumerate(order):
        bins, neurons = np.nonzero(explained.spikes[window])
        values = explained.importance[window][bins, neurons]
        start = i * (n_bins + 1)
        drawn = axes.scatter(
            start + bins,
            neurons,
            c=values,
            cmap="coolwarm",
            vmin=-most,
            vmax=most,
            marker="|",
            s=max(8.0, 900.0 / n_neurons),
            linewidths=2.2,
        )
        axes.axvline(start - 1, color=QUIET, linewidth=0.5)
    axes.figure.colorbar(drawn, ax=axes, label="importance (log odds)")
    axes.set_title("Most recognised windows")
    axes.set_xlabel(
        f"bins of {explanation.bin_width:g} s, windows side by side\n"
        "red: looks generated, blue: looks real"
    )
    axes.set_ylabel("neuron")
    _neurons(axes, explanation.neuron_labels)


def _contexts(axes: Axes, explanation: Explanation) -> None:
    rows = [row for row in explanation.contexts if row.n_spikes][::-1]
    places = np.arange(len(rows))
    values = np.array([row.importance for row in rows])
    errors = np.nan_to_num([2 * row.error for row in rows])
    colors = [GENERATED if value > 0 else REAL for value in values]
    axes.barh(places, values, xerr=errors, color=colors, height=0.6, ecolor=QUIET)
    axes.axvline(0, color=FLOOR, linewidth=0.8)
    shares = [f"{row.generated_share:.0%} / {row.real_share:.0%}" for row in rows]
    axes.set_yticks(
        places, [f"{row.title}\n{share}" for row, share in zip(rows, shares, strict=True)]
    )
    axes.set_title("Kinds of spikes (share of generated / real)")
    axes.set_xlabel("mean importance, with two standard errors")


def _effects(axes: Axes, explanation: Explanation) -> None:
    shown = explanation.effects[:_MOST_EFFECTS]
    rates = np.array([one.rates for one in shown])
    most = float(np.abs(rates).max()) or 1.0
    image = axes.imshow(rates, cmap="coolwarm", vmin=-most, vmax=most, aspect="auto")
    axes.figure.colorbar(image, ax=axes, label="Hz per unit")
    axes.set_yticks(range(len(shown)), [one.name for one in shown])
    labels = explanation.neuron_labels
    if len(labels) <= _MOST_LABELS:
        axes.set_xticks(range(len(labels)), labels, rotation=90 if len(labels) > 10 else 0)
    axes.set_xlabel("neuron")
    axes.set_title("What each dimension does to rates")


def _correlations(axes: Axes, explanation: Explanation) -> None:
    shown = explanation.effects[:_MOST_EFFECTS][::-1]
    places = np.arange(len(shown))
    usual = explanation.effects[0].usual
    held = np.array([one.without for one in shown])
    change = np.array([one.correlation for one in shown])
    error = np.array([2 * one.correlation_error for one in shown])
    axes.errorbar(
        usual + change,
        places,
        xerr=error,
        fmt="o",
        color=GENERATED,
        markersize=4,
        label="raised by one unit",
    )
    if np.isfinite(held).any():
        axes.plot(held, places, "D", color=REAL, markersize=4, label="held at its mean")
    axes.axvline(usual, color=FLOOR, linewidth=0.8, label="as it is")
    axes.set_yticks(places, [one.name for one in shown])
    axes.set_xlabel("mean correlation of pairs")
    axes.set_title("What each dimension does to correlations")
    axes.legend(labelcolor=FLOOR)


def _neurons(axes: Axes, labels: tuple[str, ...]) -> None:
    axes.set_ylim(len(labels) - 0.5, -0.5)
    if len(labels) <= _MOST_LABELS:
        axes.set_yticks(range(len(labels)), labels)
