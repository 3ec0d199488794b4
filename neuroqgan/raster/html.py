"""Rasters in notebooks: a small table, the rates, and a picture of the first sample."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What fits beside text: more bins and neurons than this are not drawn.
_MOST_BINS, _MOST_NEURONS = 200, 30
_PIXELS_PER_BIN, _PIXELS_PER_NEURON = 3, 6


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
    rates = spikes.mean(axis=(0, 1)) / bin_width
    rows = {
        "samples": f"{n_samples:,}",
        "bins": f"{n_bins:,} of {bin_width:g} s",
        "neurons": f"{n_neurons:,}",
        "rates": f"{rates.min():.3g} to {rates.max():.3g} Hz, mean {rates.mean():.3g} Hz",
    }
    drawn = spikes[0, :_MOST_BINS, :_MOST_NEURONS]
    caption = (
        f"First sample: {drawn.shape[1]} of {n_neurons:,} neurons, one per row, "
        f"{drawn.shape[0] * bin_width:g} s"
    )
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for name, value in rows.items()
    )
    return (
        f"<div><strong>SpikeRaster</strong><table>{cells}</table>"
        f"{_picture(drawn)}<div><small>{escape(caption)}</small></div></div>"
    )


def _picture(drawn: NDArray[np.bool_]) -> str:
    """Return one SVG path with a tick per spike of ``drawn``, shape ``(n_bins, n_neurons)``."""
    bins, neurons = np.nonzero(drawn)
    height = _PIXELS_PER_NEURON - 1
    ticks = "".join(
        f"M{b * _PIXELS_PER_BIN + 1} {n * _PIXELS_PER_NEURON}v{height}"
        for b, n in zip(bins.tolist(), neurons.tolist(), strict=True)
    )
    wide, high = drawn.shape[0] * _PIXELS_PER_BIN, drawn.shape[1] * _PIXELS_PER_NEURON
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{wide}' height='{high}' "
        f"viewBox='0 0 {wide} {high}' role='img'>"
        f"<path d='{ticks}' stroke='currentColor' stroke-width='2' fill='none'/></svg>"
    )
