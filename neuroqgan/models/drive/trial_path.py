"""The time in the trial in the drive: a smooth path of few dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.components import components_of, held
from neuroqgan.models.drive.covariates import CovariatePart
from neuroqgan.models.drive.part import set_normal, weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows

# Standard deviation of the smoothing, in seconds: a bin of the usual width.
_SMOOTH = 0.02
_REACH = 6
_WEIGHT_SPREAD, _PATH_SPREAD = 0.5, 0.1


class TrialPath(CovariatePart):
    r"""A path that follows the time in the trial, :math:`\sum_d w_{id} e_d(t)`.

    For recordings whose trials repeat one stimulus that nobody wrote down. The path is learnt bin
    by bin and smoothed by a Gaussian, so the number of weights is linear in neurons plus the path's
    own, which describe the stimulus.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    n_dimensions
        Dimensions of the path.
    n_bins
        Bins of a trial.
    bin_width
        Width of a bin in seconds.
    """

    def __init__(self, n_neurons: int, n_dimensions: int, n_bins: int, bin_width: float) -> None:
        super().__init__()
        self.own_weight = weight(n_neurons, n_dimensions)
        self.shared_weight = weight(n_bins, n_dimensions)
        self._bin_width = bin_width
        self._changed: torch.Tensor | None = None
        spread = max(1.0, _SMOOTH / bin_width)
        reach = int(np.ceil(_REACH * spread))
        kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / spread) ** 2)
        self._kernel = (kernel / kernel.norm())[None, None]

    @property
    def n_stimulus_weights(self) -> int:
        """See `CovariatePart.n_stimulus_weights`; the path's."""
        return self.shared_weight.numel()

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`."""
        set_normal(self.own_weight, _WEIGHT_SPREAD, random)
        set_normal(self.shared_weight, _PATH_SPREAD, random)

    def path(self) -> torch.Tensor:
        """Return the smooth path, shape ``(n_bins, n_dimensions)``."""
        steps = self.shared_weight.T[:, None]
        reach = self._kernel.shape[-1] // 2
        return torch.nn.functional.conv1d(steps, self._kernel, padding=reach)[:, 0].T

    def components(self) -> torch.Tensor:
        """See `CovariatePart.components`; all bins of the trial count the same."""
        with torch.no_grad():
            by_bin = self._by_bin()
            return components_of(by_bin, torch.ones(len(by_bin)))

    def change_component(self, index: int, amount: float | None) -> None:
        """See `CovariatePart.change_component`."""
        component = self.components()[index]
        with torch.no_grad():
            by_bin = self._by_bin()
            if amount is None:
                self._changed = held(component, by_bin, torch.ones(len(by_bin)))
            else:
                self._changed = by_bin + amount * component

    def _by_bin(self) -> torch.Tensor:
        """Return what every bin of the trial adds to the drive, ``(n_bins, n_neurons)``."""
        return self.path() @ self.own_weight.T

    def features(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> NDArray[np.float32]:
        """See `CovariatePart.features`; the bin of the trial, as a number."""
        seconds = windows.rows(first_bin, n_bins)
        last = len(self.shared_weight) - 1
        bins: NDArray[np.float32] = np.rint(seconds / self._bin_width).clip(0, last)
        return bins.astype(np.float32)

    def values(self, features: torch.Tensor) -> torch.Tensor:
        """See `CovariatePart.values`."""
        by_bin = self._by_bin() if self._changed is None else self._changed
        bins = features[..., 0].long()
        return by_bin.index_select(0, bins.reshape(-1)).reshape(*bins.shape, -1)
