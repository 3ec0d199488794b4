r"""A simulated population: the recording that comes with the package.

The model has what makes recordings hard to imitate: correlated neurons, bursts and
refractoriness, in neurons with different rates. Every parameter is drawn from the seed. In bins of
width :math:`\Delta`, for neurons :math:`n`:

Shared drives
    Two Gaussian processes of unit variance reach all neurons,

    .. math:: x_k(t+1) = a_k x_k(t) + \sqrt{1 - a_k^2}\, \varepsilon_k(t), \quad
              a_k = e^{-\Delta / \tau_k},

    with :math:`\tau_1` = 250 ms and :math:`\tau_2` = 60 ms. The first excites every neuron,
    :math:`w_{n1} \sim U(0.6, 1.1)`; the second excites some and inhibits others,
    :math:`w_{n2} \sim N(0, 0.4^2)`.

Bursts
    :math:`b_n(t)` is a two-state Markov chain of mean burst length :math:`\tau_b` = 80 ms and
    mean occupancy :math:`\pi` = 0.08. A burst adds :math:`\beta_n` to the log rate: zero for
    neurons of even index (*regular*), :math:`\beta_n \sim U(2, 2.8)` for the others (*bursting*).

Refractoriness
    A trace of the neuron's own spikes, :math:`h_n(t+1) = c\, h_n(t) + s_n(t)` with
    :math:`c = e^{-\Delta / \tau_h}` and :math:`\tau_h` = 15 ms, takes :math:`\rho_n` times its
    value from the log rate: :math:`\rho_n \sim U(2, 4)` for regular and :math:`U(0.3, 0.8)` for
    bursting neurons.

Spikes
    :math:`s_n(t) = 1` with probability :math:`1 - e^{-\lambda_n(t) \Delta}`, where

    .. math:: \log \lambda_n(t) = \log r_n - g_n + \sum_k w_{nk} x_k(t) + \beta_n b_n(t)
              - \rho_n h_n(t)

    and :math:`g_n = \tfrac12 \sum_k w_{nk}^2 + \log(1 - \pi + \pi e^{\beta_n})` keeps the mean
    of :math:`\lambda_n` at :math:`r_n` before refractoriness. The rates :math:`r_n` cover 1.5
    to 25 spikes per second evenly on a logarithmic scale, in random order; refractoriness, and
    bins that hold at most one spike, leave about 1 to 15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import number, whole
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRIVE_SECONDS = np.array([0.25, 0.06])
_BURST_SECONDS = 0.08
_BURST_OCCUPANCY = 0.08
_TRACE_SECONDS = 0.015
_LOWEST_RATE, _HIGHEST_RATE = 1.5, 25.0

# Simulated before each trial and dropped, so that no trial begins with rested neurons.
_LEAD_SECONDS = 0.1


@dataclass(frozen=True)
class _Population:
    """Parameters of all neurons, each of shape ``(n_neurons,)`` except the loadings."""

    loadings: NDArray[np.float64]  # (n_drives, n_neurons)
    burst_gain: NDArray[np.float64]
    refractory_gain: NDArray[np.float64]
    log_rate: NDArray[np.float64]  # log(r) - g


def simulate_population(
    n_neurons: int = 8,
    n_trials: int = 60,
    n_bins: int = 400,
    bin_width: float = 0.02,
    seed: Seed = 0,
) -> SpikeRaster:
    """Simulate a recording of the population that this module describes.

    Parameters
    ----------
    n_neurons
        Number of neurons; those at even positions are regular, the others bursting.
    n_trials
        Number of independent trials of the same population.
    n_bins
        Bins per trial.
    bin_width
        Width of a bin in seconds.
    seed
        Seed of the population and of its trials.

    Returns
    -------
    SpikeRaster
        Of shape ``(n_trials, n_bins, n_neurons)``.

    Raises
    ------
    ConfigError
        If the number of neurons, trials or bins is below one.
    ConfigError
        If the bin width is not a positive, finite number.
    InputError
        If the seed is negative.

    Examples
    --------
    >>> simulate_population(n_neurons=3, n_trials=2, n_bins=50, seed=1)
    SpikeRaster(2 samples x 50 bins x 3 neurons, bin_width=0.02 s)
    """
    _check_sizes(n_neurons, n_trials, n_bins, bin_width)
    rng = as_generator(seed)
    population = _draw_population(n_neurons, rng)
    lead = int(np.ceil(_LEAD_SECONDS / bin_width))
    spikes = _simulate(population, n_trials, lead + n_bins, bin_width, rng)
    return SpikeRaster(np.ascontiguousarray(spikes[lead:].swapaxes(0, 1)), bin_width)


def _draw_population(n_neurons: int, rng: np.random.Generator) -> _Population:
    bursting = np.arange(n_neurons) % 2 == 1
    loadings = np.stack([rng.uniform(0.6, 1.1, n_neurons), rng.normal(0, 0.4, n_neurons)])
    burst_gain = np.where(bursting, rng.uniform(2.0, 2.8, n_neurons), 0.0)
    refractory_gain = np.where(
        bursting, rng.uniform(0.3, 0.8, n_neurons), rng.uniform(2.0, 4.0, n_neurons)
    )
    # One rate from each of n_neurons equal intervals: even a small population has slow and fast.
    position = (rng.permutation(n_neurons) + rng.uniform(size=n_neurons)) / n_neurons
    rates = _LOWEST_RATE * (_HIGHEST_RATE / _LOWEST_RATE) ** position
    burst_factor = 1 + _BURST_OCCUPANCY * np.expm1(burst_gain)
    normaliser = 0.5 * (loadings**2).sum(axis=0) + np.log(burst_factor)
    return _Population(loadings, burst_gain, refractory_gain, np.log(rates) - normaliser)


def _simulate(
    population: _Population,
    n_trials: int,
    n_bins: int,
    bin_width: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return spikes of shape ``(n_bins, n_trials, n_neurons)``, all trials side by side."""
    n_drives, n_neurons = population.loadings.shape
    keep = np.exp(-bin_width / _DRIVE_SECONDS)
    renew = np.sqrt(1 - keep**2)
    leave_burst = 1 - np.exp(-bin_width / _BURST_SECONDS)
    enter_burst = leave_burst * _BURST_OCCUPANCY / (1 - _BURST_OCCUPANCY)
    fade = np.exp(-bin_width / _TRACE_SECONDS)

    drives = rng.standard_normal((n_trials, n_drives))
    bursts = rng.uniform(size=(n_trials, n_neurons)) < _BURST_OCCUPANCY
    trace = np.zeros((n_trials, n_neurons))
    spikes = np.empty((n_bins, n_trials, n_neurons), dtype=bool)
    for bin_spikes in spikes:
        log_rate = population.log_rate + drives @ population.loadings
        log_rate += population.burst_gain * bursts - population.refractory_gain * trace
        probability = -np.expm1(-np.exp(log_rate) * bin_width)
        bin_spikes[:] = rng.uniform(size=probability.shape) < probability

        trace = fade * trace + bin_spikes
        drives = keep * drives + renew * rng.standard_normal(drives.shape)
        # Within a burst, the draw decides whether it goes on; otherwise, whether one begins.
        bursts = rng.uniform(size=bursts.shape) < np.where(bursts, 1 - leave_burst, enter_burst)
    return spikes


def _check_sizes(n_neurons: int, n_trials: int, n_bins: int, bin_width: float) -> None:
    for name, value in (("n_neurons", n_neurons), ("n_trials", n_trials), ("n_bins", n_bins)):
        whole(name, value, 1)
    number("bin_width", bin_width, above=0)
