"""Covariates in the drive: what was recorded beside the spikes, such as a stimulus."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from neuroqgan.models.drive.part import DriveInputs, DrivePart

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows

PRIOR = 0.2
"""Weight of `CovariatePart.penalty` against the log likelihood of a whole recording.

It leaves dimensions out that are not needed; more costs likelihood on held-out trials.
"""


class CovariatePart(DrivePart):
    """Base of parts that look at `neuroqgan.models.drive.part.DriveInputs.covariates`.

    Covariates are known in advance, so a generator of covariates without a past still measures all
    bins in one program. They act through a few dimensions that all neurons share, each neuron with
    weights of its own.
    """

    @abstractmethod
    def features(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> NDArray[np.float32]:
        """Turn covariates into what the part looks at.

        Parameters
        ----------
        windows
            Covariates of the samples.
        first_bin
            First of the bins, counted from the start of a sample; it may be negative.
        n_bins
            How many; by default all up to the end of the samples.

        Returns
        -------
        numpy.ndarray
            Shape ``(n_samples, n_bins, n_features)``.
        """

    @abstractmethod
    def values(self, features: torch.Tensor) -> torch.Tensor:
        """Return what covariates add to the drive, ``(..., n_neurons)``.

        Parameters
        ----------
        features
            See `features`, shape ``(..., n_features)``.
        """

    @property
    @abstractmethod
    def n_stimulus_weights(self) -> int:
        """Number of weights that describe the covariates and belong to no neuron."""

    def components(self) -> torch.Tensor:
        """Return what one standard deviation of every component of the part adds to the drive.

        Returns
        -------
        torch.Tensor
            Shape ``(n_components, n_neurons)``; none unless all that covariates can add is known.
        """
        return self.own_weight.new_zeros(0, len(self.own_weight))

    def change_component(self, index: int, amount: float | None) -> None:
        """Raise one of the `components` by an amount, or hold it at its mean if that is None."""
        raise NotImplementedError

    def penalty(self) -> torch.Tensor:
        """Return half the sum of the squared weights that belong to no neuron."""
        return 0.5 * self.shared_weight.square().sum()

    own_weight: torch.nn.Parameter
    """How each neuron sees the dimensions, ``(n_neurons, n_dimensions)``."""

    shared_weight: torch.nn.Parameter
    """The weights that belong to no neuron."""

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; looks at the covariates."""
        if given.covariates is None:
            raise TypeError("no covariates were given")
        return drive + self.values(given.covariates)
