"""How a recording is to be read, and what a reader returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster

TimeUnit = Literal["s", "ms", "us", "samples"]
Counts = Literal["clip", "refuse"]


class RecordingWarning(UserWarning):
    """Something about a recording that is possible, but probably not intended."""


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file, for whatever the file itself does not say.

    Parameters
    ----------
    bin_width
        Width of a bin in seconds.
    array
        Name of the array with the spikes.
    axes
        Meaning of the axes of an array, e.g. ``"neurons,bins,trials"``.
    time_unit
        Unit of spike times: ``"s"``, ``"ms"``, ``"us"`` or ``"samples"``; None is the unit that
        the file itself states, or else seconds.
    sampling_rate
        Samples per second, for times in samples.
    start, stop
        The stretch of every trial to keep, in seconds; None keeps everything.
    counts
        How several spikes of a neuron in one bin are treated: ``"clip"`` counts them as one and
        says how many there were, ``"refuse"`` makes them an error.
    """

    bin_width: float | None = None
    array: str | None = None
    axes: str | None = None
    time_unit: TimeUnit | None = None
    sampling_rate: float | None = None
    start: float | None = None
    stop: float | None = None
    counts: Counts = "clip"


class ReadKeywords(TypedDict, total=False):
    """The keywords of `ReadOptions`, for functions that pass them on."""

    bin_width: float | None
    array: str | None
    axes: str | None
    time_unit: TimeUnit | None
    sampling_rate: float | None
    start: float | None
    stop: float | None
    counts: Counts


@dataclass(frozen=True)
class Reading:
    """A recording as it was understood.

    Parameters
    ----------
    raster
        Its spikes; samples are the trials.
    notes
        How the file was read: one sentence each, for people to check. Doubts are not notes but
        warnings (`RecordingWarning`).
    """

    raster: SpikeRaster
    notes: tuple[str, ...] = ()
