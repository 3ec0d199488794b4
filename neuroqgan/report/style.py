"""One look for all pictures, and how they are saved."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from neuroqgan.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REAL = "#1b1b1b"
GENERATED = "#d1495b"
FLOOR = "#9aa5b1"
ACCENT = "#2e6f95"

_DPI = 160
_STYLE: dict[Any, Any] = {
    "axes.edgecolor": "#555555",
    "axes.grid": False,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.dpi": _DPI,
    "font.size": 9,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "svg.hashsalt": "neuroqgan",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the common look."""
    with mpl.rc_context(_STYLE):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches; no global state of pyplot is touched."""
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as PNG and SVG; the same figure gives the same bytes.

    Parameters
    ----------
    figure
        What to write.
    folder
        An existing folder.
    name
        File name without suffix; files of this name are replaced.

    Raises
    ------
    StorageError
        If a file cannot be written.
    """
    paths = []
    for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
        buffer = io.BytesIO()
        with style():
            figure.savefig(buffer, format=suffix, dpi=_DPI, metadata=metadata)
        path = folder / f"{name}.{suffix}"
        with atomic_write(path, overwrite=True) as file:
            file.write(buffer.getvalue())
        paths.append(path)
    return paths
