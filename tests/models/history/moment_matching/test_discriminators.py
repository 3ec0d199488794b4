"""Critics that tell windows by their spike counts."""

from __future__ import annotations

import numpy as np
import torch

from neuroqgan.models.history.moment_matching.discriminators import (
    N_DISCRIMINATORS,
    CountDiscriminators,
    _features,
)

N_BINS, N_NEURONS = 7, 3
SETS = np.array([[0.5, 0.5, 0.02], [0.02, 0.02, 0.5]])


def _together(n_runs: int, seed: int) -> np.ndarray:
    """Neurons 0 and 1 are active for a while, then neuron 2, and so on."""
    random = np.random.default_rng(seed)
    changes = random.random((n_runs, 6 * N_BINS)) < 1 / N_BINS
    changes[:, 0] = random.random(n_runs) < 0.5
    rates = SETS[changes.cumsum(1) % 2]
    return random.random(rates.shape) < rates


def _apart(n_runs: int, seed: int) -> np.ndarray:
    """Every neuron as often as before, on its own."""
    parts = [_together(n_runs, seed + 1 + i)[..., i] for i in range(N_NEURONS)]
    return np.stack(parts, 2)


def test_counts_of_windows_and_of_their_halves_are_seen() -> None:
    spikes = np.zeros((1, 2 * N_BINS, N_NEURONS), bool)
    spikes[0, :2, 0] = True
    spikes[0, 3, 1] = True
    spikes[0, N_BINS:, 2] = True
    whole, early, late = _features(spikes, N_BINS).reshape(2, 3, N_NEURONS).unbind(1)
    assert whole.tolist() == [[2, 1, 0], [0, 0, 6]]
    assert early.tolist() == [[2, 0, 0], [0, 0, 3]]
    assert late.tolist() == [[0, 1, 0], [0, 0, 4]]


def test_a_critic_sees_who_is_active_with_whom() -> None:
    critics = CountDiscriminators(_together(160, 0), N_BINS)
    assert not critics.present.any()
    place = critics.train_one(_apart(400, 100), np.random.default_rng(0))
    assert critics.present.tolist() == [i == place for i in range(N_DISCRIMINATORS)]
    generated = float(critics.of(_apart(400, 200))[:, place].mean())
    recorded = float(critics.of(_together(400, 300))[:, place].mean())
    error = float(critics.errors[place])
    assert generated - critics.wanted[place] > 5 * error
    assert abs(recorded - critics.wanted[place]) < 4 * error


def test_a_critic_cannot_tell_what_is_alike() -> None:
    critics = CountDiscriminators(_together(160, 0), N_BINS)
    for i in range(2):
        place = critics.train_one(_together(400, 100 + i), np.random.default_rng(i))
        verdict = float(critics.of(_together(400, 200 + i))[:, place].mean())
        assert abs(verdict - critics.wanted[place]) < 4 * critics.errors[place]


def test_new_critics_take_the_place_of_the_oldest() -> None:
    critics = CountDiscriminators(_together(8, 0), N_BINS)
    generated = _apart(20, 100)
    places = [
        critics.train_one(generated, np.random.default_rng(i)) for i in range(N_DISCRIMINATORS + 1)
    ]
    assert places == [*range(N_DISCRIMINATORS), 0]
    assert critics.present.all()


def test_the_seed_decides_and_tensors_are_all_there_is() -> None:
    torch.manual_seed(1)
    first, same, other = (CountDiscriminators(_together(8, 0), N_BINS) for _ in range(3))
    generated = _apart(20, 100)
    first.train_one(generated, np.random.default_rng(3))
    torch.manual_seed(2)
    same.train_one(generated, np.random.default_rng(3))
    assert torch.equal(first.of(generated), same.of(generated))
    for name, tensor in other.tensors().items():
        tensor.copy_(first.tensors()[name])
    assert torch.equal(first.of(generated), other.of(generated))
    assert torch.equal(first.wanted, other.wanted)


def test_two_short_pieces_are_enough() -> None:
    critics = CountDiscriminators(_together(2, 0), N_BINS)
    critics.train_one(_apart(2, 100), np.random.default_rng(0))
    assert all(tensor.isfinite().all() for tensor in critics.tensors().values())
    assert (critics.errors > 0).all()
