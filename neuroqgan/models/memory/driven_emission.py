"""How covariates drive the emission of neurons that look at memory qubits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.models.drive.part import Drive, DriveInputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.drive.covariates import CovariatePart
    from neuroqgan.models.drive.threshold import Threshold
    from neuroqgan.models.spec import GeneratorSpec


class DrivenEmission:
    r"""Scales the emission angles of every neuron by what drives it.

    With :math:`u_i` the threshold and :math:`c_i(t)` what covariates add to it, all coefficients of
    an emission angle are multiplied by

    .. math:: g_i(t) = \sigma\bigl(u_i + c_i(t)\bigr),

    so they are the coefficients of a neuron in full drive, and no covariate turns an angle further
    or to the other side. A factor, unlike a summand, lets a stimulus silence a neuron in all
    states of the memory.

    Parameters
    ----------
    threshold, part
        Summands of the drive. They belong to the generator; the sum has no weights of its own.
    spec
        Of the generator; it has covariates.
    """

    def __init__(self, threshold: Threshold, part: CovariatePart, spec: GeneratorSpec) -> None:
        self.threshold = threshold
        self.part = part
        self._drive = Drive(threshold, part)
        self._usual = torch.from_numpy(part.features(usual_covariates(spec)))[0]

    def gain(self, features: torch.Tensor) -> torch.Tensor:
        """Return the factors of the emission angles, ``(..., n_neurons)``.

        Parameters
        ----------
        features
            See `CovariatePart.features`, ``(..., n_features)``.
        """
        return torch.sigmoid(self._drive(DriveInputs(covariates=features)))

    def usual_gain(self) -> torch.Tensor:
        """Return the factors that stand for no covariates in particular, ``(n_neurons,)``.

        Their mean over a trial if covariates are the time in the trial, and otherwise those of the
        covariates' mean.
        """
        return self.gain(self._usual).mean(0)

    def coefficients(self, emission: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Return the coefficients of emission angles, ``(..., n_neurons, n_terms)``.

        Parameters
        ----------
        emission
            Those of neurons in full drive, radians, ``(n_neurons, n_terms)``.
        features
            ``(..., n_features)``.
        """
        return self.gain(features)[..., None] * emission

    def of_bin(
        self, emission: torch.Tensor, windows: CovariateWindows, t: int
    ) -> NDArray[np.float32]:
        """Return `coefficients` in a bin of some samples, ``(n_samples, n_neurons, n_terms)``.

        Parameters
        ----------
        emission
            ``(n_neurons, n_terms)``.
        windows
            Covariates of the samples.
        t
            The bin, counted from the start of the samples.
        """
        with torch.no_grad():
            features = torch.from_numpy(self.part.features(windows, t, 1)[:, 0])
            found: NDArray[np.float32] = self.coefficients(emission, features).numpy()
        return found


def usual_covariates(spec: GeneratorSpec) -> CovariateWindows:
    """Return a sample whose covariates stand for all of them: a trial's time, or their mean.

    Parameters
    ----------
    spec
        Of a generator that has covariates.
    """
    known = spec.covariates
    if known is None:
        raise TypeError("the generator has no covariates")
    if known.is_trial_time:
        return CovariateWindows.whole_trials(trial_time(known.n_bins, spec.bin_width), 1)
    mean = Covariates(np.array([known.centre], np.float32), known.names)
    return CovariateWindows.whole_trials(mean, 1)
