"""A preset of another package: a folder that Python finds, with an entry point of its own.

`third_party_preset` writes it. It is the stationary preset with one hyper-parameter of its own, so
that everything that is made from declarations shows it.
"""

from __future__ import annotations

from pathlib import Path

NAME = "jittered"
"""Name of the preset."""

KEY = "jitter_layers"
"""Key of its own hyper-parameter; the option is ``--jitter-layers``, in Python ``n_jitter``."""

_PRESET = '''
from neuroqgan.models.latent.presets import StationaryShape
from neuroqgan.models.preset_type import Preset, Recipe
from neuroqgan.models.shape import hyper_parameter


class JitteredShape(StationaryShape):
    """Hyper-parameters of the preset ``jittered``."""

    n_layers: int = hyper_parameter(2, key="layers", help="Layers of rotations in each cell", ge=1)
    n_jitter: int = hyper_parameter(
        1, key="jitter_layers", help="Layers whose angles jitter from bin to bin", ge=1, le=4
    )


JITTERED = Preset(
    name="jittered",
    summary="stationary latents whose later angles jitter",
    shape=JitteredShape,
    recipe=Recipe(steps=4, batch=16, learning_rate=0.02, critic_weight=0.0),
    generator="jittered_preset.generator:JitteredGenerator",
)
'''

_GENERATOR = '''
import torch

from neuroqgan.models.latent.stationary import StationaryGenerator


class JitteredGenerator(StationaryGenerator):
    """Adds a bounded share of the neuron's own first process to its later angles."""

    default_preset = "jittered"

    def add_weights(self):
        super().add_weights()
        n_later = min(self.shape.n_jitter, self.shape.n_layers - 1)
        self.jitter = torch.nn.Parameter(torch.zeros(n_later, self.spec.n_neurons))

    def initialise(self, rates, seed):
        super().initialise(rates, seed)
        with torch.no_grad():
            self.jitter.fill_(0.1)

    def angles(self, noise, features=None):
        angles = super().angles(noise, features)
        own, _ = self.latents(noise)
        jitter = torch.tanh(own[..., 0])[:, :, None] * self.jitter
        first, later = angles[:, :, :1], angles[:, :, 1:].clone()
        later[:, :, : len(self.jitter)] += jitter
        return torch.cat([first, later], dim=2)
'''


def third_party_preset(folder: Path) -> Path:
    """Write the package, and return the folder that belongs on ``PYTHONPATH``."""
    package = folder / "jittered_preset"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "preset.py").write_text(_PRESET)
    (package / "generator.py").write_text(_GENERATOR)
    info = folder / "jittered_preset-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jittered-preset\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[neuroqgan.generators]\n{NAME} = jittered_preset.preset:JITTERED\n"
    )
    return folder
