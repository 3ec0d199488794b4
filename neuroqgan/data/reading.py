"""What users say about a recording, and what reading one returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

from neuroqgan.errors import NeuroqganWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.data.provenance import Provenance
    from neuroqgan.raster import SpikeRaster

TimeUnit = Literal["s", "ms", "us", "samples"]
Counts = Literal["clip", "refuse"]


class RecordingWarning(NeuroqganWarning):
    """Something about a recording that is possible, but probably not intended."""


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file that the file itself does not say.

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
        the file states, or else seconds.
    sampling_rate
        Samples per second (Hz), for times in samples.
    start, stop
        The part of every trial to keep, in seconds; None keeps everything.
    counts
        What to do with several spikes of a neuron in one bin: ``"clip"`` counts them as one and
        reports how many there were, ``"refuse"`` raises an error.
    time_column, neuron_column, trial_column
        Columns of a table of spike times, by name, or by position counted from 0; None finds them
        by their usual names.
    units
        Neurons to keep: labels separated by commas, or a query on what the file says about them,
        such as ``quality == "good"``.
    epochs
        Table of intervals whose rows are the trials; ``"none"`` for the whole session.
    align_to
        Column of that table with the event that trials are aligned to.
    before, after
        The window around that event, in seconds.
    covariates
        Names of the time series in the file to read as covariates, or ``"all"``; None for those
        that come with the spikes in any case.
    """

    bin_width: float | None = None
    array: str | None = None
    axes: str | None = None
    time_unit: TimeUnit | None = None
    sampling_rate: float | None = None
    start: float | None = None
    stop: float | None = None
    counts: Counts = "clip"
    time_column: str | None = None
    neuron_column: str | None = None
    trial_column: str | None = None
    units: str | None = None
    epochs: str | None = None
    align_to: str | None = None
    before: float | None = None
    after: float | None = None
    covariates: Sequence[str] | Literal["all"] | None = None


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
    time_column: str | None
    neuron_column: str | None
    trial_column: str | None
    units: str | None
    epochs: str | None
    align_to: str | None
    before: float | None
    after: float | None
    covariates: Sequence[str] | Literal["all"] | None


@dataclass(frozen=True)
class Reading:
    """A recording, and how it was understood.

    Parameters
    ----------
    raster
        Its spikes; the samples are the trials.
    notes
        How the file was read, one sentence each, for people to check. Whatever is doubtful is a
        warning instead (`RecordingWarning`).
    chose_units
        Whether the choice of `ReadOptions.units` was made when the file was read.
    about
        Where it comes from, if the file says so.
    """

    raster: SpikeRaster
    notes: tuple[str, ...] = ()
    chose_units: bool = False
    about: Provenance | None = None
