"""Rasters in a terminal: in braille, or in plain characters if it cannot show braille."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console

    from neuroqgan.raster import SpikeRaster

_COLUMN = 36
_GAP = 4
_WIDEST = 2 * _COLUMN + _GAP
_MOST_ROWS = 12
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_HEADINGS = ("recording, held out", "generated")


def print_rasters(console: Console, real: SpikeRaster, generated: SpikeRaster) -> None:
    """Print recorded and generated windows, at most 76 columns wide.

    Side by side if the terminal is wide enough, otherwise one below the other.

    Parameters
    ----------
    console
        Where to print.
    real, generated
        Windows of the same bins and neurons.
    """
    plain = _is_plain(console)
    beside = console.width >= _WIDEST
    width = _COLUMN if beside else min(console.width, _WIDEST)
    n_windows = max(1, (width + 1) // (_window_width(real, plain) + 1))
    n_windows = min(n_windows, real.n_samples, generated.n_samples)
    blocks = [_rows(raster, n_windows, width, plain) for raster in (real, generated)]
    if beside:
        left, right = _HEADINGS
        _print(console, f"{left:{width + _GAP}}{right}", "bold")
        for a, b in zip(*blocks, strict=True):
            _print(console, f"{a:{width + _GAP}}{b}")
    else:
        for heading, rows in zip(_HEADINGS, blocks, strict=True):
            _print(console, heading, "bold")
            for row in rows:
                _print(console, row)
    _print(console, _caption(real, n_windows, width, plain), "dim")


def print_raster(console: Console, raster: SpikeRaster, *, n_samples: int = 3) -> None:
    """Print some windows of a raster, at most 72 columns wide.

    Parameters
    ----------
    console
        Where to print.
    raster
        Windows or trials, ``(n_samples, n_bins, n_neurons)``.
    n_samples
        Largest number of windows.
    """
    width = min(console.width, 2 * _COLUMN)
    for row in _rows(raster, n_samples, width, _is_plain(console)):
        _print(console, row)


def _print(console: Console, text: str, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, highlight=False, no_wrap=True, crop=True)


def _is_plain(console: Console) -> bool:
    return not console.encoding.lower().replace("_", "-").startswith("utf")


def _caption(raster: SpikeRaster, n_windows: int, width: int, plain: bool) -> str:
    bins = min(raster.n_bins, width * (1 if plain else 2))
    sign = "each bar" if plain else "each dot"
    words = [f"{n_windows} windows of {bins * raster.bin_width:g} s; {sign} is a spike"]
    rows = _most_neurons(plain)
    if raster.n_neurons > rows:
        words.append(f"the first {rows} of {raster.n_neurons} neurons")
    return "; ".join(words)


def _most_neurons(plain: bool) -> int:
    return 2 * _MOST_ROWS if plain else 4 * _MOST_ROWS


def _window_width(raster: SpikeRaster, plain: bool) -> int:
    return raster.n_bins if plain else -(-raster.n_bins // 2)


def _rows(raster: SpikeRaster, n_windows: int, width: int, plain: bool) -> list[str]:
    """Draw windows next to each other, spread evenly over a raster."""
    shown = min(raster.n_samples, n_windows)
    chosen = np.linspace(0, raster.n_samples - 1, shown).round().astype(int)
    neurons = raster.spikes[chosen][:, :, : _most_neurons(plain)]
    blocks = [(_bars if plain else _braille)(window.T) for window in neurons]
    # A bar between windows would look like a spike among bars.
    between = ":" if plain else "│"
    return [between.join(parts)[:width] for parts in zip(*blocks, strict=True)]


def _bars(spikes: NDArray[np.bool_]) -> list[str]:
    """Draw one bin per column and one neuron per row."""
    return ["".join("|" if spike else " " for spike in row) for row in spikes]


def _braille(spikes: NDArray[np.bool_]) -> list[str]:
    """Draw two bins and four neurons per character."""
    n_rows, n_columns = spikes.shape
    padded = np.zeros((-(-n_rows // 4) * 4, -(-n_columns // 2) * 2), int)
    padded[:n_rows, :n_columns] = spikes
    cells = padded.reshape(padded.shape[0] // 4, 4, -1, 2)
    codes = np.einsum("rick,ik->rc", cells, np.array(_DOTS))
    return ["".join(chr(0x2800 + code) for code in row) for row in codes]
