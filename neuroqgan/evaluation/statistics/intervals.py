"""How long neurons wait between their spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.evaluation.statistics.statistic import Panel, Statistic
from neuroqgan.evaluation.statistics.window_sums import interval_counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.evaluation.statistics.summary import RasterSummary


def inter_spike_interval(summary: RasterSummary) -> NDArray[np.float64]:
    """Return the distribution of intervals between successive spikes of a neuron, ``(n_bins,)``.

    Pooled over neurons; the index is the interval in bins; only intervals within a window count.
    All zero if no neuron spikes twice in a window.
    """
    counts = summary.total(interval_counts)
    distribution: NDArray[np.float64] = counts / max(counts.sum(), 1.0)
    return distribution


INTER_SPIKE_INTERVAL = Statistic(
    "inter_spike_interval",
    "inter-spike intervals",
    "share of intervals",
    inter_spike_interval,
    is_defined=lambda summary: bool(summary.by_window(interval_counts).any()),
    panel=Panel("intervals", x_label="interval"),
    column="ISI",
)
