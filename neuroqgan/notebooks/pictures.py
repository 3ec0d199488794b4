"""Small pictures as SVG, in the colour of the text around them: rasters, curves, bands, states."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MARK = "#c8404f"
"""Colour of what is looked at: a generated value, a chosen qubit. Legible on white and black."""

QUIET = "#8a94a0"
"""Colour of what is there for comparison."""

_MOST_BINS, _MOST_NEURONS = 200, 30
_PIXELS_PER_BIN, _PIXELS_PER_NEURON = 3, 6
_MOST_POINTS = 120
_WIDE = 20.0  # largest over smallest value from which on decades are equally high


def svg(width: float, height: float, body: str, label: str) -> str:
    """Return a picture.

    Parameters
    ----------
    width, height
        In pixels.
    body
        SVG elements.
    label
        What it shows, for those who do not see it; a text of this package, not of a user.
    """
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:g}' height='{height:g}' "
        f"viewBox='0 0 {width:g} {height:g}' role='img' aria-label='{label}'>{body}</svg>"
    )


def shown_part(spikes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what `raster_picture` has room for of a sample, ``(n_bins, n_neurons)``."""
    return spikes[:_MOST_BINS, :_MOST_NEURONS]


def raster_picture(spikes: NDArray[np.bool_]) -> str:
    """Return a picture with a tick per spike and a line per neuron.

    Parameters
    ----------
    spikes
        Shape ``(n_bins, n_neurons)``; see `shown_part`.
    """
    drawn = shown_part(spikes)
    bins, neurons = np.nonzero(drawn)
    height = _PIXELS_PER_NEURON - 1
    ticks = "".join(
        f"M{b * _PIXELS_PER_BIN + 1} {n * _PIXELS_PER_NEURON}v{height}"
        for b, n in zip(bins.tolist(), neurons.tolist(), strict=True)
    )
    wide, high = drawn.shape[0] * _PIXELS_PER_BIN, drawn.shape[1] * _PIXELS_PER_NEURON
    path = f"<path d='{ticks}' stroke='currentColor' stroke-width='2' fill='none'/>"
    return svg(wide, high, path, "spikes")


def curve_picture(
    values: Sequence[float], width: float = 240, height: float = 48, *, color: str = MARK
) -> str:
    """Return a curve without axes, with decades equally high if it spans them.

    Parameters
    ----------
    values
        In their order; those that are not finite are left out, and of very many, means are drawn.
    width, height
        In pixels.
    color
        Of the line.
    """
    points = by_decades(thinned(values, _MOST_POINTS))
    if len(points) < 2:
        return ""
    low, high = min(points), max(points)
    span = (high - low) or 1.0
    step = (width - 4) / (len(points) - 1)
    path = " ".join(
        f"{2 + i * step:.1f},{2 + (height - 4) * (high - value) / span:.1f}"
        for i, value in enumerate(points)
    )
    line = f"<polyline points='{path}' stroke='{color}' stroke-width='1.5' fill='none'/>"
    return svg(width, height, line, "curve")


def thinned(values: Sequence[float], most: int) -> list[float]:
    """Return at most so many values: means over neighbours; what is not finite is left out.

    Examples
    --------
    >>> thinned([1.0, 3.0, float("nan"), 5.0, 7.0], 2)
    [2.0, 6.0]
    """
    finite = [float(value) for value in values if math.isfinite(value)]
    if len(finite) <= most:
        return finite
    return [float(part.mean()) for part in np.array_split(np.array(finite), most)]


def by_decades(points: Sequence[float]) -> list[float]:
    """Return values as they are drawn: by their logarithms if they span decades, as losses do.

    Examples
    --------
    >>> by_decades([1.0, 2.0]), by_decades([1.0, 100.0])
    ([1.0, 2.0], [0.0, 2.0])
    """
    if points and min(points) > 0 and max(points) > _WIDE * min(points):
        return [math.log10(value) for value in points]
    return list(points)


def band_picture(
    value: float,
    low: float,
    high: float,
    *,
    centre: float,
    limits: tuple[float, float],
    logarithmic: bool = False,
) -> str:
    """Return a value with its interval on a line, beside what it should be.

    Parameters
    ----------
    value
        The value; nothing is drawn if it is not finite.
    low, high
        Its interval; not drawn if it is not finite.
    centre
        What the value should be: a vertical line.
    limits
        Smallest and largest value of the scale; values beyond are drawn at the edge.
    logarithmic
        Whether equal ratios are equally long.
    """
    if not math.isfinite(value):
        return ""
    width, middle = 140.0, 8.0

    def place(number: float) -> float:
        least, most = limits
        inside = min(max(number, least), most)
        if logarithmic:
            share = math.log(inside / least) / math.log(most / least)
        else:
            share = (inside - least) / (most - least)
        return 4 + share * (width - 8)

    at, target = place(value), place(centre)
    body = (
        f"<path d='M4 {middle}H{width - 4}' stroke='{QUIET}' stroke-width='1' opacity='.5'/>"
        f"<path d='M{target:.1f} 1V15' stroke='currentColor' stroke-width='1.5'/>"
    )
    if math.isfinite(low) and math.isfinite(high):
        body += (
            f"<path d='M{place(low):.1f} {middle}H{place(high):.1f}' stroke='{MARK}' "
            "stroke-width='5' opacity='.35'/>"
        )
    body += f"<circle cx='{at:.1f}' cy='{middle}' r='3.5' fill='{MARK}'/>"
    return svg(width, 16, body, "value and interval")


def state_picture(states: Sequence[str], current: str, *, ended_badly: bool = False) -> str:
    """Return a line of stations with the current one filled.

    Parameters
    ----------
    states
        The stations, from first to last; words of this package.
    current
        One of them; if it is none of them, all stay open and ``current`` is written at the end.
    ended_badly
        Whether the way ended at ``current`` for good.
    """
    step, y = 78, 9
    at = states.index(current) if current in states else -1
    body = f"<path d='M8 {y}H{8 + step * (len(states) - 1)}' stroke='{QUIET}' stroke-width='1'/>"
    for i, state in enumerate(states):
        x = 8 + i * step
        fill = MARK if i == at else "currentColor" if i < at else "none"
        body += (
            f"<circle cx='{x}' cy='{y}' r='5' fill='{fill}' stroke='currentColor'/>"
            f"<text x='{x - 6}' y='30' font-size='11' fill='currentColor'>{state}</text>"
        )
    width = 8 + step * len(states)
    if at < 0:
        color = MARK if ended_badly else "currentColor"
        body += f"<text x='{width}' y='13' font-size='12' fill='{color}'>{current}</text>"
        width += 80
    return svg(width, 34, body, "state")


def heat_picture(values: NDArray[np.floating], size: tuple[float, float] = (8, 10)) -> str:
    """Return a map of numbers: red above zero, blue below, transparent at zero.

    Parameters
    ----------
    values
        Shape ``(n_columns, n_rows)``; what is not finite stays empty.
    size
        Width and height of a cell in pixels.
    """
    wide, high = size
    finite = np.nan_to_num(np.asarray(values, float))
    most = float(np.abs(finite).max()) if finite.size else 0.0
    body = ""
    for column, row in zip(*np.nonzero(finite), strict=True):
        share = finite[column, row] / most
        color = MARK if share > 0 else "#3a7fb0"
        body += (
            f"<rect x='{column * wide:g}' y='{row * high:g}' width='{wide:g}' height='{high:g}' "
            f"fill='{color}' fill-opacity='{abs(share):.2f}'/>"
        )
    width, height = values.shape[0] * wide, values.shape[1] * high
    frame = f"<rect width='{width:g}' height='{height:g}' fill='none' stroke='{QUIET}'/>"
    return svg(width, height, body + frame, "map")
