"""Settings of a training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from neuroqgan.errors import ConfigError

Gradient = Literal["adjoint", "parameter-shift", "spsa"]


@dataclass(frozen=True)
class TrainingSettings:
    """How to train, the generator's shape aside.

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
        If a number is out of its range.
    """

    steps: int
    seed: int = 0
    gradient: Gradient = "adjoint"
    shots: int = 8
    exact: bool = False
    batch: int = 512
    gradient_cells: int = 64
    learning_rate: float = 0.03
    critic_weight: float = 1.0
    statistics_weight: float = 1.0
    critic_from: float = 0.5
    critic_latents: int = 16
    critic_updates: int = 2
    checkpoint_every: int = 100

    def __post_init__(self) -> None:
        for name in (
            "steps",
            "shots",
            "gradient_cells",
            "critic_latents",
            "critic_updates",
            "checkpoint_every",
        ):
            self._check(name, getattr(self, name) >= 1, "1 or more")
        self._check("seed", self.seed >= 0, "0 or more")
        self._check("batch", self.batch >= 2 and self.batch % 2 == 0, "an even number, 2 or more")
        self._check("learning_rate", 0 < self.learning_rate < 1, "a number between 0 and 1")
        self._check("critic_weight", self.critic_weight >= 0, "0 or more")
        self._check("statistics_weight", self.statistics_weight >= 0, "0 or more")
        self._check("critic_from", 0 <= self.critic_from <= 1, "a fraction from 0 to 1")
        self._check(
            "gradient",
            not (self.exact and self.gradient != "adjoint"),
            "adjoint, since --exact takes no shots",
        )

    def _check(self, name: str, good: bool, expected: str) -> None:
        if not good:
            flag = "--" + name.replace("_", "-")
            raise ConfigError(
                f"The setting {name} is out of its range.",
                expected=expected,
                got=str(getattr(self, name)),
                hint=f"{flag} within that range; see neuroqgan train --help",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)
