"""How spike counts vary around what covariates explain, as it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.evaluation.conditional.judge_given import COUNT_BINS
from neuroqgan.evaluation.conditional.residuals import residuals_by_time, residuals_by_value
from neuroqgan.evaluation.conditional.variability import (
    count_sums,
    counting_windows,
    fano_factors,
    noise_correlations,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]


def count_variability(raster: SpikeRaster, *, is_timed: bool) -> tuple[Floats, Floats]:
    """Return noise correlations of pairs and Fano factors of neurons.

    Parameters
    ----------
    raster
        Windows with covariates.
    is_timed
        Whether trials share their covariates; if not, noise is what their values do not explain.

    Returns
    -------
    tuple of numpy.ndarray
        Shapes ``(n_pairs,)``, pairs as in ``numpy.triu_indices(n_neurons, 1)``, and
        ``(n_neurons,)``.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> [values.shape for values in count_variability(parts.train, is_timed=True)]
    [(28,), (8,)]
    """
    counted = counting_windows(raster, COUNT_BINS)
    left = (residuals_by_time if is_timed else residuals_by_value)(counted)
    products, spikes = (sums.sum(0) for sums in count_sums(left, counted.spikes))
    return noise_correlations(products), fano_factors(products, spikes)
