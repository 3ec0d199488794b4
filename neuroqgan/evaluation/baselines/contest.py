"""Fitting classical models and judging them as generators are judged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.baselines.registry import NAMES, build_baseline
from neuroqgan.evaluation.baselines.row import ModelRow
from neuroqgan.evaluation.judge import judge
from neuroqgan.seeding import checked_seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neuroqgan.raster import SpikeRaster


def judge_baselines(
    names: Iterable[str],
    training: SpikeRaster,
    held_out: SpikeRaster,
    *,
    n_samples: int,
    seed: int = 0,
    n_bootstrap: int = 100,
) -> Iterator[ModelRow]:
    """Fit models on training windows and judge their samples against held-out ones.

    Parameters
    ----------
    names
        Of the models, see `neuroqgan.evaluation.baselines.registry.NAMES`.
    training, held_out
        Real windows.
    n_samples
        Windows drawn from each model.
    seed
        Of fits, samples and judgement; a model's fit and samples do not depend on which other
        models are asked for.
    n_bootstrap
        See `neuroqgan.evaluation.judge.judge`.

    Yields
    ------
    ModelRow
        One a model, as soon as it is judged.

    Raises
    ------
    ConfigError
        If there is no model of some name.
    TrainingError
        If a fit does not come to an end.
    """
    for name in names:
        model = build_baseline(name)
        source = np.random.SeedSequence(checked_seed(seed), spawn_key=(NAMES.index(name),))
        for_fit, for_samples = source.spawn(2)
        start = time.perf_counter()
        model.fit(training, for_fit)
        seconds = time.perf_counter() - start
        generated = model.sample(n_samples, for_samples)
        evaluation = judge(generated, held_out, training, seed=seed, n_bootstrap=n_bootstrap)
        yield ModelRow.of(name, evaluation, model.n_parameters, seconds)
