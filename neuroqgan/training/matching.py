"""Matching the statistics of free runs while the likelihood is kept: Gauss-Newton steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from neuroqgan.circuits.filters import filter_spikes
from neuroqgan.seeding import step_generator
from neuroqgan.training import count_critics
from neuroqgan.training.count_critics import N_CRITICS, CountCritics
from neuroqgan.training.free_runs import FreeRuns
from neuroqgan.training.likelihood import scores
from neuroqgan.training.window_moments import WindowMoments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.history import HistoryGenerator

_STREAM, _CRITIC_STREAM = 304, 305
_RUNS = 4096
# Bins before those that are compared: weights act on them through all that happened there.
_LEAD, _COMPARED = 32, 48
_MEASURED = 5
_PIECES = 8
# What a squared standard error of a statistic weighs against a unit of log likelihood; more at the
# end, where the statistics that are seen first are put right by the smallest possible change.
_WEIGHT, _LAST_WEIGHT = 10.0, 20.0
_RIDGE = 50.0
# Statistics of pairs are many in a large population, and their derivatives are noisy; together they
# weigh no more than so many.
_PAIRED, _MOST_PAIRS = ("pair", "cross 1", "count"), 45
# What a critic weighs against another statistic, for every unit of `critic_weight`.
_CRITIC_SHARE = 0.05
# A critic that tells nearly all windows pulls hard, and its verdicts, near 0 and 1, hardly move.
_MOST_GAP = 0.2
# Critics join once the coarsest errors are gone, a new one every few steps.
_CRITICS_FROM, _STEPS_A_CRITIC = 0.1, 3
_LAST_SHARE = 0.15
_LAST_GROUPS = ("rate", "k")
_STEP, _FALLS_FROM, _FALLS_OVER = 0.7, 0.4, 5.0
_LAST_STEP, _VERY_LAST_STEP = 0.8, 0.5
# Largest change of the weights, in standard deviations of their likelihood.
_TRUST, _TRUST_HALVES = 40.0, 10.0
_SLOPE_MEMORY, _LATE_SLOPE_MEMORY = 8, 20
_MEAN_MEMORY, _LAST_MEAN_MEMORY = 5, 10
# Rates answer to thresholds with twice the drive; a part of their error is put right at once.
_THRESHOLD_SHARE = 0.15
_RAREST = 1e-5


class MatchingReport(NamedTuple):
    """What a step of matching found, before it changed the weights.

    Parameters
    ----------
    log_likelihood
        Of the trials, natural logarithm a bin.
    deviation
        Mean squared deviation of the statistics in standard errors, critics aside.
    distance
        Mean of what the critics find between runs and recording: how much more often they take
        runs for generated. None as long as there is no critic.
    change
        Of the weights, in standard deviations of their likelihood, before the step's share.
    step
        Share of the change that was made.
    """

    log_likelihood: float
    deviation: float
    distance: float | None
    change: float
    step: float


class MomentMatching:
    r"""Brings statistics of free runs to those of the recording, at least cost in likelihood.

    Likelihood makes conditional probabilities right for recorded pasts; in free run, where the
    past is the generator's own, small errors add up. Here the sum of both is lowered,

    .. math:: -\log p_\theta(x) + \frac{w}{2} \sum_k (s_k(\theta) - \hat s_k)^2 / \sigma_k^2,

    by Gauss-Newton steps on the statistics :math:`s` and natural-gradient steps (Amari, Neural
    Comput. 10, 251 (1998)) on the likelihood. Scores of free runs give both the derivative of the
    statistics and the Fisher information (`neuroqgan.training.likelihood.scores`). They are
    averages over runs, carried on from step to step; mean moments are also moved by what the step
    is expected to do to them. Some of the statistics are verdicts of critics, which are trained on
    the way against the runs of then (`neuroqgan.training.count_critics`). The last steps leave the
    likelihood alone and match rates and population counts with the smallest change in Fisher's
    metric.

    Parameters
    ----------
    generator
        Trained by likelihood.
    trials
        ``(n_trials, n_bins, n_neurons)``; what the likelihood is of, and standard errors.
    windows
        ``(n_windows, n_bins, n_neurons)``; whose statistics are matched.
    n_steps
        Steps to come.
    seed
        Of the free runs.
    stretch
        Bins of the stretches that trials are cut into.
    critic_weight
        Of the critics; 0 leaves them out, as more than `MOST_NEURONS` neurons do.
    statistics_weight
        Of all else that is matched.
    """

    def __init__(
        self,
        generator: HistoryGenerator,
        trials: NDArray[np.bool_],
        windows: NDArray[np.bool_],
        *,
        n_steps: int,
        seed: int,
        stretch: int,
        critic_weight: float = 10.0,
        statistics_weight: float = 1.0,
    ) -> None:
        self.generator = generator
        self.n_steps = n_steps
        self.runs = FreeRuns(generator, _RUNS)
        self.moments = WindowMoments(generator.spec.n_neurons, windows.shape[1])
        self._seed = seed
        self._rates = windows.mean((0, 1))
        self._wanted = self.moments.statistics(self.moments.of(windows).mean(0))
        n_pairs = max(1, self.moments.n_neurons * (self.moments.n_neurons - 1) // 2)
        paired = np.isin(self.moments.groups, _PAIRED)
        share = np.where(paired, min(1.0, _MOST_PAIRS / n_pairs), 1.0)
        self._statistics_weight = statistics_weight
        self._weights = torch.from_numpy(share.astype(np.float32))
        pieces = _pieces(trials, windows.shape[1])
        self._errors = self.moments.standard_errors(pieces)
        self.critics = CountCritics(pieces, windows.shape[1])
        heard = self.moments.n_neurons <= count_critics.MOST_NEURONS
        self._critic_share = _CRITIC_SHARE * critic_weight if heard else 0.0
        self._compared = -(-_COMPARED // windows.shape[1]) * windows.shape[1]
        self._trials = _cut(trials, stretch)
        self._filtered = _cut(filter_spikes(trials), stretch)
        self._share = trials[..., 0].size / self._trials[..., 0].size
        n_weights = sum(weight.numel() for weight in generator.parameters())
        n_statistics = self.moments.n_moments + N_CRITICS
        self._mean = torch.zeros(n_statistics)
        self._slope = torch.zeros(n_statistics, n_weights)
        self._information = torch.zeros(n_weights, n_weights)
        # Steps that the slope, and that the mean, of each statistic is made of.
        self._seen = torch.zeros(n_statistics, dtype=torch.int64)
        self._remembered = torch.zeros(n_statistics, dtype=torch.int64)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return what a checkpoint has to keep; the tensors are the matching's own."""
        own = {
            "mean": self._mean,
            "slope": self._slope,
            "information": self._information,
            "seen": self._seen,
            "remembered": self._remembered,
        }
        for part, tensors in (("runs", self.runs.tensors()), ("critics", self.critics.tensors())):
            own |= {f"{part}.{name}": tensor for name, tensor in tensors.items()}
        return own

    def step(self, index: int) -> MatchingReport:
        """Do one step.

        Parameters
        ----------
        index
            How many went before.
        """
        last = index >= self.n_steps - self._n_last
        random = step_generator(self._seed, _STREAM, index)
        if index == 0:
            self.runs.begin(random)
        spikes = self._observe(index, last, random)

        deviation, slope = self._deviations()
        own, log_likelihoods = scores(self.generator, self._trials, self._filtered)
        uphill = own.sum(0) * self._share
        present = self.critics.present
        gap = self._mean[self.moments.n_moments :] - self.critics.wanted
        critics = self._critic_share * (present & (gap.abs() < _MOST_GAP))
        weights = _WEIGHT * torch.cat([self._statistics_weight * self._weights, critics])
        if last:
            # The likelihood holds the weights where they are and no longer pulls.
            uphill = torch.zeros_like(uphill)
            chosen = torch.from_numpy(np.isin(self.moments.groups, _LAST_GROUPS))
            pull = self._statistics_weight * chosen.float()
            weights = _LAST_WEIGHT * torch.cat([pull, torch.zeros(N_CRITICS)])
        ridge = _RIDGE * torch.eye(len(uphill))
        weighted = weights[:, None] * slope
        metric = slope.T @ weighted + self._information + ridge
        wish = uphill - weighted.T @ deviation
        change = torch.linalg.solve(metric.double(), wish.double()).float()
        size = float((change @ (self._information @ change)).clamp_min(0).sqrt())
        trust = _TRUST / (1 + index / _TRUST_HALVES)
        if size > trust:
            change = change * (trust / size)
            self._remembered.clamp_(max=3)
        share = self._step_size(index, last)
        distance = float(gap[present].mean()) if present.any() else None
        threshold_share = 0.0 if last else _THRESHOLD_SHARE * min(1.0, self._statistics_weight)
        self._move(share * change, threshold_share, spikes.mean((0, 1)))
        if self._trains_critic(index):
            self._train_critic(index, spikes)
        return MatchingReport(
            float(log_likelihoods.sum()) / self._trials[..., 0].size,
            float(deviation[: self.moments.n_moments].square().mean()),
            distance,
            size,
            share,
        )

    @property
    def _n_last(self) -> int:
        return max(1, round(_LAST_SHARE * self.n_steps))

    def _deviations(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the statistics' deviations and slopes, in standard errors."""
        n_moments = self.moments.n_moments
        mean, verdicts = self._mean[:n_moments], self._mean[n_moments:]
        found = torch.cat([self.moments.statistics(mean), verdicts])
        wanted = torch.cat([self._wanted, self.critics.wanted])
        errors = torch.cat([self._errors, self.critics.errors])
        directions = self.moments.directions(mean, self._slope[:n_moments])
        slope = torch.cat([directions, self._slope[n_moments:]])
        return (found - wanted) / errors, slope / errors[:, None]

    def _observe(self, index: int, last: bool, random: np.random.Generator) -> NDArray[np.bool_]:
        """Go on with the free runs, and average what they say; return what is compared of them."""
        spikes, filtered, state = self.runs.advance(_LEAD + self._compared, random)
        own, _ = scores(self.generator, spikes, filtered, state)
        own = own - own.mean(0)
        compared = spikes[:, _LEAD:]
        moments = self._moments(compared)
        mean = moments.mean(0)
        slope = (moments - mean).T @ own / len(own)
        if last:
            mean = torch.stack([mean, *self._measure(random)]).mean(0)
        n_bins = self._trials[..., 0].size * self._share
        information = own.T @ own * (n_bins / spikes[..., 0].size)
        if index == self.n_steps - self._n_last:
            self._remembered.fill_(1)
        late = index >= _FALLS_FROM * self.n_steps
        self._seen += 1
        self._remembered += 1
        slope_share = 1 / self._seen.clamp_max(_LATE_SLOPE_MEMORY if late else _SLOPE_MEMORY)
        mean_share = 1 / self._remembered.clamp_max(_LAST_MEAN_MEMORY if last else _MEAN_MEMORY)
        self._slope.lerp_(slope, slope_share[:, None])
        self._information.lerp_(information, float(slope_share.min()))
        self._mean.lerp_(mean, mean_share)
        return compared

    def _moments(self, spikes: NDArray[np.bool_]) -> torch.Tensor:
        return torch.cat([self.moments.of(spikes), self.critics.of(spikes)], 1)

    def _trains_critic(self, index: int) -> bool:
        begun = index - round(_CRITICS_FROM * self.n_steps)
        ends = self.n_steps - self._n_last - 1
        due = begun >= 0 and begun % _STEPS_A_CRITIC == 0 and index < ends
        return due and self._critic_share > 0

    def _train_critic(self, index: int, spikes: NDArray[np.bool_]) -> None:
        """Have a new critic join, of which nothing is known as yet."""
        random = step_generator(self._seed, _CRITIC_STREAM, index)
        place = self.moments.n_moments + self.critics.train_one(spikes, random)
        for known in (self._mean, self._slope, self._seen, self._remembered):
            known[place] = 0

    def _measure(self, random: np.random.Generator) -> list[torch.Tensor]:
        """Return mean moments of longer runs, which cost little without scores."""
        found = []
        for _ in range(_MEASURED):
            spikes, _, _ = self.runs.advance(self._compared, random)
            found.append(self._moments(spikes).mean(0))
        return found

    def _step_size(self, index: int, last: bool) -> float:
        if last:
            early = index < self.n_steps - self._n_last // 2
            return _LAST_STEP if early else _VERY_LAST_STEP
        behind = index - _FALLS_FROM * self.n_steps
        return _STEP * min(1.0, _FALLS_OVER / max(1.0, behind))

    def _move(
        self, change: torch.Tensor, threshold_share: float, fired: NDArray[np.float64]
    ) -> None:
        with torch.no_grad():
            weights = list(self.generator.parameters())
            vector_to_parameters(parameters_to_vector(weights) + change, weights)
            self._mean += self._slope @ change
            if threshold_share:
                error = np.log(np.maximum(fired, _RAREST) / np.maximum(self._rates, _RAREST))
                self.generator.threshold.sub_(torch.from_numpy(threshold_share * error))


def _cut(trials: NDArray[Any], n_bins: int) -> NDArray[Any]:
    """Cut trials into stretches; a rest at the end is left out."""
    n_bins = min(n_bins, trials.shape[1])
    whole = trials[:, : trials.shape[1] // n_bins * n_bins]
    return np.ascontiguousarray(whole.reshape(-1, n_bins, *trials.shape[2:]))


def _pieces(trials: NDArray[np.bool_], n_bins: int) -> NDArray[np.bool_]:
    """Return trials, or parts of them where there are few, in multiples of ``n_bins``."""
    parts = -(-_PIECES // len(trials))
    length = max(1, trials.shape[1] // parts // n_bins) * n_bins
    return _cut(trials, length)
