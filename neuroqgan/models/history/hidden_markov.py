"""A hidden Markov model of spikes, fitted by Baum and Welch: the start of history training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.seeding import Seed, as_generator
from neuroqgan.simulation.markov.forward_backward import smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROUNDS, _ATTEMPTS = 40, 3
# Spikes are smoothed over a few bins before they are clustered, since one bin says little.
_SMOOTHING = 3.0
_LEAST, _MOST = 1e-4, 0.95
# Bins at the mean rate that are added to every state, so that no rate becomes zero.
_PRIOR = 0.1
_PRIOR_MOVES = 1e-3
_MOST_CLUSTERED = 100_000


@dataclass(frozen=True)
class HiddenMarkovModel:
    """Neurons that are independent given the state of a Markov chain.

    Parameters
    ----------
    rates
        Probability of a spike in a bin, ``(n_states, n_neurons)``.
    transitions
        Probability of the next state, by rows, ``(n_states, n_states)``.
    """

    rates: Floats
    transitions: Floats


@dataclass(frozen=True)
class ExpectedCounts:
    """What is expected to have happened in trials, given a hidden Markov model.

    Parameters
    ----------
    occupied
        Bins spent in every state, ``(n_states,)``.
    fired
        Spikes of every neuron in these bins, ``(n_states, n_neurons)``.
    moved
        Number of moves from one state to another, ``(n_states, n_states)``.
    log_likelihood
        Log likelihood of the trials per bin, natural logarithm.
    """

    occupied: Floats
    fired: Floats
    moved: Floats
    log_likelihood: float


def fit_hidden_markov(spikes: NDArray[np.bool_], n_states: int, seed: Seed) -> HiddenMarkovModel:
    """Fit a hidden Markov model to trials.

    States start as clusters of smoothed spikes, found by k-means; then rates and transitions follow
    by expectation maximisation (Baum et al., Ann. Math. Stat. 41, 164 (1970)). Of several such
    starts, the one with the highest likelihood is kept.

    Parameters
    ----------
    spikes
        ``(n_trials, n_bins, n_neurons)``.
    n_states
        Number of states.
    seed
        Seed of the first clusters.
    """
    random = as_generator(seed)
    fits = [_climb(spikes, _clusters(spikes, n_states, random)) for _ in range(_ATTEMPTS)]
    return max(fits, key=lambda fit: fit[1])[0]


def _climb(spikes: NDArray[np.bool_], model: HiddenMarkovModel) -> tuple[HiddenMarkovModel, float]:
    """Return the model that expectation maximisation leads to, and its log likelihood."""
    mean = spikes.mean((0, 1))
    for _ in range(_ROUNDS):
        counts = expected_counts(spikes, model)
        rates = (counts.fired + _PRIOR * mean) / (counts.occupied[:, None] + _PRIOR)
        moved = counts.moved + _PRIOR_MOVES
        model = HiddenMarkovModel(rates, moved / moved.sum(1, keepdims=True))
    return model, counts.log_likelihood


def _clusters(
    spikes: NDArray[np.bool_], n_states: int, random: np.random.Generator
) -> HiddenMarkovModel:
    """Return rates and transitions of clusters of smoothed spikes."""
    from scipy.ndimage import gaussian_filter1d
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    n_trials, n_bins, n_neurons = spikes.shape
    smooth = np.sqrt(gaussian_filter1d(spikes.astype(np.float64), _SMOOTHING, axis=1))
    points = smooth.reshape(-1, n_neurons)
    chosen = points[random.permutation(len(points))[:_MOST_CLUSTERED]]
    clusters = MiniBatchKMeans(
        min(n_states, len(chosen)), random_state=int(random.integers(2**31)), n_init=3
    )
    with threadpool_limits(1):
        clusters.fit(chosen)
        labels = clusters.predict(points).reshape(n_trials, n_bins)
    mean = spikes.mean((0, 1))
    rates = np.tile(mean, (n_states, 1))
    for state in np.unique(labels):
        rates[state] = 0.9 * spikes[labels == state].mean(0) + 0.1 * mean
    transitions = np.full((n_states, n_states), 0.5)
    np.add.at(transitions, (labels[:, :-1].ravel(), labels[:, 1:].ravel()), 1)
    return HiddenMarkovModel(rates, transitions / transitions.sum(1, keepdims=True))


def expected_counts(spikes: NDArray[np.bool_], model: HiddenMarkovModel) -> ExpectedCounts:
    """Return the expected counts of states, of spikes in them, and of moves between them.

    By the forward and the backward pass (Rabiner, Proc. IEEE 77, 257 (1989)).

    Parameters
    ----------
    spikes
        ``(n_trials, n_bins, n_neurons)``.
    model
        The model.
    """
    n_trials, n_bins, n_neurons = spikes.shape
    n_states, transitions = len(model.rates), model.transitions
    p = np.clip(model.rates, _LEAST, _MOST)
    logs = spikes.swapaxes(0, 1) @ np.log(p / (1 - p)).T + np.log(1 - p).sum(1)
    highest = logs.max(2, keepdims=True)
    emitted = np.exp(logs - highest)
    # All states are equally likely at the start of a trial, which is one bin of many.
    found = smooth(emitted, transitions)
    weight = found.posterior.reshape(-1, n_states)
    fired = weight.T @ spikes.swapaxes(0, 1).reshape(-1, n_neurons)
    total = float(found.log_likelihood + highest.sum()) / (n_trials * n_bins)
    return ExpectedCounts(weight.sum(0), fired, found.moved, total)
