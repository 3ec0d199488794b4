"""Rates by the time in the trial: a smoothed PSTH."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.bernoulli import LEAST_PROBABILITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

BANDWIDTHS = (0.0, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Standard deviations of the smoothing that are compared, in bins."""

_N_FOLDS = 5
# In trials: every bin gets as many spikes as its neuron's mean rate makes expected in this many.
_PRIOR = 0.5


class TrialPSTH:
    """The probability of a spike in every bin of the trial, smoothed by a Gaussian.

    Every neuron has its own bandwidth, the one with the greatest likelihood of training trials
    that were left out of the average, in five folds. The time in the trial is read from the
    covariate's value, in seconds, so that trials may follow one another in a longer sample.

    Parameters
    ----------
    trials
        Training trials with the time in the trial as their covariate.
    """

    def __init__(self, trials: SpikeRaster) -> None:
        spikes = trials.spikes
        n_trials, self._bin_width = len(spikes), trials.bin_width
        folds = np.arange(n_trials) % min(_N_FOLDS, n_trials)
        counts = np.stack([spikes[folds == fold].sum(0) for fold in np.unique(folds)])
        sizes = np.bincount(folds)
        total = counts.sum(0)
        scores = np.zeros((len(BANDWIDTHS), trials.n_neurons))
        for i, bandwidth in enumerate(BANDWIDTHS):
            for count, size in zip(counts, sizes, strict=True):
                # A single trial leaves none to learn from: it is judged on itself.
                learned, n_learned = (total - count, n_trials - size)
                if not n_learned:
                    learned, n_learned = total, n_trials
                same = np.full(trials.n_neurons, bandwidth)
                expected = _smoothed(learned, n_learned, same)
                expected = expected.clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
                bits = count * np.log(expected) + (size - count) * np.log1p(-expected)
                scores[i] += bits.sum(0)
        self.bandwidths: Floats = np.asarray(BANDWIDTHS)[scores.argmax(0)]
        self.by_bin: Floats = _smoothed(total, n_trials, self.bandwidths)

    @property
    def n_parameters(self) -> int:
        """A probability per neuron and bin of the trial, and a bandwidth per neuron."""
        return self.by_bin.size + len(self.bandwidths)

    @property
    def n_stimulus_parameters(self) -> int:
        """The probabilities: they describe the trial bin by bin."""
        return self.by_bin.size

    def probability(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> Floats:
        """Return the probability of a spike in the bins of samples.

        Parameters
        ----------
        windows
            The time in the trial of every sample.
        first_bin, n_bins
            See `CovariateWindows.rows`.

        Returns
        -------
        numpy.ndarray
            Shape ``(n_samples, n_bins, n_neurons)``.
        """
        seconds = windows.rows(first_bin, n_bins)[..., 0]
        bins = np.rint(seconds / self._bin_width).astype(np.intp)
        by_bin: Floats = self.by_bin[bins.clip(0, len(self.by_bin) - 1)]
        return by_bin


def _smoothed(counts: NDArray[np.int64], n_trials: int, bandwidths: Floats) -> Floats:
    """Return probabilities, ``(n_bins, n_neurons)``, from spikes in a number of trials."""
    from scipy.ndimage import gaussian_filter1d

    rates = counts.mean(0) / n_trials
    raw = (counts + _PRIOR * rates) / (n_trials + _PRIOR)
    smoothed: Floats = np.empty_like(raw)
    for neuron, bandwidth in enumerate(bandwidths):
        trace = raw[:, neuron]
        # At the ends of the trial the nearest bin stands for those beyond.
        smoothed[:, neuron] = (
            gaussian_filter1d(trace, bandwidth, mode="nearest") if bandwidth else trace
        )
    return smoothed
