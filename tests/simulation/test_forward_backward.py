"""The two implementations of the forward and backward passes, against each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.errors import InputError
from neuroqgan.gradients.markov_paths import path_likelihood
from neuroqgan.simulation.markov.forward_backward import smooth
from neuroqgan.simulation.markov.stationary import stationary_distribution

N_TRIALS, N_BINS, N_VALUES = 3, 6, 4


def _emitted() -> np.ndarray:
    return np.random.default_rng(1).random((N_BINS, N_TRIALS, N_VALUES)) + 0.01


def _chain() -> np.ndarray:
    chain = np.random.default_rng(2).random((N_VALUES, N_VALUES))
    return chain / chain.sum(1, keepdims=True)


def test_matrix_products_and_kernels_agree() -> None:
    emitted, chain = _emitted(), _chain()
    found = smooth(emitted, chain)
    single = [
        torch.from_numpy(np.ascontiguousarray(x, np.float32)).requires_grad_()
        for x in (emitted.swapaxes(0, 1), chain, np.full((N_TRIALS, N_VALUES), 1 / N_VALUES))
    ]
    logs = path_likelihood(*single)
    by_emitted, by_chain, _ = torch.autograd.grad(logs.sum(), single)
    assert found.log_likelihood == pytest.approx(float(logs.sum().detach()), rel=1e-6)
    # A derivative by the logarithm of a probability is how often what it stands for is expected.
    posterior = (by_emitted * single[0]).detach().numpy().swapaxes(0, 1)
    assert np.allclose(found.posterior, posterior, atol=1e-5)
    assert np.allclose(found.moved, (by_chain * single[1]).detach().numpy(), atol=1e-4)
    assert found.moved.sum() == pytest.approx(N_TRIALS * (N_BINS - 1))
    assert np.allclose(found.posterior.sum(2), 1)


def test_chains_of_another_size_are_refused() -> None:
    with pytest.raises(InputError, match="transition_matrix has another shape"):
        smooth(_emitted(), np.eye(3))
    with pytest.raises(InputError, match="transition_matrix has another shape"):
        stationary_distribution(torch.ones(2, 3, 4) / 4)
    emitted = torch.from_numpy(_emitted().swapaxes(0, 1).astype(np.float32))
    start, chain = torch.ones(N_TRIALS, N_VALUES), torch.eye(N_VALUES)
    for wrong in (
        (emitted[0], chain, start),
        (emitted, chain[:3], start),
        (emitted, chain.expand(2, N_VALUES, N_VALUES), start),
        (emitted, chain, start[:, :3]),
    ):
        with pytest.raises(InputError, match="has another shape"):
            path_likelihood(*wrong)


def test_single_and_double_precision_have_stationary_distributions() -> None:
    chain = _chain()
    share = stationary_distribution(torch.from_numpy(chain))
    assert share.dtype == torch.float64
    assert np.allclose(share.numpy() @ chain, share.numpy(), atol=1e-14)
    assert float(share.sum()) == pytest.approx(1, abs=1e-14)
    assert stationary_distribution(torch.from_numpy(chain).float()).dtype == torch.float32
