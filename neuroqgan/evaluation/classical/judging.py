"""Fitting classical models, and judging them as generators are judged."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.model_registry import CLASSICAL_MODELS, build_classical_model
from neuroqgan.evaluation.judge import judge
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.seeding import checked_seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.evaluation.reference import KnownTrials
    from neuroqgan.raster import SpikeRaster


def judge_classical_models(
    names: Iterable[str],
    training: SpikeRaster,
    held_out: SpikeRaster,
    *,
    n_samples: int,
    trials: SpikeRaster | None = None,
    covariates: CovariateWindows | None = None,
    seed: int = 0,
    n_bootstrap: int = 100,
    window_trials: KnownTrials = (None, None),
) -> Iterator[ModelRow]:
    """Fit models on training windows and judge their samples against held-out ones.

    Parameters
    ----------
    names
        Names of models, see `neuroqgan.evaluation.classical.model_registry.CLASSICAL_MODELS`.
    training, held_out
        Real windows, ``(n_windows, n_bins, n_neurons)``.
    n_samples
        Number of windows drawn from each model.
    trials
        The whole trials that the training windows were cut from, with their covariates if there
        are any; by default the windows themselves.
    covariates
        Which stretch of which trial every window sees that is drawn, as those of the raster that
        models are compared with. By default they are placed at random in the training trials.
    seed
        Seed of fits, samples and judgement. A model's fit and samples do not depend on which
        other models are chosen.
    n_bootstrap
        See `neuroqgan.judge`.
    window_trials
        Trial of every held-out and of every training window; see ``trials`` of `neuroqgan.judge`.

    Yields
    ------
    ModelRow
        One per model, as soon as it is judged.

    Raises
    ------
    ConfigError
        If there is no model of some name.
    TrainingError
        If a fit does not converge, or a model needs covariates or a package that is missing.
    """
    order = list(CLASSICAL_MODELS)
    for name in names:
        model = build_classical_model(name)
        source = np.random.SeedSequence(checked_seed(seed), spawn_key=(order.index(name),))
        for_fit, for_samples = source.spawn(2)
        start = time.perf_counter()
        model.fit(training, for_fit, trials=trials)
        seconds = time.perf_counter() - start
        generated = model.sample(n_samples, for_samples, covariates=covariates)
        evaluation = judge(
            generated, held_out, training, seed=seed, n_bootstrap=n_bootstrap, trials=window_trials
        )
        row = ModelRow.of(name, evaluation, model.n_parameters, seconds)
        yield replace(row, n_stimulus_parameters=model.n_stimulus_parameters)
