r"""A simulated population: the recording that comes with the package.

The model has what makes recordings hard to imitate: a stimulus that drives all neurons, noise that
they share, bursts and refractoriness, in neurons with different rates. Every parameter is drawn
from the seed. In bins of width :math:`\Delta`, for neurons :math:`n`:

Stimulus
    All trials repeat one stimulus, or there are several. Every neuron sees it through a receptive
    field, a temporal filter and a nonlinearity of its own, which add :math:`d_n(t)` to the log
    rate; see `neuroqgan.data.stimulus`. It explains most of what neurons have in common.

Shared drives
    Two Gaussian processes of unit variance, other ones in every trial, reach all neurons,

    .. math:: x_k(t+1) = a_k x_k(t) + \sqrt{1 - a_k^2}\, \varepsilon_k(t), \quad
              a_k = e^{-\Delta / \tau_k},

    with :math:`\tau_1` = 250 ms and :math:`\tau_2` = 60 ms. The first excites every neuron,
    :math:`w_{n1} \sim U(0.3, 0.5)`; the second excites some and inhibits others,
    :math:`w_{n2} \sim N(0, 0.2^2)`. They are the source of noise correlations.

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

    .. math:: \log \lambda_n(t) = \log r_n - g_n + d_n(t) + \sum_k w_{nk} x_k(t) + \beta_n b_n(t)
              - \rho_n h_n(t)

    and :math:`g_n = \log \langle e^{d_n} \rangle + \tfrac12 \sum_k w_{nk}^2
    + \log(1 - \pi + \pi e^{\beta_n})` keeps the mean of :math:`\lambda_n` at :math:`r_n` before
    refractoriness. The rates :math:`r_n` cover 1.5 to 35 spikes per second evenly on a logarithmic
    scale, in random order; refractoriness, and bins that hold at most one spike, leave about 1 to
    10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import number, plural, whole
from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.stimulus import ReceptiveFields, draw_fields, simulate_stimulus
from neuroqgan.data.untrusted.memory import LIMIT, in_gigabytes, limit_bytes
from neuroqgan.errors import RasterError
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRIVE_SECONDS = np.array([0.25, 0.06])
_BURST_SECONDS = 0.08
_BURST_OCCUPANCY = 0.08
_TRACE_SECONDS = 0.015
_LOWEST_RATE, _HIGHEST_RATE = 1.5, 35.0

# Simulated before each trial and dropped, so that no trial begins with rested neurons.
_LEAD_SECONDS = 0.1


@dataclass(frozen=True)
class _Population:
    """Parameters of all neurons, each of shape ``(n_neurons,)`` except loadings and fields."""

    fields: ReceptiveFields
    loadings: NDArray[np.float64]  # (n_drives, n_neurons)
    burst_gain: NDArray[np.float64]
    refractory_gain: NDArray[np.float64]
    log_rate: NDArray[np.float64]  # log(r) - g


def simulate_population(
    n_neurons: int = 8,
    n_trials: int = 140,
    n_bins: int = 500,
    bin_width: float = 0.02,
    seed: Seed = 0,
    *,
    n_stimuli: int = 1,
    stimulus: Covariates | None = None,
) -> SpikeRaster:
    """Simulate a recording of the population that this module describes.

    Parameters
    ----------
    n_neurons
        Number of neurons; those at even positions are regular, the others bursting.
    n_trials
        Number of trials of the same population.
    n_bins
        Bins per trial.
    bin_width
        Width of a bin in seconds.
    seed
        Seed of the population, of its stimuli and of its trials. The population of a seed is the
        same whatever its stimuli.
    n_stimuli
        Number of different stimuli. Trials take turns: trial ``i`` has stimulus ``i % n_stimuli``.
        If the number is even, the two halves of `neuroqgan.split` have no stimulus in common, so
        that a generator is judged on stimuli that are new to it.
    stimulus
        A stimulus to show instead: three columns of ``n_bins`` bins, shared by all trials or one
        per trial, with contrasts of about -2 to 2, see `neuroqgan.data.stimulus`.

    Returns
    -------
    SpikeRaster
        Of shape ``(n_trials, n_bins, n_neurons)``. Its ``covariates`` are the stimulus.

    Raises
    ------
    ConfigError
        If the number of neurons, trials, bins or stimuli is below one.
    ConfigError
        If the bin width is not a positive, finite number.
    RasterError
        If a given stimulus has other columns, bins or trials, or the raster would be too large.
    InputError
        If the seed is negative.

    Examples
    --------
    >>> recording = simulate_population(n_neurons=3, n_trials=2, n_bins=50, seed=1)
    >>> recording
    SpikeRaster(2 samples x 50 bins x 3 neurons, bin_width=0.02 s)
    >>> recording.covariates.covariates
    Covariates(left, middle, right; 50 bins, the same in all trials)

    The same population, which sees another stimulus in every trial:

    >>> simulate_population(3, 4, 50, seed=1, n_stimuli=4).covariates.covariates
    Covariates(left, middle, right; 50 bins, 4 trials)
    """
    _check_sizes(n_neurons, n_trials, n_bins, bin_width)
    whole("n_stimuli", n_stimuli, 1)
    rng = as_generator(seed)
    for_population, for_stimuli, for_trials = rng.spawn(3)
    population = _draw_population(n_neurons, bin_width, for_population)
    if stimulus is None:
        drawn = simulate_stimulus(min(n_stimuli, n_trials), n_bins, bin_width, for_stimuli)
        stimulus = drawn.take([i % drawn.n_trials for i in range(n_trials)])
    elif stimulus.n_bins != n_bins or stimulus.n_trials not in (1, n_trials):
        raise RasterError(
            "The stimulus does not fit the trials.",
            expected=f"{plural(n_trials, 'trial')} of {plural(n_bins, 'bin')}, or one for all",
            got=f"{plural(stimulus.n_trials, 'trial')} of {plural(stimulus.n_bins, 'bin')}",
        )
    spikes = _simulate(population, stimulus, n_trials, bin_width, for_trials)
    raster = SpikeRaster(np.ascontiguousarray(spikes.swapaxes(0, 1)), bin_width)
    return raster.with_covariates(CovariateWindows.whole_trials(stimulus, n_trials))


def _draw_population(n_neurons: int, bin_width: float, rng: np.random.Generator) -> _Population:
    fields = draw_fields(n_neurons, bin_width, rng)
    bursting = np.arange(n_neurons) % 2 == 1
    loadings = np.stack([rng.uniform(0.3, 0.5, n_neurons), rng.normal(0, 0.2, n_neurons)])
    burst_gain = np.where(bursting, rng.uniform(2.0, 2.8, n_neurons), 0.0)
    refractory_gain = np.where(
        bursting, rng.uniform(0.3, 0.8, n_neurons), rng.uniform(2.0, 4.0, n_neurons)
    )
    # One rate from each of n_neurons equal intervals: even a small population has slow and fast.
    position = (rng.permutation(n_neurons) + rng.uniform(size=n_neurons)) / n_neurons
    rates = _LOWEST_RATE * (_HIGHEST_RATE / _LOWEST_RATE) ** position
    burst_factor = 1 + _BURST_OCCUPANCY * np.expm1(burst_gain)
    normaliser = 0.5 * (loadings**2).sum(axis=0) + np.log(burst_factor)
    log_rate = np.log(rates) - normaliser - fields.log_mean
    return _Population(fields, loadings, burst_gain, refractory_gain, log_rate)


def _simulate(
    population: _Population,
    stimulus: Covariates,
    n_trials: int,
    bin_width: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return spikes of shape ``(n_bins, n_trials, n_neurons)``, all trials side by side."""
    lead = int(np.ceil(_LEAD_SECONDS / bin_width))
    seen = population.fields.drive(stimulus).swapaxes(0, 1)
    seen = np.concatenate([np.broadcast_to(seen[0], (lead, *seen[0].shape)), seen])
    n_drives, n_neurons = population.loadings.shape
    keep = np.exp(-bin_width / _DRIVE_SECONDS)
    renew = np.sqrt(1 - keep**2)
    leave_burst = 1 - np.exp(-bin_width / _BURST_SECONDS)
    enter_burst = leave_burst * _BURST_OCCUPANCY / (1 - _BURST_OCCUPANCY)
    fade = np.exp(-bin_width / _TRACE_SECONDS)

    drives = rng.standard_normal((n_trials, n_drives))
    bursts = rng.uniform(size=(n_trials, n_neurons)) < _BURST_OCCUPANCY
    trace = np.zeros((n_trials, n_neurons))
    spikes = np.empty((len(seen), n_trials, n_neurons), dtype=bool)
    for bin_spikes, bin_seen in zip(spikes, seen, strict=True):
        log_rate = population.log_rate + bin_seen + drives @ population.loadings
        log_rate += population.burst_gain * bursts - population.refractory_gain * trace
        probability = -np.expm1(-np.exp(log_rate) * bin_width)
        bin_spikes[:] = rng.uniform(size=probability.shape) < probability

        trace = fade * trace + bin_spikes
        drives = keep * drives + renew * rng.standard_normal(drives.shape)
        # Within a burst, the draw decides whether it goes on; otherwise, whether one begins.
        bursts = rng.uniform(size=bursts.shape) < np.where(bursts, 1 - leave_burst, enter_burst)
    return spikes[lead:]


def _check_sizes(n_neurons: int, n_trials: int, n_bins: int, bin_width: float) -> None:
    for name, value in (("n_neurons", n_neurons), ("n_trials", n_trials), ("n_bins", n_bins)):
        whole(name, value, 1)
    number("bin_width", bin_width, above=0)
    # A byte per value, and rates of one trial as floats.
    n_bytes = max(n_trials, 8) * n_bins * n_neurons
    if n_bytes > limit_bytes():
        raise RasterError(
            "The simulated population would be too large as a raster.",
            expected=f"at most {in_gigabytes(limit_bytes())}, unless {LIMIT} allows more",
            got=f"{in_gigabytes(n_bytes)}: {n_trials:,} trials x {n_bins:,} bins x "
            f"{n_neurons:,} neurons",
            hint="fewer trials, bins or neurons",
        )
