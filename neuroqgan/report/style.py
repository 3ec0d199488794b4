"""One look for all pictures, and how they are saved."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The backend of a notebook in MPLBACKEND is inherited by commands that run outside of it, and
# matplotlib refuses to be imported where that backend is not installed. Nothing here needs one; a
# caller who draws with pyplot gets the backend all the same, where there is such a one.
_backend = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
finally:
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
if _backend and "matplotlib.pyplot" not in sys.modules:
    with suppress(ValueError):
        mpl.rcParams["backend"] = _backend

# Contrast with white is 4.5 and more for what text is written in, all but the last two.
REAL = "#1b1b1b"
GENERATED = "#c8404f"
FLOOR = "#6a7683"
ACCENT = "#2e6f95"
QUIET = "#9aa5b1"
PAPER = "#eff2f5"

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
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


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
