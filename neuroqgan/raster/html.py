"""Rasters in notebooks: a small table, the rates, and a picture of the first sample."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from neuroqgan.raster.spike_raster import SpikeRaster

# What fits beside text: more bins and neurons than this are not drawn.
_MOST_BINS, _MOST_NEURONS = 200, 30
_PIXELS_PER_BIN, _PIXELS_PER_NEURON = 3, 6


def raster_html(raster: SpikeRaster) -> str:
    """Return a raster as HTML.

    Parameters
    ----------
    raster
        The raster.

    Returns
    -------
    str
        A table of shape, bin width and rates, and an SVG of the first sample, with a line per
        neuron, of up to 200 bins and 30 neurons.
    """
    rates = raster.rates_hz
    rows = {
        "samples": f"{raster.n_samples:,}",
        "bins": f"{raster.n_bins:,} of {raster.bin_width:g} s",
        "neurons": f"{raster.n_neurons:,}",
        "rates": f"{rates.min():.3g} to {rates.max():.3g} Hz, mean {rates.mean():.3g} Hz",
    }
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for name, value in rows.items()
    )
    return (
        f"<div><strong>SpikeRaster</strong><table>{cells}</table>"
        f"{_picture(raster)}<div><small>{escape(_caption(raster))}</small></div></div>"
    )


def _caption(raster: SpikeRaster) -> str:
    n_bins, n_neurons = min(raster.n_bins, _MOST_BINS), min(raster.n_neurons, _MOST_NEURONS)
    return (
        f"First sample: {n_neurons} of {raster.n_neurons:,} neurons (rows, first on top), "
        f"{n_bins * raster.bin_width:g} s"
    )


def _picture(raster: SpikeRaster) -> str:
    """Return one SVG path with a tick per spike."""
    drawn = raster.spikes[0, :_MOST_BINS, :_MOST_NEURONS]
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
