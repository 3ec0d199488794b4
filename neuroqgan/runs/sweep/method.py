"""How points of a sweep are chosen, and all methods by name.

A method is one module and one line in `METHODS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Protocol

from neuroqgan import checks
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from neuroqgan.runs.sweep.sweep_file import SweepFile

MOST_POINTS = 10_000
"""More trainings are taken for a mistake."""

SOME_TRIALS = 20
"""Points of methods that choose, unless a number is given."""


@dataclass(frozen=True)
class Search:
    """What a method chooses from, and what it may know.

    Parameters
    ----------
    file
        The combinations.
    n_trials
        Number of points to choose; all if the method tries all.
    seed
        Source of what is drawn.
    is_maximised
        Whether a higher value is better.
    value_of
        Function of the number of a point: its value, or None if its training failed. Only points
        of earlier rounds may be asked for.
    folder
        Where the method may keep something; it exists.
    """

    file: SweepFile
    n_trials: int
    seed: int
    is_maximised: bool
    value_of: Callable[[int], float | None]
    folder: Path


class Chooser(Protocol):
    """A method at work."""

    def __call__(self, search: Search) -> Iterator[Sequence[int]]:
        """Yield the points of every round; those of a round are trained before the next."""


@dataclass(frozen=True)
class Method:
    """A way to choose points.

    Parameters
    ----------
    name, summary
        What it is called, and what it does.
    rounds
        Where its `Chooser` is, as ``module:function``.
    takes_trials
        Whether the number of points is a choice.
    is_adaptive
        Whether what it chooses depends on what it found.
    extra
        Extra of the package that brings what it needs; empty if nothing is missing.
    """

    name: str
    summary: str
    rounds: str
    takes_trials: bool
    is_adaptive: bool = False
    extra: str = ""

    def start(self, search: Search) -> Iterator[Sequence[int]]:
        """Begin to choose; see `Chooser`."""
        chooser: Chooser = resolve_name(self.rounds)
        return chooser(search)

    def check(self, file: SweepFile, n_trials: int | None) -> int:
        """Return how many points there will be.

        Parameters
        ----------
        file
            The combinations.
        n_trials
            Number of points that was asked for; None for the default.

        Raises
        ------
        ConfigError
            If a number makes no sense, there are too many points, or a package is missing.
        """
        from importlib.util import find_spec

        if self.extra and find_spec(self.extra) is None:
            raise ConfigError(
                f"The method {self.name} needs a package that is not installed.",
                expected=self.extra,
                got="no such package",
                hint=f'pip install "neuroqgan[{self.extra}]"',
            )
        n_points = file.n_points
        if not self.takes_trials:
            if n_trials is not None:
                raise ConfigError(
                    f"The method {self.name} tries all {n_points:,} points.",
                    expected=f"no `n_trials` beside `method = {self.name}`",
                    got=f"n_trials = {n_trials}",
                    hint="`method = random`",
                )
            n_trials = n_points
        wanted = min(SOME_TRIALS if n_trials is None else n_trials, n_points)
        if wanted > MOST_POINTS:
            raise ConfigError(
                f"The sweep {file.path} has too many points.",
                expected=f"at most {MOST_POINTS:,} trainings",
                got=f"{wanted:,}",
                hint="`n_trials = 200` of them, with --method random",
            )
        return wanted


def find_method(name: str) -> Method:
    """Return the method of that name.

    Raises
    ------
    ConfigError
        If there is none.

    Examples
    --------
    >>> find_method("random").takes_trials
    True
    """
    checks.choice("method", name, METHODS)
    return METHODS[name]


DEFAULT_METHOD = "grid"
"""The method if none is chosen."""

METHODS: dict[str, Method] = {
    one.name: one
    for one in (
        Method(
            DEFAULT_METHOD,
            "every combination of values",
            "neuroqgan.runs.sweep.plain_methods:every_point",
            takes_trials=False,
        ),
        Method(
            "random",
            "combinations drawn at random, each once",
            "neuroqgan.runs.sweep.plain_methods:random_points",
            takes_trials=True,
        ),
        Method(
            "optuna",
            "combinations that Optuna's TPE proposes, in rounds, from what was found so far",
            "neuroqgan.runs.sweep.optuna_method:optuna_points",
            takes_trials=True,
            is_adaptive=True,
            extra="optuna",
        ),
    )
}
"""All methods by name."""
