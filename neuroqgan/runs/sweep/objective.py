"""What decides between the points of a sweep: a figure on validation trials, never held-out ones.

An objective is one function and one line in `OBJECTIVES`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan import checks
from neuroqgan.errors import ConfigError, RasterError
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.judges.panel import Pair
    from neuroqgan.models.base import Generator

    Measure = Callable[[Generator, Split], float | None]

# Of the samples that are judged, and of the judges: the same for all points.
_SEED = 0


@dataclass(frozen=True)
class Objective:
    """A figure of a trained generator.

    Parameters
    ----------
    key
        Its name.
    title
        What it is, a heading.
    summary
        What it is, in a phrase.
    is_maximised
        Whether higher is better.
    measure
        Function of a generator and of a split whose held-out windows are the validation windows;
        returns the figure, or None if the generator has none.
    needs
        Method of generators that a preset has to implement; empty if every preset has the figure.
    """

    key: str
    title: str
    summary: str
    is_maximised: bool
    measure: Measure
    needs: str = ""

    def check(self, preset: str) -> None:
        """Check that a preset has the figure.

        Parameters
        ----------
        preset
            Its name.

        Raises
        ------
        ConfigError
            If it has not.
        """
        from neuroqgan.models.contract import GeneratorContract
        from neuroqgan.models.presets import generator_class

        own = generator_class(preset)
        if self.needs and getattr(own, self.needs) is getattr(GeneratorContract, self.needs):
            raise self._lacking(preset)

    def value(self, generator: Generator, validation: Split) -> float:
        """Return the figure of a generator.

        Parameters
        ----------
        generator
            Trained on the training windows of the split.
        validation
            A split with the validation windows in place of the held-out ones.

        Raises
        ------
        ConfigError
            If the generator has no such figure.
        RasterError
            If there are too few validation windows.
        """
        found = self.measure(generator, validation)
        if found is None:
            raise self._lacking(generator.spec.preset)
        if not math.isfinite(found):
            raise RasterError(
                f"The {self.title} on the validation trials is not finite.",
                expected="a generator that rules out nothing of what was recorded",
                got=f"{found}",
                hint=f"`objective = {DEFAULT_OBJECTIVE}`",
            )
        return found

    def key_of_sorting(self, value: float) -> float:
        """Return a number that is lower for better values."""
        return -value if self.is_maximised else value

    def _lacking(self, preset: str) -> ConfigError:
        return ConfigError(
            f"The preset {preset} has no exact likelihood.",
            expected="an objective that every preset of the sweep has",
            got=f"`objective = {self.key}`",
            hint=f"`objective = {DEFAULT_OBJECTIVE}`, or `objective = energy`",
        )


def find_objective(name: str) -> Objective:
    """Return the objective of that name.

    Raises
    ------
    ConfigError
        If there is none.

    Examples
    --------
    >>> find_objective("likelihood").is_maximised
    True
    """
    checks.choice("objective", name, OBJECTIVES)
    return OBJECTIVES[name]


def _worst_judge(generator: Generator, validation: Split) -> float | None:
    from neuroqgan.evaluation.judges.panel import ask_panel

    tests = ask_panel(_pair(generator, validation), seed=_SEED)
    if not tests:
        raise RasterError(
            "There are too few validation windows for judges.",
            expected=f"{FEWEST_WINDOWS} or more",
            got=str(validation.held_out.n_samples),
            hint="a lower `validation_every`, or `objective = energy`",
        )
    return max(test.accuracy for test in tests.values())


def _energy(generator: Generator, validation: Split) -> float | None:
    from neuroqgan.evaluation.energy import energy_test

    return energy_test(_pair(generator, validation), seed=_SEED).distance


def _likelihood(generator: Generator, validation: Split) -> float | None:
    from neuroqgan.evaluation.conditional.bits_per_spike import bits_per_spike

    return bits_per_spike(generator, validation)


def _pair(generator: Generator, validation: Split) -> Pair:
    """Return exact samples, as many as there are validation windows and driven alike, and these."""
    from neuroqgan.evaluation.judges.panel import Pair

    windows, places = validation.held_out, validation.held_out_places
    seen = None if generator.spec.covariates is None else windows.covariates
    generated = generator.sample(windows.n_samples, seed=_SEED, covariates=seen)
    return Pair(generated, windows, None, None if places is None else places[0])


DEFAULT_OBJECTIVE = "judge"
"""The figure by which generators are compared everywhere else."""

OBJECTIVES: dict[str, Objective] = {
    one.key: one
    for one in (
        Objective(
            DEFAULT_OBJECTIVE,
            "accuracy of the worst judge",
            "how often the best of all judges tells generated from validation windows",
            False,
            _worst_judge,
        ),
        Objective(
            "likelihood",
            "bits per spike",
            "log likelihood of validation trials against constant rates, for presets that have one",
            True,
            _likelihood,
            "log_likelihood",
        ),
        Objective(
            "energy",
            "energy distance",
            "distance of generated from validation windows, without any judge: the fastest",
            False,
            _energy,
        ),
    )
}
"""All objectives by name."""
