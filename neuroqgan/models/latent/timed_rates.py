"""Rates by covariates: where in the recording a step looks, and how often neurons fired there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.covariates import CovariateWindows

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster

# Standard deviation, in bins, of the smoothing behind standard errors.
_SMOOTHING = 2.0
# A bin without spikes is not known to be silent: its standard error is that of a rate of this share
# of the neuron's mean, or of one spike in all trials, whichever is larger.
_LEAST_SHARE = 0.25


@dataclass(frozen=True)
class Visit:
    """Places of the recording that a step looks at, and the rates there.

    The places of both halves of `windows` are independent of each other, those within a half are
    spread evenly.

    Parameters
    ----------
    windows
        Covariates of the windows at these places.
    rows
        Row of ``rates`` that every bin belongs to, integers ``(n_windows, n_bins)``.
    rates
        Probability of a spike in the recording, ``(n_rows, n_neurons)``.
    variance
        Squares of their standard errors, ``(n_rows, n_neurons)``.
    """

    windows: CovariateWindows
    rows: torch.Tensor
    rates: torch.Tensor
    variance: torch.Tensor

    def samples(self) -> CovariateWindows:
        """Return the covariates of a batch that visits every place twice.

        Its first half are the windows of the first half twice, its second half those of the second.
        """
        first, second = np.arange(self.windows.n_samples).reshape(2, -1)
        return self.windows.take(np.concatenate([first, first, second, second]))

    def loss(self, marginals: torch.Tensor) -> torch.Tensor:
        """Compare rates by covariates with the recording's, without bias.

        Every place is visited twice, with independent latents, and the deviations of the two visits
        are multiplied: their mean is the squared deviation of the rate itself, without the variance
        of its estimate (see `neuroqgan.models.latent.losses.statistics_loss`).

        Parameters
        ----------
        marginals
            Probability of a spike given the latents, ``(2 n_windows, n_bins, n_neurons)``, of the
            batch of `samples`.

        Returns
        -------
        torch.Tensor
            Mean squared deviation in standard errors of the recording; it can be negative.
        """
        rows = self.rows.reshape(-1)
        n_neurons = marginals.shape[-1]
        halves = marginals.reshape(2, 2, -1, n_neurons)
        visits = halves.transpose(0, 1).reshape(2, -1, n_neurons)
        sums = torch.zeros(2, *self.rates.shape).index_add(1, rows, visits)
        n_seen = torch.bincount(rows, minlength=len(self.rates))
        seen = n_seen > 0
        deviation = sums[:, seen] / n_seen[seen, None] - self.rates[seen]
        return (deviation[0] * deviation[1] / self.variance[seen]).mean()


class TimedRates:
    """What a recording says of rates by covariates.

    Where all trials have the same covariates, these are means over trials by the time in the trial
    (the peristimulus time histogram). Otherwise every bin was seen once, and its spikes stand for
    their probability.

    Parameters
    ----------
    trials
        Whole trials to train on.
    windows
        Training windows.
    places
        Covariates of these windows.
    """

    def __init__(self, trials: SpikeRaster, windows: SpikeRaster, places: CovariateWindows) -> None:
        from scipy.ndimage import gaussian_filter1d

        self._spikes, self._places = windows.spikes, places
        n_trials = trials.n_samples
        mean = trials.spikes.mean((0, 1))
        rates = trials.spikes.mean(0) if places.covariates.is_shared else mean[None]
        least = np.maximum(_LEAST_SHARE * mean, 1 / n_trials)
        # Where no bin is seen more than once, deviations count as if it had been in every trial.
        nearby = gaussian_filter1d(rates, _SMOOTHING, axis=0, mode="nearest")
        likely = np.minimum(np.maximum(nearby, least), 0.5)
        self._rates = torch.from_numpy(rates).float()
        self._variance = torch.from_numpy(likely * (1 - likely) / n_trials).float()

    def visit(self, n_windows: int, random: np.random.Generator) -> Visit:
        """Choose places at random, spread evenly, each half for itself and in random order.

        Parameters
        ----------
        n_windows
            Number of places, an even number.
        random
            Chooses them.
        """
        stretch = np.stack([random.permutation(n_windows // 2) for _ in range(2)])
        share = ((stretch + random.random(stretch.shape)) / (n_windows // 2)).ravel()
        own = self._places
        covariates, n_bins = own.covariates, own.n_bins
        if covariates.is_shared:
            starts = (share * (covariates.n_bins - n_bins + 1)).astype(np.int64)
            placed = CovariateWindows(covariates, np.zeros_like(starts), starts, n_bins)
            return Visit(placed, torch.from_numpy(placed.trial_bins), self._rates, self._variance)
        which = (share * own.n_samples).astype(np.int64)
        spikes = torch.from_numpy(self._spikes[which]).float().flatten(0, 1)
        rows = torch.arange(len(spikes)).reshape(n_windows, n_bins)
        return Visit(own.take(which), rows, spikes, self._variance.expand(len(spikes), -1))
