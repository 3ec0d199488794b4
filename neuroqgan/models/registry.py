"""Generators by the name of their preset.

Presets themselves, which need nothing heavy, are in `neuroqgan.models.presets`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.presets import find_preset, generator_class, preset_names

if TYPE_CHECKING:
    from neuroqgan.circuits.own_ansatz import GivenAnsatz
    from neuroqgan.models.base import Generator
    from neuroqgan.models.spec import GeneratorSpec

__all__ = ["build_generator", "find_preset", "preset_names"]


def build_generator(spec: GeneratorSpec, ansatz: GivenAnsatz | None = None) -> Generator:
    """Build the generator of a spec; its weights are zero until initialised or loaded.

    Parameters
    ----------
    spec
        Preset, sizes and hyper-parameters.
    ansatz
        Cell circuits of the user's own, which the spec says nothing of.

    Raises
    ------
    ConfigError
        If hyper-parameters do not go together.
    """
    given = dict(spec.shape)
    if ansatz is not None:
        # They follow from the ansatz.
        given = {k: v for k, v in given.items() if k not in {"n_layers", "entangling"}}
    built: Generator = generator_class(spec.preset)(
        spec.preset,
        n_neurons=spec.n_neurons,
        n_bins=spec.n_bins,
        bin_width=spec.bin_width,
        covariates=spec.covariates,
        ansatz=ansatz,
        **given,
    )
    return built
