"""Recordings and rasters in NWB files (Neurodata Without Borders, version 2, as HDF5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.formats.format import FileFormat
from neuroqgan.data.nwb.chosen_units import choose_units
from neuroqgan.data.nwb.contents import parsed_nwb
from neuroqgan.data.nwb.own import is_read_as_written, own_raster
from neuroqgan.data.nwb.recorded import describe_series, recorded_covariates
from neuroqgan.data.nwb.trial_windows import find_trials
from neuroqgan.data.nwb.writing import write
from neuroqgan.data.reading import Reading
from neuroqgan.data.times.binning import bin_spikes
from neuroqgan.data.times.spikes import Spikes
from neuroqgan.data.times.times import Unit, agreed_unit, times_of
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.nwb.chosen_units import ChosenUnits
    from neuroqgan.data.nwb.trial_windows import TrialWindows
    from neuroqgan.data.reading import ReadOptions

_SECONDS = Unit("s", 1.0, is_stated=True)


def read(path: Path, options: ReadOptions) -> Reading:
    """Read the units of a file in the trials of its session.

    Parameters
    ----------
    path
        A file with a table of units with spike times. Trials are the rows of a table of
        intervals; without one, the whole session is a single trial.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, or refers to other files; if the bin width is missing; or if it
        has no such units, trials or time series.
    ConfigError
        If a query of units cannot be read.

    Warns
    -----
    RecordingWarning
        If something about trials or times is doubtful.
    """
    _refuse_useless(path, options)
    with parsed_nwb(path, options.covariates) as contents:
        units = choose_units(contents, options.units)
        if is_read_as_written(contents, options):
            return own_raster(contents, units, options)
        width, notes = bin_width_of(path, None, options, has_times=True)
        trials = find_trials(contents, units, width, options)
        spikes, said = _in_trials(units, trials, width)
        window = replace(options, start=trials.start, stop=trials.stop)
        raster, binned = bin_spikes(
            path,
            spikes,
            width,
            window,
            _SECONDS,
            is_aligned=True,
            is_complete=trials.stop is not None,
        )
        notes = (*units.notes, *notes, *trials.notes, *said, *binned)
        if options.covariates is None:
            return Reading(raster, (*notes, *describe_series(contents)), chose_units=True)
        seen, resampled = recorded_covariates(
            contents, options.covariates, trials.origins + trials.begin, raster.n_bins, width
        )
    return Reading(raster.with_covariates(seen), (*notes, *resampled), chose_units=True)


def _refuse_useless(path: Path, options: ReadOptions) -> None:
    refuse_array_name(path, options.array)
    if options.axes is not None:
        raise RecordingError(
            f"`axes` has no effect on {path}.",
            expected="an array or a table",
            got="an NWB file, which says itself what it holds",
            hint="leave `axes` out",
        )
    agreed_unit(path, "spike_times", "s", options)


def _in_trials(
    units: ChosenUnits, trials: TrialWindows, bin_width: float
) -> tuple[Spikes, list[str]]:
    """Return the spikes within the trials, counted from the origin of each.

    Windows of neighbouring trials may overlap; a spike is then in both.
    """
    start = -np.inf if trials.start is None else trials.start
    last = np.inf
    if trials.stop is not None:
        last = trials.begin + bin_width * np.floor((trials.stop - trials.begin) / bin_width + 1e-6)
    n_trials = len(trials.origins)
    picked, neuron, trial = [], [], []
    for n, train in enumerate(units.trains):
        slack = times_of(train, _SECONDS).slack(bin_width).max(initial=1e-6 * bin_width)
        first, end = (
            np.searchsorted(train, trials.origins + edge - slack) for edge in (start, last)
        )
        lengths = np.maximum(end - first, 0)
        picked += [train[a : a + length] for a, length in zip(first, lengths, strict=True)]
        neuron.append(np.full(lengths.sum(), n))
        trial.append(np.repeat(np.arange(n_trials), lengths))
    times = np.concatenate([np.zeros(0), *picked])
    spikes = Spikes(
        times=times_of(times, _SECONDS),
        neuron=np.concatenate(neuron).astype(np.intp),
        trial=np.concatenate(trial).astype(np.intp),
        neurons=units.labels,
        trials=tuple(map(str, range(n_trials))),
        row=np.arange(1, len(times) + 1),
    )
    said = [
        (
            f"{len(times):,} spikes lie in {plural(n_trials, 'trial')}; in the whole session, the "
            f"{plural(len(units.labels), 'unit')} have {units.n_spikes:,}."
        )
    ]
    return spikes.counted_from(trials.origins), said


NWB = FileFormat(
    title="an NWB file",
    suffixes=(".nwb",),
    read=read,
    write=write,
    write_about=write,
    requires="pynwb",
    extra="nwb",
    knows=("epochs", "align_to", "before", "after"),
)
