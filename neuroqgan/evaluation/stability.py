"""Whether a model that feeds on its own spikes keeps its firing rates in long free runs.

A model of what comes next given the past can be accurate bin by bin and still run away when the
past is its own: simulations of generalised linear models are known to (Hocker and Park,
Phys. Rev. E 96, 2017; Gerhard et al., PLOS Comput. Biol. 13, e1005390, 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import whole
from neuroqgan.errors import InputError
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.data.split import Split

    Floats = NDArray[np.float64]
    Simulate = Callable[[int, int, np.random.Generator], NDArray[np.bool_]]

FLOORS = 3.0
"""How many floors a run's rates may be off, beyond its sampling noise, without having left."""

_STANDARD_DEVIATIONS = 6.0
_N_DRAWS = 10_000
_BLOCK_SECONDS = 5.0
_BATCH = 100
_LAST_SHARE = 4


@dataclass(frozen=True)
class RateReference:
    """The firing rates that a free run should keep, and how far chance alone takes it from them.

    Parameters
    ----------
    expected
        Probability of a spike, ``(n_bins, n_neurons)``: in every bin of a trial, over and over, for
        runs that are given the stimulus; a single bin for others.
    noise
        Covariance of the neurons' rates in stretches of the recording, times the bins of a
        stretch, ``(n_neurons, n_neurons)``: divided by its bins, that of a run. Variances are at
        least those of independent spikes.
    floor
        Mean absolute difference, over neurons, of the rates in both halves of the recording.
    bin_width
        Width of a bin in seconds.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), n_bins=16)
    >>> RateReference.of(parts, given_stimulus=False).expected.shape
    (1, 8)
    """

    expected: Floats
    noise: Floats
    floor: float
    bin_width: float

    @classmethod
    def of(cls, split: Split, *, given_stimulus: bool) -> RateReference:
        """Measure rates and noise in the training trials, and the floor against the others.

        Parameters
        ----------
        split
            A recording.
        given_stimulus
            Whether runs are given the stimulus that every trial repeats. If so, the rates of a bin
            are those of the trials in that bin, and the noise is what differs between trials. If
            not, the noise contains what the stimulus does, since a run has its own in its place.

        Raises
        ------
        InputError
            If the split has no held-out trials, or runs are given a stimulus that trials do not
            share.
        """
        others = split.held_out_trials
        if others is None or (given_stimulus and not split.is_aligned):
            raise InputError(
                "There are no rates to compare long runs with.",
                expected="a split of several aligned trials, with those that are held out",
                got=repr(split),
            )
        spikes = split.trials.spikes
        n_trials, n_bins, n = spikes.shape
        expected = spikes.mean(0) if given_stimulus else spikes.mean((0, 1))[None]
        block = min(n_bins, max(1, round(_BLOCK_SECONDS / split.bin_width)))
        residual = (spikes - expected)[:, : n_bins // block * block]
        rates = residual.reshape(-1, block, n).mean(1)
        noise = rates.T @ rates / len(rates) * block
        if given_stimulus:
            # The trials' own mean is nearer to them than the true one.
            noise *= n_trials / max(n_trials - 1, 1)
        # Neurons with refractory periods are more regular than chance; a model need not be.
        by_chance = (expected * (1 - expected)).mean(0)
        noise += np.diag((by_chance - np.diag(noise)).clip(0))
        floor = np.abs(spikes.mean((0, 1)) - others.spikes.mean((0, 1))).mean()
        return cls(expected, noise, float(floor), split.bin_width)

    def allowance(self, n_bins: int) -> float:
        """Return how far a faithful run may be off: `FLOORS` and its sampling noise.

        The noise is the mean of the error (see `free_run_stability`) of runs whose rates are
        normal with the covariance `noise` over ``n_bins``, and six of its standard deviations: at
        most one faithful run in 100,000 goes beyond, even if all neurons fluctuate together.

        Parameters
        ----------
        n_bins
            Bins that the rates are counted in.
        """
        random = np.random.default_rng(0)
        draws = random.standard_normal((_N_DRAWS, len(self.noise)))
        values, vectors = np.linalg.eigh(self.noise / n_bins)
        error = np.abs(draws * np.sqrt(values.clip(0)) @ vectors.T).mean(1)
        return float(FLOORS * self.floor + error.mean() + _STANDARD_DEVIATIONS * error.std())


@dataclass(frozen=True)
class Stability:
    """How many free runs left the recording's firing rates.

    Parameters
    ----------
    n_runs
        Number of runs.
    n_left
        Number of runs whose rates left, over the whole run or at its end.
    n_left_at_end
        Number of those whose rates were off in the last quarter.
    worst
        Greatest error of a run, over the whole run or its end, in units of what is allowed there.
    """

    n_runs: int
    n_left: int
    n_left_at_end: int
    worst: float

    @property
    def share(self) -> float:
        """Share of runs that left."""
        return self.n_left / self.n_runs


def free_run_stability(
    simulate: Simulate,
    reference: RateReference,
    n_runs: int = 1000,
    seconds: float = 60.0,
    seed: Seed = 0,
) -> Stability:
    """Count the free runs whose firing rates leave the recording's.

    The error of a run is the mean over neurons of the absolute difference between its rate and
    the expected one. A run has left if its error is more than three floors beyond what sampling
    noise explains (`RateReference.allowance`), over the whole run or over its last quarter, which
    shows runs that left late. So a faithful generator has 0 of 1,000, and a run that saturates, or
    falls silent, is found.

    Parameters
    ----------
    simulate
        ``simulate(n_runs, n_bins, random)`` returns spikes, ``(n_runs, n_bins, n_neurons)``; called
        for 100 runs at a time.
    reference
        What the runs should keep.
    n_runs
        Number of runs.
    seconds
        Length of a run.
    seed
        Source of all randomness.

    Returns
    -------
    Stability
        The count.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> reference = RateReference.of(nq.split(nq.load("simulated"), 16), given_stimulus=False)
    >>> def half_as_much(n_runs, n_bins, random):
    ...     rates = reference.expected[0] / 2
    ...     return random.random((n_runs, n_bins, len(rates))) < rates
    >>> free_run_stability(half_as_much, reference, n_runs=10).share
    1.0
    """
    n_runs = whole("n_runs", n_runs, 1)
    n_bins = max(_LAST_SHARE, round(seconds / reference.bin_width))
    n_last = n_bins // _LAST_SHARE
    repeats = -(-n_bins // len(reference.expected))
    expected = np.tile(reference.expected, (repeats, 1))[:n_bins]
    limits = reference.allowance(n_bins), reference.allowance(n_last)
    random = as_generator(seed)
    parts = []
    for begin in range(0, n_runs, _BATCH):
        spikes = simulate(min(_BATCH, n_runs - begin), n_bins, random)
        errors = [
            np.abs(spikes[:, -n:].mean(1) - expected[-n:].mean(0)).mean(-1) / limit
            for n, limit in zip((n_bins, n_last), limits, strict=True)
        ]
        parts.append(np.stack(errors))
    in_limits = np.concatenate(parts, axis=1)
    has_left = in_limits > 1
    return Stability(
        n_runs, int(has_left.any(0).sum()), int(has_left[1].sum()), float(in_limits.max())
    )
