"""Arrays of other shapes are refused where they enter, by the name of their dimensions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.errors import InputError
from neuroqgan.gradients.line_likelihood import pattern_likelihood
from neuroqgan.gradients.memory_likelihood import log_likelihood, log_probabilities
from neuroqgan.gradients.memory_moments import exact_moments
from neuroqgan.gradients.network import mean_features
from neuroqgan.simulation.line.contraction import draw_line, sample_line
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state
from neuroqgan.simulation.memory.operators import build_operators
from neuroqgan.simulation.memory.sampling import sample_rasters

OPERATORS = build_operators(torch.zeros(1, 2), torch.full((3, 4), 0.1), torch.zeros(3, 2))


@pytest.mark.parametrize(
    "changed",
    [
        {"drive": torch.zeros(2, 4, 3)},
        {"drive": torch.zeros(2, 3)},
        {"by_value": torch.zeros(4, 2)},
        {"by_value": torch.zeros(3, 4, 3)},
        {"later": torch.zeros(2, 1, 3)},
        {"spikes": np.zeros((2, 5, 4), bool)},
        {"bonds": np.zeros(3, bool)},
    ],
    ids=str,
)
def test_pattern_likelihood(changed: dict) -> None:
    right = {
        "drive": torch.zeros(2, 5, 3),
        "by_value": torch.zeros(4, 3),
        "later": torch.zeros(1, 3),
        "spikes": np.zeros((2, 5, 3), bool),
        "bonds": np.zeros(2, bool),
    }
    assert pattern_likelihood(**right).shape == (2, 5, 4)
    with pytest.raises(InputError, match="has another shape"):
        pattern_likelihood(**right | changed)


def test_lines() -> None:
    angles, bonds = np.zeros((4, 2, 3), np.float32), np.ones(2, bool)
    random = np.random.default_rng(0)
    for wrong in ((angles[0], bonds), (angles, bonds[:1])):
        with pytest.raises(InputError, match="has another shape"):
            sample_line(*wrong, random)
        with pytest.raises(InputError, match="has another shape"):
            draw_line(*wrong, np.zeros((4, 3), np.float32))
    with pytest.raises(InputError, match="array levels has another shape"):
        draw_line(angles, bonds, np.zeros((3, 3), np.float32))


def test_memories() -> None:
    spikes, wrong = np.zeros((2, 5, 3), bool), torch.eye(2) / 2
    for refused in (
        lambda: exact_moments(MemoryChannel(OPERATORS), wrong, n_lags=1),
        lambda: log_likelihood(OPERATORS, spikes, wrong),
        lambda: log_likelihood(OPERATORS, spikes[..., :2], torch.eye(4) / 4),
        lambda: log_probabilities(OPERATORS, spikes, torch.ones(3, 4)),
        lambda: sample_rasters(OPERATORS, 2, 3, 0, density_matrix=wrong),
        lambda: stationary_state(MemoryChannel(OPERATORS), start=wrong),
        lambda: build_operators(torch.zeros(1, 3), torch.zeros(3, 4), torch.zeros(3, 2)),
        lambda: build_operators(torch.zeros(1, 2), torch.zeros(3, 3), torch.zeros(3, 2)),
        lambda: mean_features(np.zeros((2, 3), bool)),
    ):
        with pytest.raises(InputError, match="has another shape"):
            refused()
