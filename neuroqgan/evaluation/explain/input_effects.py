"""What an input of a generator does to rates and correlations, by finite differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

# Parts of the samples whose spread gives the errors of correlations.
_BLOCKS = 8


class Drawn(Protocol):
    """Rasters of a generator one of whose inputs is changed; the same seed draws the same noise."""

    def __call__(self, amount: float | None) -> SpikeRaster:
        """Return a raster.

        Parameters
        ----------
        amount
            By how much the input is raised, in its unit; None to hold it at its mean.
        """


@dataclass(frozen=True)
class InputEffect:
    """What an input does to the neurons.

    Parameters
    ----------
    name
        Of the input.
    kind
        ``latent``, ``covariate`` or ``memory``.
    unit
        In which it was raised and lowered by one, in words.
    rates
        Change of each neuron's rate in Hz per unit, ``(n_neurons,)``.
    rate_errors
        Their standard errors.
    correlation, correlation_error
        Change of the mean correlation of pairs per unit, and its standard error.
    without
        Mean correlation of pairs while the input is held at its mean; NaN if it cannot be held.
    usual
        Mean correlation of pairs of the generator as it is.
    """

    name: str
    kind: str
    unit: str
    rates: Floats
    rate_errors: Floats
    correlation: float
    correlation_error: float
    without: float
    usual: float

    @property
    def strength(self) -> float:
        """Mean absolute change of a rate, in Hz per unit."""
        return float(np.abs(self.rates).mean())


def input_effect(
    drawn: Drawn, name: str, kind: str, unit: str, *, usual: SpikeRaster, can_hold: bool
) -> InputEffect:
    """Raise and lower an input by one unit each, and see what changes.

    Parameters
    ----------
    drawn
        Draws a raster with the input changed.
    name, kind, unit
        See `InputEffect`.
    usual
        A raster with the input as it is.
    can_hold
        Whether it can be held at its mean.

    Examples
    --------
    >>> from neuroqgan.raster import SpikeRaster
    >>> noise = np.random.default_rng(0).random((200, 10, 2))
    >>> def drawn(amount):
    ...     return SpikeRaster(noise < 0.2 + 0.05 * (amount or 0) * np.array([1, 0]), 0.02)
    >>> effect = input_effect(drawn, "x", "latent", "one", usual=drawn(0), can_hold=True)
    >>> (effect.rates > 1).tolist()
    [True, False]
    """
    high, low = drawn(1.0), drawn(-1.0)
    by_sample = (high.spikes.mean(1) - low.spikes.mean(1)) / (2 * high.bin_width)
    n_samples = len(by_sample)
    changes = _block_correlations(high) - _block_correlations(low)
    return InputEffect(
        name=name,
        kind=kind,
        unit=unit,
        rates=by_sample.mean(0),
        rate_errors=by_sample.std(0, ddof=1) / n_samples**0.5,
        correlation=(mean_correlation(high) - mean_correlation(low)) / 2,
        correlation_error=float(changes.std(ddof=1) / 2 / len(changes) ** 0.5),
        without=mean_correlation(drawn(None)) if can_hold else float("nan"),
        usual=mean_correlation(usual),
    )


def mean_correlation(raster: SpikeRaster) -> float:
    """Return the correlation of two neurons' spikes in a bin, mean over pairs.

    Neurons that never vary correlate with none. NaN for a single neuron.
    """
    flat = raster.spikes.reshape(-1, raster.n_neurons).astype(np.float32)
    covariance = np.atleast_2d(np.cov(flat, rowvar=False))
    spread = np.sqrt(np.diag(covariance))
    product = np.outer(spread, spread)
    correlations = np.divide(covariance, product, out=np.zeros_like(covariance), where=product > 0)
    pairs = correlations[np.triu_indices(raster.n_neurons, 1)]
    return float(pairs.mean()) if pairs.size else float("nan")


def _block_correlations(raster: SpikeRaster) -> Floats:
    places = np.array_split(np.arange(raster.n_samples), min(_BLOCKS, raster.n_samples))
    return np.array([mean_correlation(raster.take(part)) for part in places])
