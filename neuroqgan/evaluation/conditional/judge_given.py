"""Judging a raster given what its windows saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.covariates import TRIAL_TIME
from neuroqgan.data.split import Split
from neuroqgan.evaluation.conditional.bits_per_spike import bits_per_spike
from neuroqgan.evaluation.conditional.blocks import blocks, compare_sums, compare_values
from neuroqgan.evaluation.conditional.conditional_evaluation import (
    BY_TIME,
    BY_VALUE,
    NOT_COMPARABLE,
    ConditionalEvaluation,
)
from neuroqgan.evaluation.conditional.psth_correlation import (
    FEWEST_PER_BIN,
    psth_correlation,
    signal_correlations,
    windows_per_bin,
)
from neuroqgan.evaluation.conditional.residuals import residuals_by_time, residuals_by_value
from neuroqgan.evaluation.conditional.tuning import group_edges, tuning_sums
from neuroqgan.evaluation.conditional.variability import (
    bin_sums,
    count_sums,
    counting_windows,
    fano_factors,
    noise_correlations,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.evaluation.comparison import StatisticComparison
    from neuroqgan.evaluation.conditional.bits_per_spike import HasLikelihood
    from neuroqgan.evaluation.conditional.blocks import Sums
    from neuroqgan.raster import SpikeRaster

    Rasters = tuple[SpikeRaster, SpikeRaster, SpikeRaster]
    Measure = Callable[..., NDArray[np.float64]]

# Spikes are counted in windows of about this many bins, even if samples are whole trials.
COUNT_BINS = 16


def known_by(*rasters: SpikeRaster) -> str | None:
    """Return what can be compared between rasters given their covariates.

    Returns
    -------
    str or None
        See `ConditionalEvaluation.given`; None if one of the rasters has no covariates.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> known_by(parts.train, parts.held_out)
    'time'
    """
    seen = [raster.covariates.covariates for raster in rasters if raster.covariates is not None]
    if len(seen) < len(rasters):
        return None
    first = seen[0]
    if any(other.names != first.names for other in seen):
        return NOT_COMPARABLE
    if all(other.is_shared and other == first for other in seen):
        return BY_TIME
    # The time in trials of another length is no value that two recordings share.
    return NOT_COMPARABLE if first.names == (TRIAL_TIME,) else BY_VALUE


def judge_given_covariates(
    generated: SpikeRaster,
    held_out: SpikeRaster,
    training: SpikeRaster,
    real: Split | SpikeRaster | None = None,
    model: HasLikelihood | None = None,
    *,
    n_bootstrap: int = 100,
    seed: int = 0,
) -> ConditionalEvaluation | None:
    """Judge generated windows by what the covariates lead to expect of each of them.

    Parameters
    ----------
    generated, held_out
        Generated and real windows of the same bins and neurons.
    training
        Other real windows, which give floors and ceilings.
    real, model
        The split and the generator, if its held-out log likelihood is asked for.
    n_bootstrap
        Number of resamplings for the intervals of ratios.
    seed
        Seed of the resampling and of the choice of windows.

    Returns
    -------
    ConditionalEvaluation or None
        None if one of the rasters has no covariates, and no likelihood is known.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> found = judge_given_covariates(parts.train, parts.held_out, parts.train)
    >>> found.noise_correlation.ratio
    1.0
    """
    found = _given_covariates((generated, held_out, training), n_bootstrap, seed)
    bits = None
    if model is not None and isinstance(real, Split):
        bits = bits_per_spike(model, real)
    return found if bits is None else replace(found or ConditionalEvaluation(), bits_per_spike=bits)


def _given_covariates(
    rasters: Rasters, n_bootstrap: int, seed: int
) -> ConditionalEvaluation | None:
    held_out, given = rasters[1], known_by(*rasters)
    if given is None or held_out.covariates is None:
        return None
    names = held_out.covariates.covariates.names
    if given == NOT_COMPARABLE:
        return ConditionalEvaluation(names, given)
    settings = n_bootstrap, seed
    found = ConditionalEvaluation(names, given)
    if names != (TRIAL_TIME,):
        found = replace(found, tuning=_tuning(rasters, *settings))
    if given == BY_VALUE:
        return _with_variability(found, rasters, residuals_by_value, *settings)
    found = replace(found, windows_per_bin=windows_per_bin(*rasters))
    if found.windows_per_bin is not None and found.windows_per_bin < FEWEST_PER_BIN:
        return found
    found = replace(
        found,
        psth=psth_correlation(*rasters, seed),
        signal_correlation=_if_any(compare_values(*signal_correlations(rasters, seed))),
    )
    return _with_variability(found, rasters, residuals_by_time, *settings)


def _counted(raster: SpikeRaster) -> SpikeRaster:
    return counting_windows(raster, COUNT_BINS)


def _with_variability(
    found: ConditionalEvaluation,
    rasters: Rasters,
    residuals: Callable[[SpikeRaster], NDArray[np.float32]],
    n_bootstrap: int,
    seed: int,
) -> ConditionalEvaluation:
    """Add Fano factors, and noise correlations of counts and of bins."""
    counts: list[Sums] = []
    bins: list[Sums] = []
    for raster in map(_counted, rasters):
        left = residuals(raster)
        counts.append(count_sums(left, raster.spikes))
        bins.append(bin_sums(left))

    def compared(measure: Measure, of: list[Sums]) -> StatisticComparison | None:
        return compare_sums(measure, (of[0], of[1], of[2]), n_bootstrap=n_bootstrap, seed=seed)

    return replace(
        found,
        fano_factor=compared(fano_factors, counts),
        noise_correlation=compared(noise_correlations, counts),
        noise_correlation_bins=compared(noise_correlations, bins),
    )


def _tuning(rasters: Rasters, n_bootstrap: int, seed: int) -> StatisticComparison | None:
    edges = group_edges(rasters[1])
    sums: list[Sums] = []
    for raster in rasters:
        parts = [tuning_sums(raster.take(p), edges) for p in blocks(raster.n_samples)]
        spikes, bins = (np.stack(of) for of in zip(*parts, strict=True))
        sums.append((spikes, bins))
    return compare_sums(_rates, (sums[0], sums[1], sums[2]), n_bootstrap=n_bootstrap, seed=seed)


def _rates(spikes: NDArray[np.float64], bins: NDArray[np.float64]) -> NDArray[np.float64]:
    seen = bins[:, None]
    return np.divide(spikes, seen, out=np.full_like(spikes, np.nan), where=seen > 0)


def _if_any(found: StatisticComparison) -> StatisticComparison | None:
    return found if found.error == found.error else None
