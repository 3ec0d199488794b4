"""Judging a raster: statistics, two-sample test and memorisation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.errors import RasterError
from neuroqgan.evaluation.activity import activity
from neuroqgan.evaluation.c2st import classifier_two_sample_test
from neuroqgan.evaluation.comparison import compare
from neuroqgan.evaluation.conditional.judge_given import judge_given_covariates
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.memorisation import nearest_training_distance
from neuroqgan.evaluation.reference import real_windows

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster

_FEWEST_WINDOWS = 8


def judge(
    generated: SpikeRaster,
    real: Split | SpikeRaster,
    training: SpikeRaster | None = None,
    *,
    seed: int = 0,
    n_bootstrap: int = 100,
) -> Evaluation:
    """Judge generated windows against real ones that the generator was not trained on.

    Parameters
    ----------
    generated
        The windows that are judged, ``(n_windows, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows of it; the same bins and neurons.
    training
        Beside held-out windows, those that the generator was trained on; they give the floor.
        Without them the floor comes from the odd against the even windows of ``real``. It is
        larger then, since halves are noisier than wholes, and memorisation is not judged.
    seed
        Seed of the bootstrap, of the classifier and of every choice of windows.
    n_bootstrap
        Number of resamplings for the intervals of ratios.

    Returns
    -------
    Evaluation
        Prints as a table.

    Raises
    ------
    RasterError
        If the rasters differ in bins, neurons or bin width.
    RasterError
        If there are fewer than eight windows of a kind.
    InputError
        If training windows are given beside a split.

    Examples
    --------
    >>> from neuroqgan.data.simulate import simulate_population
    >>> from neuroqgan.data.split import split
    >>> parts = split(simulate_population(4, 40, 80, seed=0), 8)
    >>> evaluation = judge(parts.train, parts, n_bootstrap=10)
    >>> evaluation.memorisation.memorised
    True
    >>> evaluation.statistics["pair_covariance"].ratio
    1.0
    """
    reference = real_windows(real, training)
    held_out = reference.held_out
    _check(generated, held_out)
    if reference.training is not None:
        _check(generated, reference.training)
    compared, floor = reference.compared, reference.floor
    return Evaluation(
        statistics=compare(generated, compared, floor, n_bootstrap=n_bootstrap, seed=seed),
        c2st=classifier_two_sample_test(generated, held_out, seed=seed),
        c2st_floor=classifier_two_sample_test(floor, compared, seed=seed),
        memorisation=None
        if reference.training is None
        else nearest_training_distance(generated, reference.training, held_out, seed=seed),
        n_generated=generated.n_samples,
        n_reference=held_out.n_samples,
        floor_source=reference.floor_source,
        activity=activity(generated, held_out),
        seed=seed,
        conditional=judge_given_covariates(
            generated, compared, floor, n_bootstrap=n_bootstrap, seed=seed
        ),
    )


def _check(generated: SpikeRaster, real: SpikeRaster) -> None:
    n_neurons, n_bins = generated.n_neurons, generated.n_bins
    if n_neurons != real.n_neurons:
        raise RasterError(
            "The rasters differ in the number of neurons.",
            expected=f"{n_neurons} neurons, as generated",
            got=f"{real.n_neurons} real ones",
            hint=f"choose the neurons that were generated, such as neurons = 0:{n_neurons}",
        )
    if n_bins != real.n_bins:
        raise RasterError(
            "The rasters differ in the number of bins per window.",
            expected=f"{n_bins} bins per window, as generated",
            got=f"{real.n_bins} bins per real window",
            hint=f"raster.windows({n_bins}) cuts longer windows",
        )
    if not math.isclose(generated.bin_width, real.bin_width, rel_tol=1e-9):
        raise RasterError(
            "The rasters differ in bin width.",
            expected=f"{generated.bin_width:g} s, as generated",
            got=f"{real.bin_width:g} s",
        )
    if min(generated.n_samples, real.n_samples) < _FEWEST_WINDOWS:
        raise RasterError(
            "There are too few windows to judge by.",
            expected=f"{_FEWEST_WINDOWS} windows or more of each kind",
            got=f"{generated.n_samples} generated, {real.n_samples} real",
            hint="generate 1,000 windows, or use a longer recording",
        )
