"""Validation trials are taken from those to train on, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import Split, split
from neuroqgan.data.validation import take_validation
from neuroqgan.errors import RasterError


@pytest.fixture
def parts() -> Split:
    recording = simulate_population(3, 21, 40, seed=0)
    # Every trial can be told by its covariate.
    trials = np.arange(21.0)[:, None, None] + np.linspace(0, 0.5, 40)[None, :, None]
    return split(recording, 8, Covariates(trials, ("trial",)))


def _trials(windows: CovariateWindows | None) -> set[int]:
    assert windows is not None
    return set(windows.trials.tolist())


def test_a_trial_is_in_one_part_alone(parts: Split) -> None:
    fitted, validation = take_validation(parts, 5)
    chosen = {4, 14}
    assert _trials(validation.held_out.covariates) == chosen
    assert _trials(validation.held_out_trials and validation.held_out_trials.covariates) == chosen
    assert _trials(fitted.train.covariates) == set(range(0, 21, 2)) - chosen
    assert _trials(fitted.trials.covariates) == set(range(0, 21, 2)) - chosen
    assert fitted.held_out == parts.held_out
    assert validation.train == fitted.train
    assert fitted.train.n_samples + validation.held_out.n_samples == parts.train.n_samples
    assert {fitted.n_trials, validation.n_trials, parts.n_trials} == {21}


def test_other_covariates_find_their_trials(parts: Split) -> None:
    """The places of trials are not taken for granted once some are left out."""
    own = parts.covariates
    for part, before in zip(take_validation(parts, 3), take_validation(parts, 3), strict=True):
        again = part.with_covariates(None).with_covariates(own)
        assert again.trials == before.trials
        assert again.held_out_trials == before.held_out_trials
        assert again.train == before.train


def test_too_few_are_refused(parts: Split) -> None:
    with pytest.raises(RasterError, match="too few windows are left to choose settings by"):
        take_validation(parts, 11)
    short = split(simulate_population(3, 8, 40, seed=0), 16)
    with pytest.raises(RasterError, match="one validation trial in 2, too few windows"):
        take_validation(short, 2)
