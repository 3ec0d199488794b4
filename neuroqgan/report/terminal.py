"""Rasters and figures in a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.raster import SpikeRaster

_NAMES = {
    "firing_rate": "firing rate",
    "pair_covariance": "pair covariance",
    "k_probability": "k-probability",
    "autocovariance": "autocovariance",
    "lag1_cross_covariance": "lag-1 cross-covariance",
    "inter_spike_interval": "inter-spike intervals",
    "pattern_entropy": "pattern entropy",
    "triplet_correlation": "triplet correlation",
}
_COLUMN = 36
_MOST_ROWS = 12
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def print_rasters(console: Console, real: SpikeRaster, generated: SpikeRaster) -> None:
    """Print real and generated windows next to each other, at most 80 columns wide."""
    left, right = _rows(real), _rows(generated)
    heading = f"{'recording, held out':{_COLUMN}}    generated"
    console.print(heading, style="bold", markup=False)
    for a, b in zip(left, right, strict=True):
        console.print(f"{a:{_COLUMN}}    {b}", markup=False, highlight=False)
    bins = _windows_shown(real) * real.n_bins
    caption = f"{_windows_shown(real)} windows, {bins * real.bin_width:g} s; a dot is a spike"
    console.print(caption, style="dim", markup=False)


def print_raster(console: Console, raster: SpikeRaster, *, n_samples: int = 3) -> None:
    """Print some windows of a raster, at most 80 columns wide."""
    for row in _rows(raster, n_samples):
        console.print(row, markup=False, highlight=False)


def evaluation_table(evaluation: Evaluation) -> Table:
    """Return the figures of an evaluation as a table."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("statistic")
    for heading in ("error", "floor", "ratio", "95 % interval"):
        table.add_column(heading, justify="right")
    for name, row in evaluation.statistics.items():
        numbers = (f"{row.error:.2g}", f"{row.floor:.2g}", _ratio(row.ratio))
        interval = f"{_ratio(row.ratio_low)} to {_ratio(row.ratio_high)}"
        table.add_row(_NAMES.get(name, name), *numbers, interval)
    told, real = evaluation.c2st, evaluation.c2st_floor
    table.add_section()
    table.add_row(
        "classifier (C2ST)",
        f"{told.accuracy:.3f}",
        f"{real.accuracy:.3f}",
        "",
        f"+- {told.std:.3f}",
    )
    memory = evaluation.memorisation
    if memory is not None:
        table.add_row(
            "nearest training window",
            f"{memory.generated_median:g}",
            f"{memory.held_out_median:g}",
            "",
            "memorised" if memory.memorised else "not memorised",
        )
    table.caption = (
        "Floor: real windows against other real ones. Ratio 1: as good as more recording. "
        "C2ST 0.5: a classifier cannot tell."
    )
    table.caption_justify = "left"
    return table


def _ratio(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _windows_shown(raster: SpikeRaster) -> int:
    return max(1, min(raster.n_samples, 2 * _COLUMN // (raster.n_bins + 2)))


def _rows(raster: SpikeRaster, n_samples: int | None = None) -> list[str]:
    """Draw windows in braille: two bins and four neurons a character."""
    shown = min(raster.n_samples, n_samples or _windows_shown(raster))
    chosen = np.linspace(0, raster.n_samples - 1, shown).round().astype(int)
    neurons = raster.spikes[chosen][:, :, : 4 * _MOST_ROWS]
    blocks = [_braille(window.T) for window in neurons]
    return ["│".join(parts)[: 2 * _COLUMN] for parts in zip(*blocks, strict=True)]


def _braille(spikes: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[str]:
    n_rows, n_columns = spikes.shape
    padded = np.zeros((-(-n_rows // 4) * 4, -(-n_columns // 2) * 2), int)
    padded[:n_rows, :n_columns] = spikes
    cells = padded.reshape(padded.shape[0] // 4, 4, -1, 2)
    codes = np.einsum("rick,ik->rc", cells, np.array(_DOTS))
    return ["".join(chr(0x2800 + code) for code in row) for row in codes]
