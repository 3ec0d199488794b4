"""Covariance of two thresholded normal variables, and the correlation that gives a covariance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_N_NODES = 32
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(_N_NODES)

# Closer to 1, the matrix of all correlations becomes singular and the quadrature inexact.
STRONGEST = 0.99


def thresholded_covariance(a: Floats, b: Floats, correlation: Floats) -> Floats:
    """Return the covariance of ``x < a`` and ``y < b`` for standard normal x and y.

    The derivative of the joint probability with respect to the correlation is the bivariate
    density. It is integrated from zero to the correlation, over its arcsine (Drezner and
    Wesolowsky, J. Stat. Comput. Simul. 35, 101, 1990), by Gauss-Legendre quadrature; the error is
    below 1e-9 up to a correlation of `STRONGEST`.

    Parameters
    ----------
    a, b
        Thresholds, any shape.
    correlation
        Correlations of x and y, the same shape.

    Returns
    -------
    ndarray
        Covariances, the same shape.

    Examples
    --------
    >>> zero = np.zeros(1)
    >>> thresholded_covariance(zero, zero, np.array([0.5])).round(6).tolist()  # asin(0.5) / 2 pi
    [0.083333]
    """
    half = np.arcsin(correlation)[..., None] / 2
    angle = half * (1 + _NODES)
    lower, upper = a[..., None], b[..., None]
    exponent = (lower**2 + upper**2 - 2 * lower * upper * np.sin(angle)) / (2 * np.cos(angle) ** 2)
    covariance: Floats = (half * _WEIGHTS * np.exp(-exponent)).sum(-1) / (2 * np.pi)
    return covariance


def latent_correlation(a: Floats, b: Floats, covariance: Floats) -> Floats:
    """Return the correlation that gives thresholded variables a covariance.

    If no correlation does, or only one beyond `STRONGEST`, the result is plus or minus `STRONGEST`.

    Parameters
    ----------
    a, b
        Thresholds, any shape.
    covariance
        See `thresholded_covariance`; the same shape.

    Returns
    -------
    ndarray
        Correlations, the same shape.
    """
    from scipy.optimize.elementwise import find_root

    tolerances: Any = {"xatol": 1e-7, "xrtol": 0.0}
    strongest = np.full(covariance.shape, STRONGEST)
    lowest = thresholded_covariance(a, b, -strongest)
    highest = thresholded_covariance(a, b, strongest)
    # Chandrupatla's method needs a change of sign between the ends.
    reachable = (covariance > lowest) & (covariance < highest)
    result = np.where(covariance <= lowest, -strongest, strongest)
    if reachable.any():
        # The type stubs do not know functions with further arguments.
        solve: Any = find_root
        found = solve(
            _excess,
            (-strongest[reachable], strongest[reachable]),
            args=(a[reachable], b[reachable], covariance[reachable]),
            tolerances=tolerances,
        )
        result[reachable] = found.x
    return result


def _excess(correlation: Floats, a: Floats, b: Floats, covariance: Floats) -> Floats:
    return thresholded_covariance(a, b, correlation) - covariance
