"""What a suite is, and what it says about a raster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.raster import SpikeRaster


@dataclass(frozen=True)
class Figure:
    """A figure of a suite.

    Parameters
    ----------
    title
        Name in tables.
    unit
        Its unit; empty if it is a pure number.
    """

    title: str
    unit: str = ""


@dataclass(frozen=True)
class Suite:
    """Figures by which a publication compares generators with recordings.

    Parameters
    ----------
    key
        Name on the command line, in Python and in JSON.
    title
        Name in words.
    source
        The publication.
    figures
        What is measured, by key.
    measure
        Function of a raster and of a real one; returns the figures by key. NaN if one cannot be
        computed.
    """

    key: str
    title: str
    source: str
    figures: dict[str, Figure]
    measure: Callable[[SpikeRaster, SpikeRaster], dict[str, float]]

    def __repr__(self) -> str:
        return f"Suite({self.key!r})"


@dataclass(frozen=True)
class SuiteRow:
    """A figure of generated windows, and of real ones.

    Parameters
    ----------
    value
        Of generated against held-out windows.
    floor
        Of other real windows against the held-out ones.
    """

    value: float
    floor: float


@dataclass(frozen=True)
class SuiteResult:
    """What a suite says.

    Parameters
    ----------
    suite
        Its key.
    rows
        Figures by key.
    """

    suite: str
    rows: dict[str, SuiteRow]


def apply_suite(
    suite: Suite, generated: SpikeRaster, real: SpikeRaster, floor: SpikeRaster
) -> SuiteResult:
    """Compare generated windows, and other real ones, with real ones.

    Parameters
    ----------
    suite
        What is measured.
    generated, real, floor
        Windows of the same bins and neurons, ``(n_windows, n_bins, n_neurons)``.
    """
    values, floors = suite.measure(generated, real), suite.measure(floor, real)
    return SuiteResult(
        suite.key, {key: SuiteRow(values[key], floors[key]) for key in suite.figures}
    )
