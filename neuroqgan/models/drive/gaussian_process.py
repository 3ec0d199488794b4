"""Latent processes: how classical noise depends on the time bin."""

from __future__ import annotations

import torch


def ornstein_uhlenbeck(noise: torch.Tensor, persistence: torch.Tensor) -> torch.Tensor:
    r"""Turn white noise into stationary Ornstein-Uhlenbeck processes, sampled once a bin.

    .. math:: z_0 = e_0, \qquad z_t = r z_{t-1} + \sqrt{1 - r^2}\, e_t

    Every dimension keeps zero mean and unit variance, with autocorrelation ``r**lag``; the time
    constant is ``-1 / ln r`` bins. Written as one product with a lower-triangular matrix a
    dimension, so that the time constants are trainable at little cost.

    Parameters
    ----------
    noise
        Standard normal, shape ``(n_samples, n_bins, n_dimensions)``.
    persistence
        ``r`` of every dimension, in (0, 1), shape ``(n_dimensions,)``.

    Returns
    -------
    torch.Tensor
        Shape ``(n_samples, n_bins, n_dimensions)``.
    """
    n_bins = noise.shape[1]
    bins = torch.arange(n_bins)
    lag = bins[:, None] - bins[None, :]
    r = persistence[:, None, None]
    innovation = torch.where(bins == 0, torch.ones_like(r), torch.sqrt(1 - r * r))
    mixing = torch.where(lag >= 0, r ** lag.clamp_min(0), 0.0) * innovation
    return torch.einsum("dts,bsd->btd", mixing, noise)
