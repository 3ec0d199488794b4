"""Recorded covariates in the drive: filtered in time, seen through a few hidden units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.covariates import CovariatePart
from neuroqgan.models.drive.part import set_normal, weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.covariate_spec import CovariateSpec

_OWN_SPREAD, _BIAS_SPREAD = 0.1, 0.5


class CovariateColumns(CovariatePart):
    r"""Hidden units of standardised, filtered covariates, which all neurons share.

    With :math:`c_k(t)` the features,

    .. math:: \sum_d w_{id} \tanh\bigl(a_d + \sum_k B_{kd} c_k(t)\bigr).

    Parameters
    ----------
    n_neurons
        Number of neurons.
    n_dimensions
        Hidden units.
    spec
        Columns, and how they are standardised.
    n_filters
        Temporal filters per column; 0 to look at the present bin alone.
    n_lags
        Bins that the filters look back, the present one included.
    """

    def __init__(
        self, n_neurons: int, n_dimensions: int, spec: CovariateSpec, n_filters: int, n_lags: int
    ) -> None:
        super().__init__()
        self._filters = raised_cosines(n_filters, n_lags) if n_filters else np.ones((1, 1))
        n_features = len(spec.names) * len(self._filters)
        self.own_weight = weight(n_neurons, n_dimensions)
        self.shared_weight = weight(n_features, n_dimensions)
        self.shared_bias = weight(n_dimensions)
        self._centre = np.array(spec.centre, np.float32)
        self._scale = np.array(spec.scale, np.float32)

    @property
    def n_stimulus_weights(self) -> int:
        """See `CovariatePart.n_stimulus_weights`; those of the hidden units."""
        return self.shared_weight.numel() + self.shared_bias.numel()

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`."""
        set_normal(self.own_weight, _OWN_SPREAD, random)
        set_normal(self.shared_weight, 1 / math.sqrt(len(self.shared_weight)), random)
        set_normal(self.shared_bias, _BIAS_SPREAD, random)

    def features(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> NDArray[np.float32]:
        """See `CovariatePart.features`; columns vary slowest, filters fastest."""
        n_bins = windows.n_bins - first_bin if n_bins is None else n_bins
        n_lags = self._filters.shape[1]
        rows = windows.rows(first_bin - n_lags + 1, n_bins + n_lags - 1)
        rows = (rows - self._centre) / self._scale
        lagged = np.lib.stride_tricks.sliding_window_view(rows, n_lags, axis=1)[..., ::-1]
        features = np.einsum("sbcl,kl->sbck", lagged, self._filters, optimize=True)
        found: NDArray[np.float32] = features.reshape(*features.shape[:2], -1).astype(np.float32)
        return found

    def values(self, features: torch.Tensor) -> torch.Tensor:
        """See `CovariatePart.values`."""
        hidden = torch.tanh(features @ self.shared_weight + self.shared_bias)
        return hidden @ self.own_weight.T


def raised_cosines(n_filters: int, n_lags: int) -> NDArray[np.float64]:
    """Return filters that overlap evenly on a logarithmic time axis, the shortest first.

    The convention of models of spike trains (Pillow et al., Nature 454, 995 (2008)).

    Parameters
    ----------
    n_filters
        Number of filters.
    n_lags
        Bins that they look back, the present one included.

    Returns
    -------
    numpy.ndarray
        Each sums to one; shape ``(n_filters, n_lags)``, the present bin first.

    Examples
    --------
    >>> raised_cosines(2, 4).sum(1).round(6).tolist()
    [1.0, 1.0]
    """
    time = np.log1p(np.arange(n_lags))
    spacing = max(time[-1], math.log(2)) / max(n_filters - 1, 1)
    centres = spacing * np.arange(n_filters)
    phase = np.clip(np.pi / 2 * (time - centres[:, None]) / spacing, -np.pi, np.pi)
    filters = 0.5 * (1 + np.cos(phase))
    normalised: NDArray[np.float64] = filters / filters.sum(1, keepdims=True)
    return normalised
