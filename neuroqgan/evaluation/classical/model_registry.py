"""All classical models by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.classical.dichotomized_gaussian import DichotomizedGaussian
from neuroqgan.evaluation.classical.independent import Independent
from neuroqgan.evaluation.classical.maximum_entropy import MaximumEntropy
from neuroqgan.evaluation.classical.nemos_glm import NemosGLM
from neuroqgan.evaluation.classical.psth import PSTH
from neuroqgan.evaluation.classical.psth_gaussian import PSTHGaussian
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
    needs_covariates
        Whether there is nothing to fit without covariates.
    package
        Package that it needs, of the extra of the same name; empty if it needs none.
    """

    build: Callable[[], ClassicalModel]
    is_fast: bool = True
    needs_covariates: bool = False
    package: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether the package that it needs is there."""
        return not self.package or find_spec(self.package) is not None

    def check(self, name: str, *, has_covariates: bool) -> None:
        """Refuse a model that cannot be fitted.

        Parameters
        ----------
        name
            Its name.
        has_covariates
            Whether there are covariates.

        Raises
        ------
        ConfigError
            If it needs covariates and there are none, or its package is not installed.
        """
        if self.needs_covariates and not has_covariates:
            raise ConfigError(
                f"The classical model {name} needs covariates.",
                expected="`covariates = trial-time`, or columns from a file",
                got="spikes alone",
                hint="leave the model out, or train a run with covariates",
            )
        if not self.is_installed:
            raise ConfigError(
                f"The classical model {name} needs the package {self.package}.",
                expected=self.package,
                got="an installation without it",
                hint=f"pip install 'neuroqgan[{self.package}]'",
            )


CLASSICAL_MODELS: dict[str, ClassicalModelEntry] = {
    "independent": ClassicalModelEntry(Independent),
    "pairwise": ClassicalModelEntry(lambda: MaximumEntropy(with_counts=False)),
    "k-pairwise": ClassicalModelEntry(lambda: MaximumEntropy(with_counts=True)),
    "dichotomized-gaussian": ClassicalModelEntry(DichotomizedGaussian),
    "spike-gan": ClassicalModelEntry(SpikeGAN, is_fast=False),
    "psth": ClassicalModelEntry(PSTH, needs_covariates=True),
    "psth-dichotomized-gaussian": ClassicalModelEntry(PSTHGaussian, needs_covariates=True),
    "nemos": ClassicalModelEntry(NemosGLM, is_fast=False, package="nemos"),
}
"""The registry; a new one goes last, since seeds depend on the order."""


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


def parse_model_names(text: str, *, has_covariates: bool = True) -> tuple[str, ...]:
    """Return the names in a comma-separated list, each once and in the order of the registry.

    Parameters
    ----------
    text
        Names; ``all`` for all models, ``fast`` for those that are fitted within seconds for ten
        neurons. Both leave out what cannot be fitted: models that need covariates if there are
        none, and those whose package is not installed.
    has_covariates
        Whether there are covariates.

    Raises
    ------
    ConfigError
        If there is no model of some name, or one that is named cannot be fitted.

    Examples
    --------
    >>> parse_model_names("k-pairwise, independent")
    ('independent', 'k-pairwise')
    """
    usable = {
        name: entry
        for name, entry in CLASSICAL_MODELS.items()
        if entry.is_installed and (has_covariates or not entry.needs_covariates)
    }
    groups = {
        "all": set(usable),
        "fast": {name for name, entry in usable.items() if entry.is_fast},
    }
    chosen: set[str] = set()
    for name in (part.strip() for part in text.split(",")):
        if name not in groups:
            build_classical_model(name)
            CLASSICAL_MODELS[name].check(name, has_covariates=has_covariates)
        chosen |= groups.get(name, {name})
    return tuple(name for name in CLASSICAL_MODELS if name in chosen)
