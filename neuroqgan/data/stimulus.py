r"""The stimulus of the simulated population, and how its neurons see it.

Stimulus
    Three stripes side by side, ``left``, ``middle`` and ``right``, change their contrast
    independently of each other. Each is a Gaussian process of zero mean and unit variance: white
    noise, smoothed twice by an exponential of :math:`\tau_s` = 80 ms. Before a trial begins, its
    first frame stands still.

Receptive fields
    Neuron :math:`n` looks at a place :math:`p_n \sim U(0, 2)` (0: left, 2: right) with weights
    :math:`v_{nk} \propto o_n e^{-(k - p_n)^2 / 2 \sigma^2}`, :math:`\sigma` = 0.8. Every fourth
    neuron is excited by darkness, :math:`o_n = -1`, the others by light, :math:`o_n = 1`.

Temporal filters
    What it sees of the past is a difference of two bumps, as in the retina,

    .. math:: f_n(t) \propto \frac{t}{\tau_n} e^{-t / \tau_n}
              - \frac{\eta_n}{2} \frac{t}{2 \tau_n} e^{-t / 2 \tau_n}

    with :math:`\tau_n \sim U(25, 50)` ms and :math:`\eta_n \sim U(0.2, 0.6)`. Weights and filter
    are scaled so that the result :math:`u_n(t)` has unit variance.

Nonlinearity
    The stimulus adds :math:`\gamma_n \tanh(u_n(t) - 0.5)` to the log rate, which saturates in both
    directions and is mostly low, with brief events; :math:`\gamma_n \sim U(2, 2.8)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import number, plural, shorten, whole
from neuroqgan.covariates import Covariates
from neuroqgan.errors import RasterError
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIPES = ("left", "middle", "right")
"""What is seen: the names of the columns."""

_SMOOTH_SECONDS = 0.08
_FIELD_WIDTH = 0.8
_FASTEST_SECONDS, _SLOWEST_SECONDS = 0.025, 0.05
_DARK_EVERY = 4
_THRESHOLD = 0.5
_WEAKEST, _STRONGEST = 2.0, 2.8

# How much of the past is seen, and simulated before the first frame, in seconds.
_FILTER_SECONDS, _LEAD_SECONDS = 0.5, 1.0


def simulate_stimulus(
    n_stimuli: int = 1, n_bins: int = 500, bin_width: float = 0.02, seed: Seed = 0
) -> Covariates:
    """Draw stimuli for the simulated population; the module has the equations.

    Parameters
    ----------
    n_stimuli
        How many; a single one is shared by all trials.
    n_bins
        Bins of a trial.
    bin_width
        Width of a bin in seconds.
    seed
        Source of randomness.

    Returns
    -------
    Covariates
        Of shape ``(n_stimuli, n_bins, 3)``: the contrasts of three stripes.

    Raises
    ------
    ConfigError
        If the number of stimuli or bins is below one, or the bin width not positive.

    Examples
    --------
    >>> simulate_stimulus(n_bins=50, seed=1)
    Covariates(left, middle, right; 50 bins, the same in all trials)
    """
    whole("n_stimuli", n_stimuli, 1)
    whole("n_bins", n_bins, 1)
    number("bin_width", bin_width, above=0)
    from scipy.signal import lfilter

    lead = int(np.ceil(_LEAD_SECONDS / bin_width))
    noise = as_generator(seed).standard_normal((n_stimuli, lead + n_bins, len(STRIPES)))
    keep = np.exp(-bin_width / _SMOOTH_SECONDS)
    smooth = lfilter([1.0], [1.0, -2 * keep, keep**2], noise, axis=1)
    scale = np.sqrt((1 - keep**2) ** 3 / (1 + keep**2))
    return Covariates(scale * smooth[:, lead:], STRIPES, source="simulated")


@dataclass(frozen=True)
class ReceptiveFields:
    """How neurons see the stripes.

    Parameters
    ----------
    places
        Weights of the stripes, shape ``(3, n_neurons)``.
    filters
        Weights of the past, the present bin first, shape ``(n_lags, n_neurons)``.
    gain
        Of the nonlinearity, shape ``(n_neurons,)``.
    """

    places: NDArray[np.float64]
    filters: NDArray[np.float64]
    gain: NDArray[np.float64]

    @property
    def log_mean(self) -> NDArray[np.float64]:
        """Log of the mean factor by which the stimulus changes rates, shape ``(n_neurons,)``."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(64)
        factors = np.exp(self._nonlinear(nodes[:, None]))
        mean: NDArray[np.float64] = np.log(weights @ factors / weights.sum())
        return mean

    def drive(self, stimulus: Covariates) -> NDArray[np.float64]:
        """Return what a stimulus adds to the log rates.

        Parameters
        ----------
        stimulus
            Of three columns.

        Returns
        -------
        numpy.ndarray
            Shape ``(n_stimuli, n_bins, n_neurons)``.

        Raises
        ------
        RasterError
            If it has another number of columns.
        """
        if stimulus.n_columns != len(STRIPES):
            raise RasterError(
                "The simulated population does not see this stimulus.",
                expected=f"three columns: {', '.join(STRIPES)}",
                got=f"{plural(stimulus.n_columns, 'column')}: {shorten(stimulus.names)}",
            )
        from scipy.signal import fftconvolve

        n_lags = len(self.filters)
        # Before the trial, its first frame stands still.
        padded = np.pad(stimulus.values, ((0, 0), (n_lags - 1, 0), (0, 0)), mode="edge")
        seen = np.empty((stimulus.n_trials, stimulus.n_bins, len(self.gain)))
        for trial, frames in zip(seen, padded @ self.places, strict=True):
            trial[:] = fftconvolve(frames, self.filters, mode="valid", axes=0)
        return self._nonlinear(seen)

    def _nonlinear(self, seen: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what filtered contrasts add to the log rates."""
        return self.gain * np.tanh(seen - _THRESHOLD)


def draw_fields(n_neurons: int, bin_width: float, seed: Seed) -> ReceptiveFields:
    """Draw the receptive fields of a population; the module has the equations.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    bin_width
        Width of a bin in seconds.
    seed
        Source of randomness.
    """
    random = as_generator(seed)
    centres = random.uniform(0, len(STRIPES) - 1, n_neurons)
    places = np.exp(-((np.arange(3)[:, None] - centres) ** 2) / (2 * _FIELD_WIDTH**2))
    places /= np.linalg.norm(places, axis=0)
    places[:, _DARK_EVERY - 1 :: _DARK_EVERY] *= -1
    seconds = random.uniform(_FASTEST_SECONDS, _SLOWEST_SECONDS, n_neurons)
    rebound = random.uniform(0.2, 0.6, n_neurons)
    times = bin_width * (np.arange(max(1, int(_FILTER_SECONDS / bin_width))) + 0.5)[:, None]
    fast, slow = times / seconds, times / (2 * seconds)
    filters = fast * np.exp(-fast) - rebound / 2 * slow * np.exp(-slow)
    filters /= np.sqrt(_variance(filters, bin_width))
    return ReceptiveFields(places, filters, random.uniform(_WEAKEST, _STRONGEST, n_neurons))


def _variance(filters: NDArray[np.float64], bin_width: float) -> NDArray[np.float64]:
    """Return the variance of the filtered contrast of one stripe, shape ``(n_neurons,)``."""
    lags = np.abs(np.subtract.outer(np.arange(len(filters)), np.arange(len(filters))))
    keep = np.exp(-bin_width / _SMOOTH_SECONDS)
    # Autocovariance of an autoregressive process with a double root.
    covariance = keep**lags * (1 + lags * (1 - keep**2) / (1 + keep**2))
    variance: NDArray[np.float64] = np.einsum("in,ij,jn->n", filters, covariance, filters)
    return variance
