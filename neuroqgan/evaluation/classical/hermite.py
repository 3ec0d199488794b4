"""Covariances of thresholded normal variables, averaged over thresholds that change with time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# The series of a pair with a correlation of STRONGEST has converged by then to 1e-3 of the
# variance, and one of 0.7 to 1e-9.
N_TERMS = 40
STRONGEST = 0.9
_N_HALVINGS = 30


def threshold_series(thresholds: Floats) -> Floats:
    r"""Return the factors of the tetrachoric series of thresholds.

    The covariance of ``x < a`` and ``y < b`` is :math:`\sum_k \rho^{k+1} g_k(a) g_k(b)` with
    :math:`g_k(a) = \varphi(a) He_k(a) / \sqrt{(k + 1)!}`. The two thresholds are factors of a
    product, so its average over the bins of a trial is a product of matrices. Source: Pearson,
    Phil. Trans. R. Soc. A 195, 1 (1900).

    Parameters
    ----------
    thresholds
        Any shape.

    Returns
    -------
    numpy.ndarray
        Shape ``(N_TERMS, *thresholds.shape)``.

    Examples
    --------
    >>> factors = threshold_series(np.zeros(1))[:, 0]
    >>> covariance = (0.5 ** np.arange(1, N_TERMS + 1) * factors**2).sum()
    >>> round(float(covariance), 6)  # asin(0.5) / 2 pi
    0.083333
    """
    terms = np.empty((N_TERMS, *thresholds.shape))
    terms[0] = np.exp(-(thresholds**2) / 2) / np.sqrt(2 * np.pi)
    terms[1] = thresholds * terms[0] / np.sqrt(2)
    for k in range(2, N_TERMS):
        # He_k = a He_(k-1) - (k - 1) He_(k-2), with the root of (k + 1)! divided out.
        terms[k] = (thresholds * terms[k - 1] - (k - 1) / np.sqrt(k) * terms[k - 2]) / np.sqrt(
            k + 1
        )
    return terms


def averaged_correlation(series: Floats, covariance: Floats) -> Floats:
    """Return the correlations that give averaged covariances.

    Parameters
    ----------
    series
        Averages over bins of products of two `threshold_series`, ``(N_TERMS, ...)``.
    covariance
        Averaged covariances of the thresholded variables, the remaining shape.

    Returns
    -------
    numpy.ndarray
        Correlations, at most plus or minus `STRONGEST`, of the covariances' shape.
    """
    low = np.full(covariance.shape, -STRONGEST)
    high = -low
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2
        reached = np.zeros_like(middle)
        for term in series[::-1]:
            reached = (reached + term) * middle
        below = reached < covariance
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    middle_of_both: Floats = (low + high) / 2
    return middle_of_both
