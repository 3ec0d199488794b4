"""Settings of a training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from neuroqgan import checks
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

Gradient = Literal["adjoint", "parameter-shift", "spsa"]
Device = Literal["cpu", "cuda", "auto"]

BY_PRESET: Any = None
"""Stands for a value that the preset, or the gradient, decides."""

_LOWEST = {
    "steps": 1,
    "seed": 0,
    "shots": 1,
    "batch": 2,
    "gradient_cells": 1,
    "critic_latents": 1,
    "critic_updates": 1,
    "checkpoint_every": 1,
}
_LIMITS: dict[str, dict[str, float]] = {
    "learning_rate": {"above": 0, "below": 1},
    "critic_weight": {"least": 0},
    "statistics_weight": {"least": 0},
    "critic_from": {"least": 0, "most": 1},
}


@dataclass(frozen=True)
class TrainingSettings:
    """How to train, the generator's shape aside.

    If not given, ``steps``, ``shots``, ``batch``, ``learning_rate`` and ``critic_weight`` are None
    until a trainer fills them in with the defaults of its preset and gradient
    (see `with_defaults`).

    Parameters
    ----------
    steps
        Generator updates.
    seed
        Seed of everything random in the training.
    gradient
        How cells are differentiated: exactly (``adjoint``), or from shots alone
        (``parameter-shift``, ``spsa``).
    shots
        Shots a circuit, where circuits are measured.
    exact
        Draw the critic's rasters from exact probabilities instead of Aer shots.
    batch
        Latent draws a step; four times as many over the last fifth of a training by ``adjoint``.
    gradient_cells
        Cells of a group that are differentiated in a step by shots, of all that are measured.
    learning_rate
        Of the generator, at the start; it falls along half a cosine.
    critic_weight
        Weight of the critic's gradient against the statistics loss; 0 trains without a critic.
    statistics_weight
        What the statistics weigh, in units of what they usually do; 0 trains without them.
    critic_from
        Fraction of the training after which the critic joins, where it does not train alone.
    critic_latents
        Latent draws a step whose rasters the critic sees, each with ``shots`` rasters.
    critic_updates
        Critic updates a generator update.
    checkpoint_every
        Steps between checkpoints.

    Raises
    ------
    ConfigError
        If a number is out of its range, or there is no such gradient.
    """

    steps: int = BY_PRESET
    seed: int = 0
    gradient: Gradient = "adjoint"
    shots: int = BY_PRESET
    exact: bool = False
    batch: int = BY_PRESET
    gradient_cells: int = 64
    learning_rate: float = BY_PRESET
    critic_weight: float = BY_PRESET
    statistics_weight: float = 1.0
    critic_from: float = 0.5
    critic_latents: int = 16
    critic_updates: int = 2
    checkpoint_every: int = 100

    def __post_init__(self) -> None:
        checks.choice("gradient", self.gradient, get_args(Gradient))
        checks.flag("exact", self.exact)
        for name, lowest in _LOWEST.items():
            # Only the seed is nobody's to decide.
            if (value := getattr(self, name)) is not None or name == "seed":
                object.__setattr__(self, name, checks.whole(name, value, lowest))
        for name, limits in _LIMITS.items():
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, checks.number(name, value, **limits))
        self._check("batch", self.batch is None or self.batch % 2 == 0, "an even number")
        self._check(
            "gradient",
            not (self.exact and self.gradient != "adjoint"),
            "adjoint, since exact = True trains without shots",
        )

    def _check(self, name: str, good: bool, expected: str) -> None:
        if not good:
            raise ConfigError(
                f"The setting {name} is out of its range.",
                expected=expected,
                got=repr(getattr(self, name)),
            )

    def with_defaults(self, defaults: Mapping[str, Any]) -> TrainingSettings:
        """Return the settings with values for those that are None.

        Parameters
        ----------
        defaults
            By name, such as those of a preset (`neuroqgan.models.preset.Recipe.defaults`).
        """
        missing = {k: v for k, v in defaults.items() if getattr(self, k) is None}
        return replace(self, **missing)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


AS_THE_PRESET = TrainingSettings()
"""The defaults: all that a preset decides is left to it."""
