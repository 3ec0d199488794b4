"""All classical models by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.classical.dichotomized_gaussian import DichotomizedGaussian
from neuroqgan.evaluation.classical.independent import Independent
from neuroqgan.evaluation.classical.maximum_entropy import MaximumEntropy
from neuroqgan.evaluation.classical.spike_gan import SpikeGAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.evaluation.classical.protocol import ClassicalModel


@dataclass(frozen=True)
class ClassicalModelEntry:
    """A classical model in the registry.

    Parameters
    ----------
    build
        Returns a model that is not fitted yet.
    is_fast
        Whether a fit of ten neurons takes seconds and not minutes.
    """

    build: Callable[[], ClassicalModel]
    is_fast: bool = True


CLASSICAL_MODELS: dict[str, ClassicalModelEntry] = {
    "independent": ClassicalModelEntry(Independent),
    "pairwise": ClassicalModelEntry(lambda: MaximumEntropy(with_counts=False)),
    "k-pairwise": ClassicalModelEntry(lambda: MaximumEntropy(with_counts=True)),
    "dichotomized-gaussian": ClassicalModelEntry(DichotomizedGaussian),
    "spike-gan": ClassicalModelEntry(SpikeGAN, is_fast=False),
}
"""The registry, simple models first; a new one goes last, since seeds depend on the order."""


def build_classical_model(name: str) -> ClassicalModel:
    """Return a model that is not fitted yet.

    Parameters
    ----------
    name
        One of `CLASSICAL_MODELS`.

    Raises
    ------
    ConfigError
        If there is no model of that name.
    """
    if name not in CLASSICAL_MODELS:
        raise ConfigError(
            f"There is no classical model {name!r}.",
            expected=f"{', '.join(CLASSICAL_MODELS)}; or fast, or all",
            got=repr(name),
            hint="one or several of these names, separated by commas",
        )
    return CLASSICAL_MODELS[name].build()


def parse_model_names(text: str) -> tuple[str, ...]:
    """Return the names in a comma-separated list, each once and in the order of the registry.

    Parameters
    ----------
    text
        Names; ``all`` for all models, ``fast`` for those that are fitted within seconds for ten
        neurons.

    Raises
    ------
    ConfigError
        If there is no model of some name.

    Examples
    --------
    >>> parse_model_names("k-pairwise, independent")
    ('independent', 'k-pairwise')
    """
    groups = {
        "all": set(CLASSICAL_MODELS),
        "fast": {name for name, entry in CLASSICAL_MODELS.items() if entry.is_fast},
    }
    chosen: set[str] = set()
    for name in (part.strip() for part in text.split(",")):
        if name not in groups:
            build_classical_model(name)
        chosen |= groups.get(name, {name})
    return tuple(name for name in CLASSICAL_MODELS if name in chosen)
