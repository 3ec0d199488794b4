"""Settings of a training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from neuroqgan import checks
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

Gradient = Literal["adjoint", "parameter-shift", "spsa"]
Device = Literal["cpu", "cuda", "auto"]

BY_PRESET: Any = None
"""Stands for a value that the preset, or the gradient, decides."""


_WORDS = {"ge": "least", "gt": "above", "le": "most", "lt": "below"}


@dataclass(frozen=True)
class Setting:
    """A setting as it is declared: for Python, options and configuration files alike.

    Parameters
    ----------
    default
        Its default; None if the preset or the gradient decides.
    help
        What it means, a phrase that stands on its own.
    shown
        What help says in place of the default, or None.
    limits
        ``ge``, ``gt``, ``le``, ``lt`` and ``multiple_of``, as far as there are any.
    """

    default: Any
    help: str
    shown: str | None
    limits: dict[str, float]


def _option(meaning: str, *, shown: str | None = None, **limits: float) -> dict[str, Any]:
    """Declare that a field of `TrainingSettings` is an option and a key of files as well.

    Parameters
    ----------
    meaning, shown, **limits
        See `Setting`.
    """
    return {"help": meaning, "shown": shown, "limits": limits}


@dataclass(frozen=True)
class TrainingSettings:
    """How to train, the generator's shape aside.

    If not given, ``steps``, ``shots``, ``batch``, ``learning_rate`` and ``critic_weight`` are None
    until a trainer fills them in with the defaults of its preset and gradient
    (see `with_defaults`).

    Parameters
    ----------
    steps
        Number of training steps, each one update of the generator.
    seed
        Seed of everything random in the training.
    gradient
        How cells are differentiated: exactly (``adjoint``), or from shots alone
        (``parameter-shift``, ``spsa``).
    shots
        Shots per circuit, if circuits are measured.
    exact
        Draw the critic's rasters from exact probabilities instead of Aer shots.
    batch
        Latent draws or windows per step; with ``adjoint``, four times as many over the last fifth.
    gradient_cells
        Cell circuits per group that are differentiated from shots in each step, out of all that are
        measured.
    learning_rate
        Learning rate of the generator at the start; it falls along half a cosine.
    critic_weight
        Weight of the critic's gradient against the statistics loss; 0 trains without a critic.
    statistics_weight
        Weight of the statistics relative to the usual one; 0 trains without them.
    critic_from
        Fraction of the training after which the critic joins, unless it trains alone.
    critic_latents
        Latent draws per step whose rasters the critic sees, each with ``shots`` rasters.
    critic_updates
        Critic updates per update of the generator.
    checkpoint_every
        Steps between checkpoints.
    finetune_on
        Simulated device, such as ``fake_fez``, on which the generator is finetuned after the last
        step (`neuroqgan.models.finetuning.finetuning.finetune`); None for no device.

    Raises
    ------
    ConfigError
        If a number is out of its range, or there is no such gradient.

    Examples
    --------
    >>> from neuroqgan import TrainingSettings
    >>> TrainingSettings(steps=200, seed=1).gradient
    'adjoint'
    """

    steps: int = field(default=BY_PRESET, metadata=_option("Training steps", ge=1))
    seed: int = field(default=0, metadata=_option("Seed of the training, and of samples", ge=0))
    gradient: Gradient = field(
        default="adjoint",
        metadata=_option(
            "How cell circuits are differentiated: exactly (adjoint), or from shots alone",
        ),
    )
    shots: int = field(default=BY_PRESET, metadata=_option("Shots per circuit in training", ge=1))
    exact: bool = field(
        default=False, metadata=_option("Show the critic exact samples instead of Aer shots")
    )
    batch: int = field(
        default=BY_PRESET,
        metadata=_option("Latent draws, or windows, per step", ge=2, multiple_of=2),
    )
    gradient_cells: int = field(
        default=64,
        metadata=_option("Cell circuits per step that are differentiated from shots", ge=1),
    )
    learning_rate: float = field(
        default=BY_PRESET, metadata=_option("Learning rate at the start", gt=0, lt=1)
    )
    critic_weight: float = field(
        default=BY_PRESET, metadata=_option("Weight of the critic; 0 leaves it out", ge=0)
    )
    statistics_weight: float = field(
        default=1.0, metadata=_option("Weight of the statistics; 0 leaves them out", ge=0)
    )
    critic_from: float = field(default=0.5, metadata={"limits": {"ge": 0, "le": 1}})
    critic_latents: int = field(default=16, metadata={"limits": {"ge": 1}})
    critic_updates: int = field(default=2, metadata={"limits": {"ge": 1}})
    checkpoint_every: int = field(default=100, metadata=_option("Steps between checkpoints", ge=1))
    finetune_on: str | None = field(
        default=None,
        metadata=_option(
            "Simulated device on which firing rates are corrected for noise after the training, "
            "such as fake_fez",
            shown="none",
        ),
    )

    def __post_init__(self) -> None:
        checks.choice("gradient", self.gradient, get_args(Gradient))
        checks.flag("exact", self.exact)
        for declared_field in fields(self):
            name, value = declared_field.name, getattr(self, declared_field.name)
            limits = declared_field.metadata.get("limits")
            # None is decided by the preset, if it is the default.
            if not limits or (value is None and declared_field.default is None):
                continue
            if declared_field.type == "int":
                value = checks.whole(name, value, int(limits["ge"]))
            else:
                value = checks.number(name, value, **{_WORDS[k]: v for k, v in limits.items()})
            object.__setattr__(self, name, value)
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
            By name, such as those of a preset (`neuroqgan.models.preset_type.Recipe.defaults`).
        """
        missing = {k: v for k, v in defaults.items() if getattr(self, k) is None}
        return replace(self, **missing)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


AS_THE_PRESET = TrainingSettings()
"""The defaults: all that a preset decides is left to it."""

# Where a generator is trained is not a setting of the training itself, and is given beside them.
_BESIDE = {
    "device": Setting("cpu", "Compute device on which exact cell circuits are evaluated", None, {})
}


def declared(name: str) -> Setting:
    """Return how a setting is declared.

    Parameters
    ----------
    name
        Of a field of `TrainingSettings` that is an option, or ``device``.
    """
    if name in _BESIDE:
        return _BESIDE[name]
    found = TrainingSettings.__dataclass_fields__[name]
    says = found.metadata
    return Setting(found.default, says["help"], says["shown"], dict(says["limits"]))
