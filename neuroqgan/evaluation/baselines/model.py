"""What every classical model offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from neuroqgan.errors import TrainingError

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.seeding import Seed


class Baseline(Protocol):
    """A classical model of windows of spikes."""

    @property
    def n_parameters(self) -> int:
        """Numbers that were fitted.

        Raises
        ------
        TrainingError
            Before the first fit.
        """

    def fit(self, windows: SpikeRaster, seed: Seed = 0) -> None:
        """Fit the model.

        Parameters
        ----------
        windows
            Training windows.
        seed
            Source of whatever is random in the fit.

        Raises
        ------
        TrainingError
            If the fit does not come to an end.
        """

    def sample(self, n_samples: int, seed: Seed) -> SpikeRaster:
        """Draw windows of the shape that the model was fitted on.

        Parameters
        ----------
        n_samples
            Windows.
        seed
            Source of all randomness.

        Raises
        ------
        TrainingError
            Before the first fit.
        """


def not_fitted(model: object) -> TrainingError:
    """Return the error of a model that is used before its fit."""
    return TrainingError(
        "The model was not fitted.",
        expected="fit(windows) first",
        got=f"{type(model).__name__} without a fit",
    )
