"""A generator with a past of two bins, whose spikes have a strong say."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec


def two_bin_generator(n_neurons: int, n_bins: int = 6, **changes: Any) -> HistoryGenerator:
    """A generator whose spikes and latent have a strong say."""
    sizes = {"n_layers": 2, **changes}
    spec = GeneratorSpec.of("history", n_neurons, n_bins, 0.02, past="two-bins", **sizes)
    generator = build_generator(spec)
    assert isinstance(generator, HistoryGenerator)
    generator.initialise(np.linspace(0.1, 0.4, n_neurons), 3)
    with torch.no_grad():
        own = generator.past.own_weight
        own[:, 0] = torch.linspace(-2, 1.5, n_neurons)
        own[:, 1] = torch.linspace(1, -1.5, n_neurons)
        own[:, 2] = torch.linspace(0.5, 2, n_neurons)
        generator.latent.state_weight.mul_(3)
        generator.later.bias.mul_(4)
    return generator
