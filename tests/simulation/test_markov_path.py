"""Paths of the latent against a plain walk."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.errors import InputError
from neuroqgan.simulation.markov.path import LatentPaths, draw_next

N_VALUES = 12


def _chain(seed: int) -> np.ndarray:
    chain = np.random.default_rng(seed).random((N_VALUES, N_VALUES)) + 4 * np.eye(N_VALUES)
    return chain / chain.sum(1, keepdims=True)


def _stream(seed: int, t: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed, spawn_key=(0, t))


def _draw(paths: LatentPaths, chain: np.ndarray, n: int, n_bins: int, seed: int) -> np.ndarray:
    return np.stack(paths.draw(chain, n, n_bins, lambda t: _stream(seed, t)), axis=1)


def _plain(chain: np.ndarray, n: int, n_bins: int, seed: int) -> np.ndarray:
    """One comparison of a level with all edges a sample and bin."""
    likely = np.linalg.matrix_power(chain, 1 << 20)[0].cumsum()
    path = np.empty((n, n_bins), np.int64)
    for t in range(n_bins):
        level = np.random.default_rng(_stream(seed, t)).random(n)
        edges = likely if t == 0 else chain.cumsum(1)[path[:, t - 1]]
        drawn = (level[:, None] >= edges / edges[..., -1:]).sum(1)
        path[:, t] = np.minimum(drawn, N_VALUES - 1)
    return path


@pytest.mark.parametrize("seed", [0, 1])
def test_paths_are_those_of_a_plain_walk(seed: int) -> None:
    chain = _chain(seed)
    path = _draw(LatentPaths(), chain, 700, 40, seed)
    assert np.array_equal(path, _plain(chain, 700, 40, seed))
    assert np.array_equal(np.unique(path), np.arange(N_VALUES))


def test_what_is_kept_is_of_no_other_path() -> None:
    """Longer, shorter, of another chain, seed or number of samples, and of the first one again."""
    paths = LatentPaths()
    for chain, n, n_bins, seed in (
        (0, 50, 8, 0),
        (0, 50, 20, 0),
        (0, 50, 5, 0),
        (1, 50, 5, 0),
        (1, 50, 9, 3),
        (1, 51, 9, 3),
        (0, 50, 8, 0),
    ):
        found = _draw(paths, _chain(chain), n, n_bins, seed)
        assert np.array_equal(found, _plain(_chain(chain), n, n_bins, seed))


def test_bins_that_were_drawn_are_not_drawn_again() -> None:
    paths, asked = LatentPaths(), []

    def stream(t: int) -> np.random.SeedSequence:
        asked.append(t)
        return _stream(0, t)

    paths.draw(_chain(0), 5, 3, stream)
    asked.clear()
    paths.draw(_chain(0), 5, 5, stream)
    # Bin 0 tells which paths they are.
    assert asked == [0, 3, 4]


def test_one_level_per_chain() -> None:
    with pytest.raises(InputError, match="levels has another shape"):
        draw_next(np.zeros(3, int), np.array([[0.5, 1.0], [0.5, 1.0]]), np.zeros(2))


def test_edges_belong_to_the_next_value() -> None:
    cumulative = np.array([[1.0, 2.0, 4.0], [4.0, 4.0, 4.0], [0.0, 0.0, 4.0]])
    levels = np.array([0.0, 0.249, 0.25, 0.5, 0.999, 0.999, 0.0])
    before = np.array([0, 0, 0, 0, 0, 1, 2])
    assert draw_next(before, cumulative, levels).tolist() == [0, 0, 1, 2, 2, 0, 2]
