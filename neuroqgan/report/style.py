"""One look for all pictures, how notebooks show them, and how they are saved."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write
from neuroqgan.escaping.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Commands that are started from a notebook inherit its backend in MPLBACKEND, and matplotlib cannot
# be imported if that backend is not installed. Nothing here needs a backend; a caller who draws
# with pyplot still gets the one in MPLBACKEND if it exists.
_backend = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text
finally:
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
if _backend and "matplotlib.pyplot" not in sys.modules:
    with suppress(ValueError):
        mpl.rcParams["backend"] = _backend

# All but the last two are used for text, and have a contrast with white of at least 4.5.
REAL = "#1b1b1b"
GENERATED = "#c8404f"
FLOOR = "#6a7683"
ACCENT = "#2e6f95"
QUIET = "#9aa5b1"
PAPER = "#eff2f5"

_DPI = 160
_PIXELS_PER_INCH = 96  # of a browser
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


PICTURE_SUFFIXES: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
"""Suffixes of single pictures, and what would differ from one time to the next in their files."""


@contextmanager
def style() -> Iterator[None]:
    """Apply the common look to what is drawn inside."""
    with mpl.rc_context(_STYLE):
        yield


def headline(title: str) -> str:
    """Return a title with a capital, unless it begins with a symbol, as k-probability does.

    Examples
    --------
    >>> headline("firing rate"), headline("k-probability")
    ('Firing rate', 'k-probability')
    """
    return title if title[1:2] == "-" else title[:1].upper() + title[1:]


def as_written(labels: Iterable[str]) -> list[str]:
    """Return labels from a file as figures show them letter by letter, dollar signs included.

    Examples
    --------
    >>> as_written(["unit_1", "a $"])[0]
    'unit_1'
    """
    # Matplotlib takes what stands between two of them for a formula.
    return [label.replace("$", r"\$") for label in labels]


class Picture(Figure):
    """A matplotlib figure that a notebook shows without pyplot, with labels from files escaped."""

    def draw(self, renderer: Any) -> None:
        """Draw the figure; SVG is no XML with control characters in it."""
        for text in self.findobj(Text):
            text.set_text(printable(text.get_text()))
        super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        width, height = (int(_PIXELS_PER_INCH * inches) for inches in self.get_size_inches())
        return _written(self, "png", {"Software": None}), {"width": width, "height": height}


def new_figure(width: float, height: float) -> Picture:
    """Return an empty figure; pyplot and its global state are not touched.

    Parameters
    ----------
    width, height
        Size in inches.
    """
    figure = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as PNG and SVG; the same figure gives the same bytes.

    Parameters
    ----------
    figure
        The figure to write.
    folder
        An existing folder.
    name
        File name without suffix; files of this name are replaced.

    Returns
    -------
    list of Path
        The two files.

    Raises
    ------
    StorageError
        If a file cannot be written.
    """
    paths = []
    for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
        path = folder / f"{name}.{suffix}"
        with atomic_write(path, overwrite=True) as file:
            file.write(_written(figure, suffix, metadata))
        paths.append(path)
    return paths


def save_picture(figure: Figure, path: Path, *, overwrite: bool = False) -> None:
    """Write a figure to one file, in the format of its suffix.

    Parameters
    ----------
    figure
        The figure to write.
    path
        A file with one of `PICTURE_SUFFIXES`, in an existing folder.
    overwrite
        Whether a file there may be replaced.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    suffix = path.suffix.lower()
    metadata = PICTURE_SUFFIXES[suffix]
    with atomic_write(path, overwrite=overwrite) as file:
        file.write(_written(figure, suffix[1:], metadata))


def _written(figure: Figure, suffix: str, metadata: dict[str, None]) -> bytes:
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=suffix, dpi=_DPI, metadata=metadata)
    return buffer.getvalue()
