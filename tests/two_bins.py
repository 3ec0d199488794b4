"""A generator with a past of two bins, and circuits of several bins whose spikes are certain."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.multi_bin import BinDrive, MultiBinAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec

# Odd, and long enough for every qubit to be used again.
N_CERTAIN_BINS = 7


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


def certain_bins(
    kind: type[MultiBinAnsatz], seed: int, n_neurons: int = 2
) -> tuple[Program, np.ndarray]:
    """A program and the spikes that it yields, all other courses leading to the other spike."""
    n_samples, n_bins = 5, N_CERTAIN_BINS
    spikes = np.random.default_rng(seed).random((n_samples, n_bins, n_neurons)) < 0.5
    ansatz = kind(CellAnsatz(n_neurons, 2), n_bins)
    after = np.empty((n_samples, n_bins, 1 << kind.past_bins, n_neurons))
    pattern = np.arange(1 << kind.past_bins)[None, :, None]
    for t in range(n_bins):
        known = np.zeros((n_samples, n_neurons), int)
        for back in range(1, min(t, kind.past_bins) + 1):
            known |= spikes[:, t - back].astype(int) << (back - 1)
        is_open = (1 << min(t, kind.past_bins)) - 1
        as_it_was = (pattern & is_open) == known[:, None]
        after[:, t] = np.pi * np.where(as_it_was, spikes[:, t, None], ~spikes[:, t, None])
    batch = CellBatch(
        ansatz.circuit(),
        ansatz.values(BinDrive(after, np.zeros((1, n_neurons)))),
        np.arange(n_samples),
        np.zeros(n_samples, int),
        tuple(range(n_neurons)) * n_bins,
        ansatz.offsets,
        embedded=kind.embedded,
    )
    return Program((batch,), spikes.shape, 0.02), spikes
