"""Patterns drawn from lines of qubits without state vectors."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
import torch

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.gradients.adjoint import pattern_probabilities
from neuroqgan.simulation.lanes import LANES
from neuroqgan.simulation.line.contraction import draw_line, sample_line
from tests.helpers import several_threads

N_DRAWS = 20000


def _angles(n_cells: int, n_layers: int, n_neurons: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(n_cells, n_layers, n_neurons)).astype(np.float32)


def _probabilities(angles: np.ndarray, bonds: np.ndarray) -> np.ndarray:
    """Exact probabilities of the patterns of one line, cut into its cells."""
    _, n_layers, n_neurons = angles.shape
    edges = [0, *(np.flatnonzero(~bonds) + 1), n_neurons]
    joint = np.ones((len(angles), 1))
    for start, stop in pairwise(edges):
        ansatz = CellAnsatz(int(stop - start), n_layers)
        part = torch.from_numpy(np.ascontiguousarray(angles[..., start:stop]))
        own = pattern_probabilities(ansatz, part)
        joint = (own[:, :, None] * joint[:, None]).reshape(len(angles), -1)
    return joint


def _check(drawn: np.ndarray, exact: np.ndarray) -> None:
    """Check that patterns are as frequent as they should be, within five standard errors."""
    index = drawn @ (1 << np.arange(drawn.shape[1]))
    counts = np.bincount(index, minlength=len(exact))
    error = np.sqrt(len(drawn) * exact * (1 - exact))
    assert (np.abs(counts - len(drawn) * exact) < 5 * error + 2).all()


@pytest.mark.parametrize("n_layers", [1, 2, 3, 4])
@pytest.mark.parametrize("bonds", [[], [True] * 4, [True, False, True, True], [False] * 3], ids=str)
def test_patterns_are_as_frequent_as_the_state_vector_says(
    n_layers: int, bonds: list[bool]
) -> None:
    joined = np.array(bonds, bool)
    angles = _angles(3, n_layers, len(bonds) + 1, seed=n_layers)
    exact = _probabilities(angles, joined)
    repeated = np.repeat(angles, N_DRAWS, axis=0)
    drawn = sample_line(repeated, joined, np.random.default_rng(1))
    assert drawn.shape == (3 * N_DRAWS, len(bonds) + 1)
    assert drawn.dtype == bool
    for cell in range(3):
        _check(drawn[cell * N_DRAWS : (cell + 1) * N_DRAWS], exact[cell])


def test_bonds_matter() -> None:
    """By more than the test above lets pass."""
    angles = _angles(1, 3, 3)
    whole = _probabilities(angles, np.array([True, True]))
    cut = _probabilities(angles, np.array([True, False]))
    assert np.abs(whole - cut).max() > 0.04


def test_column_q_is_neuron_q() -> None:
    """Only the first neuron of the first cell is turned over, and the second of the second."""
    angles = np.zeros((2, 2, 3), np.float32)
    angles[0, 0, 0] = angles[1, 1, 1] = np.pi
    drawn = sample_line(angles, np.array([True, True]), np.random.default_rng(0))
    assert drawn.tolist() == [[True, False, False], [False, True, False]]


@pytest.mark.parametrize("n_cells", [1, LANES - 1, LANES, 2 * LANES, 2 * LANES + 3])
def test_any_number_of_cells(n_cells: int) -> None:
    """Neurons that surely fire or surely do not, in cells that all differ."""
    wanted = np.random.default_rng(2).random((n_cells, 4)) < 0.5
    angles = np.zeros((n_cells, 3, 4), np.float32)
    angles[:, 1] = np.pi * wanted
    drawn = sample_line(angles, np.ones(3, bool), np.random.default_rng(0))
    assert np.array_equal(drawn, wanted)


def test_the_same_random_numbers_give_the_same_patterns_on_any_number_of_threads() -> None:
    angles = _angles(500, 3, 6)
    bonds = np.array([True, True, False, True, True])
    most = several_threads()
    patterns = []
    for threads in (1, most):
        numba.set_num_threads(threads)
        before = torch.get_num_threads()
        patterns.append(sample_line(angles, bonds, np.random.default_rng(3)))
        assert torch.get_num_threads() == before
    assert np.array_equal(*patterns)
    levels = np.random.default_rng(3).random((500, 6), np.float32)
    alone = [draw_line(angles[part], bonds, levels[part]) for part in (np.s_[:37], np.s_[37:])]
    assert np.array_equal(np.concatenate(alone), patterns[0])
    assert not np.array_equal(patterns[0], sample_line(angles, bonds, np.random.default_rng(4)))


def test_a_long_line() -> None:
    """Fifty qubits, far beyond state vectors; cut in tens, every cell is as it is alone."""
    angles = np.repeat(_angles(1, 3, 50), N_DRAWS, axis=0)
    bonds = np.ones(49, bool)
    bonds[9::10] = False
    drawn = sample_line(angles, bonds, np.random.default_rng(5))
    for start in range(0, 50, 10):
        part = torch.from_numpy(np.ascontiguousarray(angles[:1, :, start : start + 10]))
        exact = pattern_probabilities(CellAnsatz(10, 3), part)[0]
        bits = (np.arange(1024)[:, None] >> np.arange(10)) & 1
        rate = exact @ bits
        error = np.sqrt(rate * (1 - rate) / N_DRAWS)
        own = drawn[:, start : start + 10].mean(0)
        assert (np.abs(own - rate) < 5 * error + 1e-4).all()
    uncut = sample_line(angles[:LANES], np.ones(49, bool), np.random.default_rng(5))
    assert uncut.shape == (LANES, 50)
