"""Presets ``stationary`` and ``spiqgan``: hyper-parameters and defaults."""

from __future__ import annotations

from neuroqgan.models.preset_type import Preset, Recipe
from neuroqgan.models.shape import CellShape, hyper_parameter


class StationaryShape(CellShape):
    """Hyper-parameters of the preset ``stationary``."""

    n_shared: int = hyper_parameter(
        6, key="latents", help="Latent processes shared by all neurons", ge=0
    )
    n_own: int = hyper_parameter(
        3,
        key="own_latents",
        help="Latent processes of each neuron, each with its own time constant",
        ge=1,
    )


class SpiqganShape(CellShape):
    """Hyper-parameters of the preset ``spiqgan``."""

    n_layers: int = hyper_parameter(5, key="layers", help="Layers of rotations in each cell", ge=1)


STATIONARY = Preset(
    name="stationary",
    summary="Gaussian latents with trainable time constants; all bins run in one job",
    shape=StationaryShape,
    recipe=Recipe(steps=800, batch=512, learning_rate=0.03),
    generator="neuroqgan.models.latent.stationary:StationaryGenerator",
)

SPIQGAN = Preset(
    name="spiqgan",
    summary="the generator of the SpiQGAN paper: one latent per neuron and window",
    shape=SpiqganShape,
    recipe=Recipe(steps=800, batch=512, learning_rate=0.03),
    generator="neuroqgan.models.latent.spiqgan:SpiqganGenerator",
)
