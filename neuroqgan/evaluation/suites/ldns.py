"""The four statistics of LDNS: counts of the population, correlations, and intervals.

Source: Kapoor, Schulz, Vetter, Pei, Gao and Macke, "Latent Diffusion for Neural Spiking Data",
NeurIPS 2024, computed as in their notebooks (github.com/mackelab/LDNS, Apache-2.0 licence).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.suites.suite import Figure, Suite

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]


def measure(generated: SpikeRaster, real: SpikeRaster) -> dict[str, float]:
    """Return the four figures.

    Parameters
    ----------
    generated, real
        Windows of the same bins and neurons, ``(n_windows, n_bins, n_neurons)``.

    Returns
    -------
    dict
        ``count_kl``: divergence of the kernel density of population counts of the generated from
        that of the real windows, at whole counts up to the largest, in nats. ``correlation``: root
        mean square difference of the correlation matrices, whose upper half and diagonal are set
        to zero, over all entries, zeros too. ``interval_mean`` and ``interval_std``: root mean
        square difference, over neurons, of the mean and of the standard deviation of their
        intervals between spikes in a window, in seconds. Neurons without intervals or without
        correlations are left out.
    """
    means, stds = zip(*(_intervals(raster) for raster in (generated, real)), strict=True)
    return {
        "count_kl": _count_kl(generated, real),
        "correlation": _correlation(generated, real),
        "interval_mean": _root_mean_square(means[0] - means[1]),
        "interval_std": _root_mean_square(stds[0] - stds[1]),
    }


def _count_kl(generated: SpikeRaster, real: SpikeRaster) -> float:
    counts = [raster.spikes.sum(2).ravel() for raster in (generated, real)]
    if min(map(np.ptp, counts)) == 0:  # no density of a single value
        return math.nan
    top = int(max(map(np.max, counts)))
    mine, theirs = (_density(values, top) for values in counts)
    here = mine > 0
    with np.errstate(divide="ignore"):
        return float((mine[here] * np.log(mine[here] / theirs[here])).sum())


def _density(counts: NDArray[np.int64], top: int) -> Floats:
    """Return scipy's ``gaussian_kde`` of counts at 0, 1, ..., top, with a sum of 1."""
    n, width = len(counts), counts.std(ddof=1) * len(counts) ** -0.2  # Scott's rule
    at = np.arange(top + 1)
    shares = np.bincount(counts, minlength=top + 1) / n
    density = np.exp(-0.5 * ((at[:, None] - at) / width) ** 2) @ shares
    scaled: Floats = density / density.sum()
    return scaled


def _correlation(generated: SpikeRaster, real: SpikeRaster) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        mine, theirs = (
            np.atleast_2d(np.corrcoef(raster.spikes.reshape(-1, raster.n_neurons).T))
            for raster in (generated, real)
        )
    difference = np.tril(mine - theirs, -1)
    below = difference[np.tril_indices(len(difference), -1)]
    return math.nan if np.isnan(below).all() else _root_mean_square(difference)


def _intervals(raster: SpikeRaster) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the intervals of every neuron, in seconds."""
    window, neuron, time = np.nonzero(raster.spikes.swapaxes(1, 2))
    follows = (window[1:] == window[:-1]) & (neuron[1:] == neuron[:-1])
    interval = ((time[1:] - time[:-1]) * raster.bin_width)[follows]
    of_neuron, size = neuron[1:][follows], raster.n_neurons
    n = np.bincount(of_neuron, minlength=size)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(of_neuron, interval, size) / n
        square = np.bincount(of_neuron, (interval - mean[of_neuron]) ** 2, size) / n
    return mean, np.sqrt(square)


def _root_mean_square(differences: Floats) -> float:
    known = differences[~np.isnan(differences)]
    return float(np.sqrt((known**2).mean())) if known.size else math.nan


LDNS = Suite(
    "ldns",
    "LDNS",
    "Kapoor et al., NeurIPS 2024",
    {
        "count_kl": Figure("population count KL", "nats"),
        "correlation": Figure("correlation RMSE"),
        "interval_mean": Figure("mean interval RMSE", "s"),
        "interval_std": Figure("interval std RMSE", "s"),
    },
    measure,
)
