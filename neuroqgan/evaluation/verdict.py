"""What the figures of an evaluation cannot say, and where they contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.checks import shorten
from neuroqgan.evaluation import memorisation
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS
from neuroqgan.evaluation.comparison import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.evaluation.judge import Evaluation

NAMES = {
    "firing_rate": "firing rate",
    "pair_covariance": "pair covariance",
    "k_probability": "k-probability",
    "autocovariance": "autocovariance",
    "lag1_cross_covariance": "lag-1 cross-covariance",
    "inter_spike_interval": "inter-spike intervals",
    "pattern_entropy": "pattern entropy",
    "triplet_correlation": "triplet correlation",
}
"""Names of the statistics in tables and sentences."""

_COVARIANCES = (
    "pair_covariance",
    "autocovariance",
    "lag1_cross_covariance",
    "triplet_correlation",
)
_FAR, _NEAR = 3.0, 1.5  # ratios
_HARDLY, _SURELY = 0.55, 0.6  # accuracies
_MOSTLY = 0.5
_FEW = 200
_MOST_NAMES = 10


def notes(evaluation: Evaluation) -> list[str]:
    """Return sentences on an evaluation; none where its figures speak for themselves."""
    return [
        *_on_activity(evaluation),
        *_on_the_floor(evaluation),
        *_on_the_classifier(evaluation),
        *_on_memorisation(evaluation),
    ]


def _on_activity(evaluation: Evaluation) -> Iterator[str]:
    found = evaluation.activity
    if found is None:
        return
    if found.held_out == 0:
        yield ("The held-out windows contain no spikes, so there is nothing to judge against.")
    if found.generated == 0:
        yield ("No spikes were generated: covariances, intervals and memorisation are not judged.")
        return
    if found.silent_neurons:
        silent = found.silent_neurons
        yield (
            f"{len(silent)} of {found.n_neurons} neurons never spike in the generated windows, "
            f"although they do in the recording: {shorten(silent, _MOST_NAMES)}."
        )
    ratios = [evaluation.statistics[name].ratio for name in _COVARIANCES]
    if found.generated < found.held_out / 2 and any(ratio <= _NEAR for ratio in ratios):
        yield (
            f"Generated windows have {found.generated:.2g} spikes on average, "
            f"held-out ones {found.held_out:.2g}. With so few spikes all covariances "
            "are close to zero, so ratios of covariances near 1 mean little."
        )


def _on_the_floor(evaluation: Evaluation) -> Iterator[str]:
    floors = [row.floor for row in evaluation.statistics.values() if row.floor == row.floor]
    if floors and all(floor <= ZERO for floor in floors):
        yield (
            "There are no ratios because the floor is zero: its real windows are the "
            "same as those that the raster is judged against."
        )


def _on_the_classifier(evaluation: Evaluation) -> Iterator[str]:
    told = evaluation.c2st
    if told is None:
        generated, real = evaluation.n_generated, evaluation.n_reference
        hints = []
        if generated < FEWEST_WINDOWS:
            hints.append(f"{FEWEST_WINDOWS} samples or more")
        if real < FEWEST_WINDOWS:
            hints.append("a longer recording, or shorter windows")
        yield (
            f"No C2ST: the classifier needs {FEWEST_WINDOWS} windows of each kind and "
            f"got {generated} generated and {real} real ones. Try: "
            f"{', and '.join(hints)}."
        )
        return
    if evaluation.c2st_floor is None:
        yield (
            f"C2ST has no floor: for that the classifier needs {FEWEST_WINDOWS} real "
            "windows on each side."
        )
    # Twice as far as the interval reaches, since predictions of one test are not independent.
    if told.accuracy + 2 * (told.high - told.accuracy) < 0.5:
        yield (
            f"The classifier is wrong more often than by chance (C2ST {told.accuracy:.3f}), as it "
            "is where the same windows are on both sides: is the raster one of the held-out "
            "windows, or made of copies? If so, these figures say nothing of a generator."
        )
        return
    cannot_tell = told.low <= 0.5 or told.accuracy < _HARDLY
    far = sorted(
        ((row.ratio, name) for name, row in evaluation.statistics.items() if row.ratio_low > _FAR),
        reverse=True,
    )
    if cannot_tell and far:
        differing = ", ".join(f"{NAMES[name]} by {ratio:.0f} times" for ratio, name in far)
        yield (
            f"The classifier cannot tell (C2ST {told.accuracy:.3f}), but other figures contradict "
            f"it. They are off by far more than the floor: {differing}. {_why(evaluation)}"
        )
    ratios = [row.ratio for row in evaluation.statistics.values() if row.ratio == row.ratio]
    if told.low > _SURELY and ratios and max(ratios) <= _NEAR:
        yield (
            f"No statistic is off by more than {_NEAR:g} times the floor, but the "
            f"classifier can tell (C2ST {told.accuracy:.3f}), by something that none "
            "of the statistics measures."
        )


def _why(evaluation: Evaluation) -> str:
    found, told = evaluation.activity, evaluation.c2st
    if found is not None and min(found.generated_silent, found.held_out_silent) >= _MOSTLY:
        return (
            f"{found.generated_silent:.0%} of the generated and "
            f"{found.held_out_silent:.0%} of the held-out windows contain no spikes, "
            "so it can only go by the others."
        )
    if told is not None and told.n_samples < _FEW:
        return f"With {told.n_samples} windows of each kind it can only detect large differences."
    return "Trust the ratios."


def _on_memorisation(evaluation: Evaluation) -> Iterator[str]:
    found = evaluation.activity
    if evaluation.floor_source != "training" or found is None or found.generated == 0:
        return
    near = evaluation.memorisation
    if near is None or near.memorised is None:
        n = 0 if near is None else near.n_compared or 0
        yield (
            f"Memorisation is not judged: {n} generated windows can be paired with a "
            f"held-out window of as many spikes, and {memorisation.FEWEST_WINDOWS} "
            "are needed."
        )
