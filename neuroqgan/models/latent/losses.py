"""The statistics loss: squared deviations of moments, without the bias of squared noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neuroqgan.training.targets import AUTO_WEIGHT, K_WEIGHT, RATE_WEIGHT

if TYPE_CHECKING:
    from neuroqgan.models.latent.group_moments import GroupMoments
    from neuroqgan.training.targets import Moment, Targets


def statistics_loss(
    moments: GroupMoments, targets: Targets, marginals: torch.Tensor | None = None
) -> torch.Tensor:
    """Compare the moments of generated rasters with the recording's.

    A squared deviation of a noisy estimate is too large by the estimate's variance, which would
    reward generators with less variance, that is, with less correlation. So each deviation is
    estimated on two independent halves of the latents, and the two are multiplied; the result
    is unbiased, and can be negative. Deviations are measured in standard errors of the
    recording.

    Parameters
    ----------
    moments
        With two parts, one a half of the latents.
    targets
        Moments of the recording.
    marginals
        Estimates of the probabilities of spikes that vary less with the latents, for the rates; by
        default those of ``moments``.
    """
    given = _halves(moments.marginals)
    steady = given if marginals is None else _halves(marginals)
    loss = (
        RATE_WEIGHT * _deviation(steady.mean((1, 2)), targets.rate).mean()
        + K_WEIGHT * _deviation(moments.k_probability, targets.k_probability).mean()
        + _deviation(moments.pairs, targets.pairs).mean()
    )
    if targets.n_lags:
        lagged = _deviation(lagged_moments(given, targets.n_lags), targets.lagged)
        auto = torch.diagonal(lagged, dim1=1, dim2=2)
        loss = loss + lagged.mean() + AUTO_WEIGHT * auto.mean()
    return loss


def lagged_moments(marginals: torch.Tensor, n_lags: int) -> torch.Tensor:
    """Return the probability that neuron i spikes in a bin and neuron j some bins later.

    Bins are independent given the latents, so the product of their marginals is exact.

    Parameters
    ----------
    marginals
        ``(n_parts, n_samples, n_bins, n_neurons)``.
    n_lags
        Lags 1 to ``n_lags``.

    Returns
    -------
    torch.Tensor
        ``(n_parts, n_lags, n_neurons, n_neurons)``.
    """
    n_parts, n_samples, n_bins, n_neurons = marginals.shape
    lags = []
    for lag in range(1, n_lags + 1):
        now = marginals[:, :, :-lag].reshape(n_parts, -1, n_neurons)
        later = marginals[:, :, lag:].reshape(n_parts, -1, n_neurons)
        lags.append(now.transpose(1, 2) @ later / (n_samples * (n_bins - lag)))
    return torch.stack(lags, dim=1)


def _halves(marginals: torch.Tensor) -> torch.Tensor:
    return marginals.reshape(2, -1, *marginals.shape[1:])


def _deviation(halves: torch.Tensor, target: Moment) -> torch.Tensor:
    scaled = (halves - target.value) / target.error
    return scaled[0] * scaled[1]
