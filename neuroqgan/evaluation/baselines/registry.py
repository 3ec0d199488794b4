"""The classical models by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.baselines.dichotomized_gaussian import DichotomizedGaussian
from neuroqgan.evaluation.baselines.independent import Independent
from neuroqgan.evaluation.baselines.maximum_entropy import MaximumEntropy
from neuroqgan.evaluation.baselines.spike_gan import SpikeGAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.evaluation.baselines.model import Baseline

_MODELS: dict[str, Callable[[], Baseline]] = {
    "independent": Independent,
    "pairwise": lambda: MaximumEntropy(with_counts=False),
    "k-pairwise": lambda: MaximumEntropy(with_counts=True),
    "dichotomized-gaussian": DichotomizedGaussian,
    "spike-gan": SpikeGAN,
}

NAMES = tuple(_MODELS)
"""Names of all models, the simplest first."""

# Training the network takes minutes, all others together take seconds for ten neurons.
_SLOW = {"spike-gan"}


def build_baseline(name: str) -> Baseline:
    """Return a model that is not fitted yet.

    Raises
    ------
    ConfigError
        If there is no model of that name.
    """
    if name not in _MODELS:
        raise ConfigError(
            f"There is no classical model {name!r}.",
            expected=f"{', '.join(NAMES)}; or fast, or all",
            got=repr(name),
            hint="--baselines all",
        )
    return _MODELS[name]()


def parse_baselines(text: str) -> tuple[str, ...]:
    """Return the names in a list divided by commas, each once and in the order of `NAMES`.

    Parameters
    ----------
    text
        Names; ``all`` for all models, ``fast`` for those that are fitted within seconds for ten
        neurons.

    Raises
    ------
    ConfigError
        If there is no model of some name.
    """
    groups = {"all": set(NAMES), "fast": set(NAMES) - _SLOW}
    chosen: set[str] = set()
    for name in (part.strip() for part in text.split(",")):
        if name not in groups:
            build_baseline(name)
        chosen |= groups.get(name, {name})
    return tuple(name for name in NAMES if name in chosen)
