"""The GLM of the extra nemos; all but the first two tests are skipped where it is missing."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.split import Split, split
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.evaluation.classical.glm_past import free_run, past_features
from neuroqgan.evaluation.classical.independent import Independent
from neuroqgan.evaluation.classical.nemos_glm import NemosGLM
from neuroqgan.evaluation.classical.psth import PSTH
from neuroqgan.evaluation.classical.psth_gaussian import residual_covariances
from neuroqgan.raster import SpikeRaster

N_BINS = 100


def _truth(n_trials: int, seed: int) -> SpikeRaster:
    """A GLM of three neurons: a stimulus, refractoriness, and neuron 0 drives neuron 1."""
    random = np.random.default_rng(seed)
    filters = np.zeros((3, 3, 3))
    filters[0] = -3 * np.eye(3)
    filters[:, 0, 1] = [3.0, 2.0, 1.0]
    path = np.sin(np.arange(N_BINS) / 8)[:, None] * [1.5, 0, -1.5]
    drive = np.tile(path - [1.5, 2.5, 1.5], (n_trials, 1, 1))
    return SpikeRaster(free_run(drive, filters, 0, random), 0.02)


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nemos", None)
    with pytest.raises(TrainingError, match="needs the package") as caught:
        NemosGLM().fit(_truth(8, 0).windows(10))
    assert "pip install 'neuroqgan[nemos]'" in str(caught.value)
    with pytest.raises(ConfigError, match="n_filters"):
        NemosGLM(n_filters=1)


def test_past_features_are_of_earlier_bins_alone() -> None:
    random = np.random.default_rng(0)
    spikes, kernels = random.random((2, 12, 3)) < 0.4, random.normal(size=(4, 2))
    features = past_features(spikes, kernels).reshape(2, 12, 3, 2)
    for time in (0, 1, 3, 9):
        expected = sum(
            spikes[:, time - lag, :, None] * kernels[lag - 1] for lag in range(1, min(time, 4) + 1)
        )
        assert np.allclose(features[:, time], expected, atol=1e-6)
    # A free run looks back in the same way: a certain spike, and one that it causes two bins later.
    drive = np.full((1, 8, 2), -50.0)
    drive[0, 2, 0] = 50
    filters = np.zeros((3, 2, 2))
    filters[1, 0, 1] = 100
    run = free_run(drive, filters, 1, random)
    assert np.argwhere(run[0]).tolist() == [[1, 0], [3, 1]]


@pytest.fixture(scope="module")
def parts() -> Split:
    return split(_truth(120, 0), 10, "trial-time")


@pytest.fixture(scope="module")
def fitted(parts: Split) -> NemosGLM:
    pytest.importorskip("nemos")
    model = NemosGLM(3, strength=1e-4)
    model.fit(parts.train, trials=parts.trials)
    return model


def test_the_fit_beats_the_psth_on_other_trials(parts: Split, fitted: NemosGLM) -> None:
    held_out = parts.held_out_trials
    assert held_out is not None
    alone, psth = Independent(), PSTH()
    for model in (alone, psth):
        model.fit(parts.train, trials=parts.trials)
    reached = [model.log_likelihood(held_out).mean() for model in (alone, psth, fitted)]
    assert reached[0] + 5 < reached[1] < reached[2] - 5


def test_free_runs_have_rates_by_time_and_coupling(parts: Split, fitted: NemosGLM) -> None:
    assert parts.covariates is not None
    trials = fitted.sample(
        3000, 1, covariates=CovariateWindows.whole_trials(parts.covariates, 3000)
    )
    real = _truth(3000, 7)
    # Before the trial the model has its first bin's stimulus, the simulation above had no past.
    mine, theirs = trials.spikes[:, 5:].mean(0), real.spikes[:, 5:].mean(0)
    assert np.abs(mine - theirs).mean() < 0.03
    covariances = [
        residual_covariances(x.spikes, x.spikes.mean(0)[None], 2) for x in (trials, real)
    ]
    assert covariances[0][1, 0, 1] == pytest.approx(covariances[1][1, 0, 1], rel=0.25)
    assert covariances[1][1, 0, 1] > 0.01
    windows = fitted.sample(50, 3)
    assert windows.spikes.shape == (50, 10, 3)
    assert windows.covariates is not None


def test_parameters_are_counted(parts: Split, fitted: NemosGLM) -> None:
    # 9 pairs of 3 filters, 3 weights of 3 components, 3 thresholds; 3 components of 100 bins.
    assert fitted.n_parameters == 27 + 9 + 3 + 300
    assert fitted.n_stimulus_parameters == 300


@pytest.mark.slow
def test_without_coupling_and_with_columns(parts: Split, fitted: NemosGLM) -> None:
    speed = Covariates(np.sin(np.arange(N_BINS) / 8)[:, None], ["speed"])
    given = parts.with_covariates(speed)
    model = NemosGLM(2, is_coupled=False)
    model.fit(given.train, trials=given.trials)
    assert model.strength is not None
    assert (model.n_parameters, model.n_stimulus_parameters) == (6 + 15 + 3, 0)
    others = ~np.eye(3, dtype=bool).repeat(2, axis=0)
    assert not model._weights[:6][others].any()
    assert model._weights[:6][~others].any()
    bare = parts.with_covariates("none")
    alone = NemosGLM(2, strength=1e-4)
    alone.fit(bare.train, trials=bare.trials)
    assert alone.n_parameters == 18 + 3
    assert alone.sample(20, 0).covariates is None


def test_a_seed_fixes_fit_and_samples(parts: Split, fitted: NemosGLM) -> None:
    again = NemosGLM(3, strength=1e-4)
    again.fit(parts.train, trials=parts.trials)
    assert again.sample(40, 5) == fitted.sample(40, 5)
    assert again.sample(40, 5) != fitted.sample(40, 6)


def test_jax_stays_out_until_it_is_needed() -> None:
    code = (
        "import sys, neuroqgan.evaluation.classical.model_registry as r; "
        "r.parse_model_names('all'); print([m for m in ('jax', 'nemos') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
