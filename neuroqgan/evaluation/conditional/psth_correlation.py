"""How well the PSTHs of generated windows follow those of the recording."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.evaluation.conditional.equal_windows import equal_windows
from neuroqgan.evaluation.conditional.trial_histogram import places_of, trial_histogram
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

FEWEST_PER_BIN = 4.0
"""Windows that have to cover a bin of the trial, on average, for a PSTH."""

# Below this real PSTHs do not repeat, and a share of it would be a ratio of noise.
_LOWEST_CEILING = 0.1
_FEWEST_BINS = 3


@dataclass(frozen=True)
class PSTHCorrelation:
    """Correlation over the bins of the trial of one PSTH with that of held-out windows.

    Parameters
    ----------
    correlation
        Of generated with held-out windows, mean over neurons.
    ceiling
        Of as many training with held-out windows, mean over the same neurons.
    share
        ``correlation / ceiling``; NaN if real PSTHs hardly correlate, below 0.1.
    windows_per_bin
        Windows that cover a bin of the trial, on average, in generated and training PSTHs alike.
    by_neuron, ceiling_by_neuron
        The two correlations of every neuron; NaN if its PSTH is constant.
    """

    correlation: float
    ceiling: float
    share: float
    windows_per_bin: float
    by_neuron: tuple[float, ...]
    ceiling_by_neuron: tuple[float, ...]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PSTHCorrelation:
        """Read the fields from JSON, where None stands for NaN."""
        return cls(
            _float(values["correlation"]),
            _float(values["ceiling"]),
            _float(values["share"]),
            _float(values["windows_per_bin"]),
            tuple(map(_float, values["by_neuron"])),
            tuple(map(_float, values["ceiling_by_neuron"])),
        )


def windows_per_bin(*rasters: SpikeRaster) -> float:
    """Return how many windows cover a bin of the trial, on average, in the smallest raster."""
    return min(r.n_samples * r.n_bins / places_of(r).covariates.n_bins for r in rasters)


def psth_correlation(
    generated: SpikeRaster, held_out: SpikeRaster, training: SpikeRaster, seed: Seed = 0
) -> PSTHCorrelation | None:
    """Correlate the PSTH of generated windows with that of held-out ones, neuron by neuron.

    Two PSTHs of the same neuron differ by chance, so even real PSTHs do not correlate perfectly:
    that of the training windows gives the ceiling. Generated and training windows are taken in
    equal numbers, so a generator of which many windows are drawn has no advantage. If its spikes
    vary as much as recorded ones, the share of the ceiling is then the correlation that remains
    without any noise of sampling. Nothing is smoothed. Bins at the edges of the trial that few
    windows cover are left out.

    Parameters
    ----------
    generated, held_out, training
        Windows of the same bins and neurons that carry the same covariates, shared by all trials.
    seed
        Seed of the choice of windows.

    Returns
    -------
    PSTHCorrelation or None
        None if a bin of the trial is covered by fewer than four windows.

    References
    ----------
    Schoppe et al., Measuring the performance of neural models, Front. Comput. Neurosci. 10 (2016).

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> found = psth_correlation(parts.train, parts.held_out, parts.train)
    >>> found.correlation == found.ceiling
    True
    """
    if windows_per_bin(generated, held_out, training) < FEWEST_PER_BIN:
        return None
    random = as_generator(seed)
    n_windows = min(generated.n_samples, training.n_samples)
    real = trial_histogram(held_out)
    draws = [
        [trial_histogram(draw) for draw in equal_windows(raster, n_windows, random)]
        for raster in (generated, training)
    ]
    kept = real.well_covered
    for histogram in (*draws[0], *draws[1]):
        kept = kept & histogram.well_covered
    if kept.sum() < _FEWEST_BINS:
        return None
    found, ceiling = (
        np.mean([_correlations(h.rates[kept], real.rates[kept]) for h in of], axis=0)
        for of in draws
    )
    both = np.isfinite(found) & np.isfinite(ceiling)
    if not both.any():
        return None
    means = float(found[both].mean()), float(ceiling[both].mean())
    per_bin = n_windows * generated.n_bins / len(kept)
    return PSTHCorrelation(
        *means,
        means[0] / means[1] if means[1] >= _LOWEST_CEILING else math.nan,
        per_bin,
        tuple(map(_float, found)),
        tuple(map(_float, ceiling)),
    )


def signal_correlations(rasters: Sequence[SpikeRaster], seed: Seed = 0) -> tuple[Floats, ...]:
    """Return the correlation of the PSTHs of all pairs of neurons, for each raster.

    All are measured at the number of windows of the smallest, since noise makes them smaller.

    Parameters
    ----------
    rasters
        Windows with the same covariates, shared by all trials.
    seed
        Seed of the choice of windows.

    Returns
    -------
    tuple of numpy.ndarray
        Each of shape ``(n_pairs,)``, pairs as in ``numpy.triu_indices(n_neurons, 1)``; NaN if one
        of a pair has a constant PSTH.
    """
    random = as_generator(seed)
    n_windows = min(raster.n_samples for raster in rasters)
    pairs = np.triu_indices(rasters[0].n_neurons, 1)
    found = []
    for raster in rasters:
        draws = []
        for draw in equal_windows(raster, n_windows, random):
            histogram = trial_histogram(draw)
            scores = _standardised(histogram.rates[histogram.well_covered])
            draws.append((scores.T @ scores / len(scores))[pairs])
        found.append(np.mean(draws, axis=0))
    return tuple(found)


def _correlations(one: Floats, other: Floats) -> Floats:
    correlations: Floats = (_standardised(one) * _standardised(other)).mean(0)
    return correlations


def _standardised(rates: Floats) -> Floats:
    spread = rates.std(0)
    # Rounding leaves a constant PSTH with a spread that is not quite zero.
    spread[spread < 1e-12] = np.nan
    scores: Floats = (rates - rates.mean(0)) / spread
    return scores


def _float(value: float | None) -> float:
    # One NaN for all, so that figures that were stored and read are equal to what they were.
    return math.nan if value is None or math.isnan(value) else float(value)
