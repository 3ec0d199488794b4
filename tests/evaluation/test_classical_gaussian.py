from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from neuroqgan.evaluation.classical.bivariate import (
    STRONGEST,
    latent_correlation,
    thresholded_covariance,
)
from neuroqgan.evaluation.classical.dichotomized_gaussian import DichotomizedGaussian
from neuroqgan.evaluation.classical.lagged import lagged_covariances
from neuroqgan.evaluation.classical.toeplitz import block_toeplitz, mean_blocks, nearest_covariance
from neuroqgan.raster import SpikeRaster


def _process(n_samples: int, seed: int) -> SpikeRaster:
    """Three neurons driven by one process, the second a bin late, the third against it."""
    random = np.random.default_rng(seed)
    drive = np.empty((n_samples, 12))
    drive[:, 0] = random.normal(size=n_samples)
    for t in range(1, 12):
        drive[:, t] = 0.8 * drive[:, t - 1] + 0.6 * random.normal(size=n_samples)
    latent = np.stack([drive[:, 2:], drive[:, 1:-1], -drive[:, 2:]], axis=2)
    latent = 0.8 * latent + 0.6 * random.normal(size=latent.shape)
    return SpikeRaster(latent < np.array([-1.0, -0.5, -1.4]), 0.02)


@pytest.mark.parametrize("correlation", [-0.99, -0.6, 0.0, 0.3, 0.9, 0.99])
def test_the_covariance_against_scipy(correlation: float) -> None:
    for a, b in ((-1.0, 0.5), (-2.5, -2.4), (-3.0, -0.2), (1.5, 1.5)):
        joint = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([a, b])
        found = thresholded_covariance(np.array([a]), np.array([b]), np.array([correlation]))
        assert found[0] == pytest.approx(joint - norm.cdf(a) * norm.cdf(b), abs=1e-6)


def test_the_correlation_is_found_again() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(-1.5, 0.7, (2, 500))
    correlation = random.uniform(-0.6, 0.95, 500)
    found = latent_correlation(a, b, thresholded_covariance(a, b, correlation))
    assert np.allclose(found, correlation, atol=1e-4)


def test_covariances_out_of_reach_take_the_strongest_correlation() -> None:
    a = np.full(2, -1.0)
    assert latent_correlation(a, a, np.array([-0.5, 0.5])).tolist() == [-STRONGEST, STRONGEST]


def test_blocks_and_matrix() -> None:
    blocks = np.random.default_rng(0).normal(size=(4, 3, 3))
    blocks[0] += blocks[0].T
    matrix = block_toeplitz(blocks)
    assert np.array_equal(matrix, matrix.T)
    for early, late in ((0, 0), (1, 3), (0, 2)):
        block = matrix[3 * early : 3 * early + 3, 3 * late : 3 * late + 3]
        assert np.array_equal(block, blocks[late - early])
    assert np.allclose(mean_blocks(matrix, 4), blocks)


def test_the_nearest_covariance() -> None:
    random = np.random.default_rng(1)
    blocks = 0.6 * random.uniform(-1, 1, (5, 3, 3))
    blocks[0] = (blocks[0] + blocks[0].T) / 2
    blocks[0][np.diag_indices(3)] = 1, 2, 0.5
    wanted = block_toeplitz(blocks)
    assert np.linalg.eigvalsh(wanted)[0] < -0.3
    found = nearest_covariance(blocks)
    assert np.linalg.eigvalsh(found)[0] > -1e-9
    assert np.allclose(np.diag(found), [1, 2, 0.5] * 5)
    assert np.allclose(found, block_toeplitz(mean_blocks(found, 5)), atol=0.02)
    # Of a convex set, the nearest point is the one from which all others lie behind a plane.
    deviation = np.diag([1, 2, 0.5]) ** 0.5
    for decay in (-0.9, -0.4, 0.0, 0.4, 0.9):
        for mixing in (np.eye(3), np.full((3, 3), 0.3) + 0.7 * np.eye(3)):
            lags = decay ** np.arange(5)[:, None, None] * (deviation @ mixing @ deviation)
            other = block_toeplitz(lags)
            assert np.sum((wanted - found) * (other - found)) < 0.05 * np.linalg.norm(other - found)


def test_a_possible_covariance_is_kept() -> None:
    decay = 0.7 ** np.arange(6)
    blocks = decay[:, None, None] * np.array([[1, 0.4], [0.4, 1]])
    assert np.allclose(nearest_covariance(blocks), block_toeplitz(blocks))


def test_lagged_covariances_by_the_plain_definition() -> None:
    raster = _process(3000, 0)
    found = lagged_covariances(raster)
    early, late = raster.spikes[:, :-2].reshape(-1, 3), raster.spikes[:, 2:].reshape(-1, 3)
    expected = (early[:, :, None] * late[:, None]).mean(0) - np.outer(early.mean(0), late.mean(0))
    assert np.allclose(found[2], expected, rtol=5e-3, atol=1e-6)
    # The second neuron follows the first a bin later, not the other way round.
    assert found[1][0, 1] > 1.2 * found[1][1, 0] > 0


def test_samples_have_the_rates_and_all_lagged_covariances_of_the_windows() -> None:
    windows = _process(6000, 1)
    model = DichotomizedGaussian()
    model.fit(windows)
    assert model.n_parameters == 3 + 3 + 9 * 9
    generated = model.sample(6000, 2)
    assert generated.spikes.shape == windows.spikes.shape
    other = _process(6000, 3)
    one, two, three = (raster.spikes.mean((0, 1)) for raster in (windows, generated, other))
    assert np.abs(one - two).max() < 3 * np.abs(one - three).max() + 1e-3
    real, found, again = map(lagged_covariances, (windows, generated, other))
    assert np.abs(real - found).mean() < 1.5 * np.abs(real - again).mean()
    # Up to the last lag of the window.
    gaps = np.abs(real - found).mean((1, 2)), np.abs(real - again).mean((1, 2))
    assert (gaps[0] < 3 * gaps[1]).all()
    assert abs(found[9][0, 0]) > 3 * np.abs(real - again)[9].mean()
