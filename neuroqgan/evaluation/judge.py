"""Judging a raster: statistics, the panel of judges, what is missing, and memorisation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.errors import RasterError
from neuroqgan.evaluation.activity import activity
from neuroqgan.evaluation.comparison import compare
from neuroqgan.evaluation.conditional.judge_given import judge_given_covariates
from neuroqgan.evaluation.energy import energy_test
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.fewer_windows import (
    fewer_real_windows,
    fewer_windows,
    most_windows,
)
from neuroqgan.evaluation.judges.panel import Pair, ask_panel
from neuroqgan.evaluation.judges.verdict import verdicts_of, worst_of
from neuroqgan.evaluation.manifold import manifold
from neuroqgan.evaluation.memorisation import nearest_training_distance
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.evaluation.suites.suite import apply_suite
from neuroqgan.evaluation.suites.suite_registry import find_suite
from neuroqgan.seeding import as_generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.conditional.bits_per_spike import HasLikelihood
    from neuroqgan.evaluation.reference import KnownTrials
    from neuroqgan.raster import SpikeRaster

_FEWEST_WINDOWS = 8
STAGES = (
    *("judges", "statistics", "memorisation", "covariates"),
    *("energy distance", "coverage"),
)
"""What `judge` does, in this order."""


def judge(
    generated: SpikeRaster,
    real: Split | SpikeRaster,
    training: SpikeRaster | None = None,
    *,
    seed: int = 0,
    n_bootstrap: int = 100,
    suite: str | None = None,
    trials: KnownTrials = (None, None),
    model: HasLikelihood | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Evaluation:
    """Judge generated windows against real ones that the generator was not trained on.

    Of a raster with tens of thousands of windows some are drawn at random, which `Evaluation.notes`
    says; see `neuroqgan.evaluation.fewer_windows.most_windows`.

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
        Seed of the bootstrap, of the judges and of every choice of windows.
    n_bootstrap
        Number of resamplings for the intervals of ratios.
    suite
        Figures of a published benchmark to add, such as ``"ldns"``; see
        `neuroqgan.evaluation.suites.suite_registry.SUITES`.
    trials
        Beside held-out windows: the trial of each of them, and of every training window,
        ``(n_windows,)``. Windows of one trial are kept together when judges are trained and
        tested. A split knows its trials, and so do windows with covariates; where trials are not
        known, successive windows are kept together.
    model
        The generator, if its held-out log likelihood is asked for; beside a split.
    on_stage
        Called with the name of every stage of `STAGES` when it begins.

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
    ConfigError
        If there is no suite of that name.

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
    chosen = None if suite is None else find_suite(suite)
    reference = real_windows(real, training, trials)
    held_out = reference.held_out
    _check(generated, held_out)
    if reference.training is not None:
        _check(generated, reference.training)
    most = most_windows(generated.n_neurons)
    training_windows, n_used = reference.training, [generated.n_samples, held_out.n_samples]
    n_used += [] if training_windows is None else [training_windows.n_samples]
    random = as_generator(seed)
    used, _ = fewer_windows(generated, None, most, random)
    reference = fewer_real_windows(reference, most, random)
    compared, floor = reference.compared, reference.floor
    pair = Pair(used, reference.held_out, None, reference.held_out_trials)
    real_pair = Pair(floor, compared, reference.floor_trials, reference.compared_trials)
    say = on_stage or _say_nothing
    say("judges")
    verdicts = verdicts_of(ask_panel(pair, seed=seed), ask_panel(real_pair, seed=seed))
    worst = worst_of(verdicts.values())
    floors = [verdict.floor for verdict in verdicts.values() if verdict.floor is not None]
    highest = max(floors, key=lambda test: test.accuracy, default=None)
    say("statistics")
    statistics = compare(used, compared, floor, n_bootstrap=n_bootstrap, seed=seed)
    say("memorisation")
    memorisation = (
        None
        if training_windows is None
        else nearest_training_distance(used, training_windows, reference.held_out, seed=seed)
    )
    say("covariates")
    conditional = judge_given_covariates(
        used, compared, floor, real, model, n_bootstrap=n_bootstrap, seed=seed
    )
    say("energy distance")
    energy, energy_floor = energy_test(pair, seed=seed), energy_test(real_pair, seed=seed)
    say("coverage")
    return Evaluation(
        statistics=statistics,
        c2st=None if worst is None else worst.test,
        c2st_floor=highest if worst is None else worst.floor,
        memorisation=memorisation,
        n_generated=generated.n_samples,
        n_reference=held_out.n_samples,
        floor_source=reference.floor_source,
        activity=activity(generated, held_out),
        seed=seed,
        conditional=conditional,
        judges=verdicts,
        energy=energy,
        energy_floor=energy_floor,
        manifold=manifold(used, reference.held_out, seed=seed),
        manifold_floor=manifold(floor, compared, seed=seed),
        suite=None if chosen is None else apply_suite(chosen, used, compared, floor),
        max_windows=most if max(n_used) > most else None,
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


def _say_nothing(_: str) -> None:
    """Say of no stage that it begins."""
