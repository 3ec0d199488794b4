"""Matching the statistics of free runs while the likelihood is kept: Gauss-Newton steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from neuroqgan.models.history.likelihood import fisher_scores
from neuroqgan.models.history.moment_matching.averages import FreeRunAverages
from neuroqgan.models.history.moment_matching.discriminators import (
    N_DISCRIMINATORS,
    CountDiscriminators,
)
from neuroqgan.models.history.moment_matching.schedule import batches
from neuroqgan.models.history.moment_matching.window_moments import WindowMoments
from neuroqgan.seeding import step_generator
from neuroqgan.simulation.filters import filter_spikes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.history.generator import HistoryGenerator

_STREAM, _DISCRIMINATOR_STREAM = 304, 305
_PIECES = 8
# What a squared standard error of a statistic weighs against a unit of log likelihood; more at the
# end, where the statistics that are seen first are put right by the smallest possible change.
_WEIGHT, _LAST_WEIGHT = 10.0, 20.0
_RIDGE = 50.0
# Statistics of pairs are many in a large population; together those of a kind weigh no more than so
# many. Two bins are compared both ways round, and are the harder to match.
_MOST_PAIRS = {"pair": 300, "cross 1": 600, "count": 300}
# Weight of a discriminator against another statistic, per unit of `critic_weight`.
_DISCRIMINATOR_SHARE = 0.05
# A discriminator that separates nearly all windows pulls hard, while its probabilities, near 0 and
# 1, hardly move.
_MOST_GAP = 0.2
_LAST_GROUPS = ("rate", "k")
_LONGER = 5
_STEP, _LAST_STEP = 0.7, 0.8
# Largest change of the weights, in standard deviations of all of them together: so many times the
# root of their number at first, falling to no more than the other number. What noise asks for
# grows with the weights.
_TRUST, _LAST_TRUST = 1.5, 30.0
# Discriminators join after this share of the steps, once the coarsest errors are gone.
_DISCRIMINATORS_FROM = 0.1
# Where so many times more is asked for, a bin of the recording that is next to impossible pulls
# without end, of which free runs know nothing; its own score is added to the curvature then.
_MOST_ASKED = 6.0
# A change that makes the deviation so many times larger goes back, all but this share of it: far
# from where derivatives were taken, neurons that excite themselves may run away.
_WORSE, _KEPT = 3.0, 0.25


class MatchingReport(NamedTuple):
    """What was found when the weights were last changed, before the change.

    Parameters
    ----------
    log_likelihood
        Of the trials, natural logarithm a bin.
    deviation
        Mean squared deviation of the statistics in standard errors, without the discriminators.
    distance
        How much likelier than the recording the discriminators take runs to be generated, on
        average. None as long as there is no discriminator.
    change
        Of the weights, in standard deviations of their likelihood, before the step's share.
    step
        Share of the change that was made; negative where the one before was taken back.
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
    Comput. 10, 251 (1998)) on the likelihood. Free runs give the statistics, their derivative and
    the Fisher information (`FreeRunAverages`). A step observes runs; the weights change after one
    such step at first, and after more of them as the statistics get closer: derivatives of a few
    runs are noisy, and those of earlier weights mislead. Some of the statistics are probabilities
    of discriminators, trained on the way against the current runs (`CountDiscriminators`). The last
    steps leave the likelihood alone and match rates and population counts with the smallest change
    in Fisher's metric.

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
        Weight of the discriminators; 0 leaves them out.
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
        self.moments = WindowMoments(generator.spec.n_neurons, windows.shape[1])
        pieces = _pieces(trials, windows.shape[1])
        self.discriminators = CountDiscriminators(pieces, windows.shape[1])
        self.averages = FreeRunAverages(generator, self.moments, self.discriminators)
        self._seed = seed
        self._wanted = self.moments.statistics(self.moments.of(windows).mean(0))
        self._errors = self.moments.standard_errors(pieces)
        n_pairs = max(1, self.moments.n_neurons * (self.moments.n_neurons - 1) // 2)
        most = np.array([_MOST_PAIRS.get(group, n_pairs) for group in self.moments.groups])
        share = np.minimum(1.0, most / n_pairs)
        self._weights = torch.from_numpy(statistics_weight * share).float()
        last = statistics_weight * np.isin(self.moments.groups, _LAST_GROUPS)
        self._last_weights = torch.from_numpy(last).float()
        self._discriminator_share = _DISCRIMINATOR_SHARE * critic_weight
        self._trials = _cut(trials, stretch)
        self._filtered = _cut(filter_spikes(trials, generator.n_filters), stretch)
        self._share = trials[..., 0].size / self._trials[..., 0].size
        n_weights = generator.n_parameters
        self._ends, self._n_main = batches(n_steps, n_weights)
        # Kept with a checkpoint, so that steps that only observe can say it again.
        self._report = torch.zeros(6, dtype=torch.float64)
        # Weights and deviation before the last change (0 if there was none), and what is left of
        # the largest change.
        self._before = torch.zeros(n_weights)
        self._safe = torch.tensor([0.0, 1.0], dtype=torch.float64)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return what a checkpoint has to keep; the tensors are the matching's own."""
        own = {"report": self._report, "before": self._before, "safe": self._safe}
        parts = {"averages": self.averages.tensors(), "critics": self.discriminators.tensors()}
        for part, tensors in parts.items():
            own |= {f"{part}.{name}": tensor for name, tensor in tensors.items()}
        return own

    def step(self, index: int) -> MatchingReport:
        """Observe free runs, and change the weights where that was the last of a batch.

        Parameters
        ----------
        index
            How many steps went before.
        """
        last = index >= self._n_main
        random = step_generator(self._seed, _STREAM, index)
        if index == 0:
            self.averages.runs.begin(random)
        spikes = self.averages.observe(random, _LONGER if last else 0)
        if index + 1 in self._ends:
            self._change_weights(index, random)
            if self._trains_discriminator(index):
                random = step_generator(self._seed, _DISCRIMINATOR_STREAM, index)
                self.discriminators.train_one(spikes, random)
            self.averages.clear()
        log_likelihood, deviation, distance, has_distance, change, share = self._report.tolist()
        return MatchingReport(
            log_likelihood, deviation, distance if has_distance else None, change, share
        )

    def _change_weights(self, index: int, random: np.random.Generator) -> None:
        last = index >= self._n_main
        deviation, slope = self._deviations()
        own, log_likelihood = self._recorded_scores()
        found = float(deviation[: self.moments.n_moments].square().mean())
        before = float(self._safe[0])
        if 0 < _WORSE * before < found:
            size, share = 0.0, self._take_back(random)
        else:
            share, trust = _LAST_STEP if last else _STEP, self._trust(index)
            change, size = self._asked(own, deviation, slope, last, trust)
            self._before.copy_(self._vector())
            self._put(self._before + share * trust / max(size, trust) * change)
            self._safe[0] = found
        present = self.discriminators.present
        distance = float(self._gap()[present].mean()) if present.any() else 0.0
        report = (log_likelihood, found, distance, float(present.any()), size, share)
        self._report.copy_(torch.tensor(report))

    def _asked(
        self,
        own: torch.Tensor,
        deviation: torch.Tensor,
        slope: torch.Tensor,
        last: bool,
        trust: float,
    ) -> tuple[torch.Tensor, float]:
        """Return the change of the weights that is asked for, and its size."""
        # In the end the likelihood holds the weights where they are and no longer pulls.
        uphill = torch.zeros(own.shape[1]) if last else own.sum(0) * self._share
        weighted = self._what_counts(last)[:, None] * slope
        wish = (uphill - weighted.T @ deviation).double()
        information = self.averages.information * self._trials[..., 0].size * self._share
        metric = (slope.T @ weighted + information + _RIDGE * torch.eye(len(wish))).double()
        change, size = _solve(metric, wish, information)
        if size > _MOST_ASKED * trust:
            own = own.double()  # such scores square to more than single precision holds
            change, size = _solve(metric + own.T @ own * self._share, wish, information)
        return change, size

    def _take_back(self, random: np.random.Generator) -> float:
        """Undo most of the last change, and return the share of it that this makes."""
        now = self._vector()
        self._put(self._before + _KEPT * (now - self._before))
        self._safe[1] /= 2
        self.averages.runs.begin(random)
        return _KEPT - 1

    def _trust(self, index: int) -> float:
        """Return the largest size of a change."""
        first: float = _TRUST * len(self._before) ** 0.5
        progress = min(1.0, index / self._n_main)
        return float(self._safe[1]) * (first + (min(first, _LAST_TRUST) - first) * progress)

    def _what_counts(self, last: bool) -> torch.Tensor:
        """Return the weights of the statistics and of the discriminators."""
        if last:
            return _LAST_WEIGHT * torch.cat([self._last_weights, torch.zeros(N_DISCRIMINATORS)])
        heard = self.discriminators.present & (self._gap().abs() < _MOST_GAP)
        return _WEIGHT * torch.cat([self._weights, self._discriminator_share * heard])

    def _gap(self) -> torch.Tensor:
        """Return how much likelier than the recording discriminators take runs to be generated."""
        return self.averages.mean[self.moments.n_moments :] - self.discriminators.wanted

    def _recorded_scores(self) -> tuple[torch.Tensor, float]:
        """Return the scores of the recording's stretches, and its likelihood, see the report."""
        own, log_likelihoods = fisher_scores(self.generator, self._trials, self._filtered)
        return own, float(log_likelihoods.sum()) / self._trials[..., 0].size

    def _vector(self) -> torch.Tensor:
        return parameters_to_vector(self.generator.parameters()).detach()

    def _put(self, weights: torch.Tensor) -> None:
        with torch.no_grad():
            vector_to_parameters(weights, self.generator.parameters())

    def _deviations(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the statistics' deviations and slopes, in standard errors."""
        n_moments = self.moments.n_moments
        mean, p_generated = self.averages.mean.tensor_split([n_moments])
        found = torch.cat([self.moments.statistics(mean), p_generated])
        wanted = torch.cat([self._wanted, self.discriminators.wanted])
        errors = torch.cat([self._errors, self.discriminators.errors])
        of_moments, of_p = self.averages.slope.tensor_split([n_moments])
        slope = torch.cat([self.moments.directions(mean, of_moments), of_p])
        return (found - wanted) / errors, slope / errors[:, None]

    def _trains_discriminator(self, index: int) -> bool:
        """Whether a new discriminator joins: no sooner than it helps, and while it can be heard."""
        fine = index >= _DISCRIMINATORS_FROM * self.n_steps
        return self._discriminator_share > 0 and fine and index + 1 < self._n_main


def _solve(
    metric: torch.Tensor, wish: torch.Tensor, information: torch.Tensor
) -> tuple[torch.Tensor, float]:
    """Return the change that a wish comes to, and its size in standard deviations."""
    change = torch.linalg.solve(metric, wish).float()
    return change, float((change @ (information @ change)).clamp_min(0).sqrt())


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
