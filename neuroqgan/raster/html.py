"""Rasters in notebooks: a small table, the rates, and a picture of the first sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.notebooks.card import card
from neuroqgan.notebooks.pictures import raster_picture, shown_part

if TYPE_CHECKING:
    from numpy.typing import NDArray


def raster_html(spikes: NDArray[np.bool_], bin_width: float) -> str:
    """Return a raster as HTML.

    Parameters
    ----------
    spikes
        Booleans of shape ``(n_samples, n_bins, n_neurons)``.
    bin_width
        Width of a bin in seconds.

    Returns
    -------
    str
        A table of shape, bin width and rates, and an SVG of the first sample, with a line per
        neuron, of up to 200 bins and 30 neurons.
    """
    n_samples, n_bins, n_neurons = spikes.shape
    rates = np.count_nonzero(spikes, axis=(0, 1)) / (n_samples * n_bins * bin_width)
    n_silent = int((rates == 0).sum())
    drawn = shown_part(spikes[0])
    return card(
        "SpikeRaster",
        {
            "samples": f"{n_samples:,}",
            "bins": f"{n_bins:,} of {bin_width:g} s",
            "neurons": f"{n_neurons:,}" + (f", {n_silent:,} of them silent" if n_silent else ""),
            "rates": f"{rates.min():.3g} to {rates.max():.3g} Hz, mean {rates.mean():.3g} Hz",
        },
        picture=raster_picture(drawn),
        caption=(
            f"First sample: {drawn.shape[1]} of {n_neurons:,} neurons, one per row, "
            f"{drawn.shape[0] * bin_width:g} s"
        ),
    )
