"""Recordings loaded by name or by path."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from neuroqgan import checks
from neuroqgan.covariates import CovariateWindows
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.covariates.chosen import no_recorded_covariates
from neuroqgan.data.crop import cropped
from neuroqgan.data.formats.format import SPECIAL
from neuroqgan.data.neurons import check_choice, choose_neurons
from neuroqgan.data.provenance import Provenance
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.data.sources import NAMED, find_format, readable
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.home import exists

if TYPE_CHECKING:
    from neuroqgan.data.reading import ReadKeywords
    from neuroqgan.raster import NeuronChoice, SpikeRaster

DEFAULT = "simulated"
"""The recording that is used if none is named."""


def load(
    source: str | Path,
    neurons: NeuronChoice | str | None = None,
    **options: Unpack[ReadKeywords],
) -> SpikeRaster:
    """Load a recording.

    Whatever a file does not say is assumed, and what is doubtful is warned of; the command
    ``neuroqgan data show`` prints every assumption.

    Parameters
    ----------
    source
        A file or folder, or a name: ``"simulated"`` or ``"salamander"``. An existing path takes
        precedence over a name; a `pathlib.Path` is never a name.
    neurons
        Which neurons to keep, in that order: a slice, a list of positions, a list of labels, a
        boolean mask of shape ``(n_neurons,)``, or a text such as ``"0:10"`` or ``"3,7,9"``. All
        of them if None.
    **options
        Whatever the file itself does not say, each a keyword of its own:

        ``bin_width``
            Width of a time bin in seconds.
        ``array``
            Name of the array to read if the file holds several.
        ``axes``
            Meaning of the axes of an array, such as ``"neurons,bins,trials"``.
        ``time_unit``
            Unit of spike times: ``"s"``, ``"ms"``, ``"us"`` or ``"samples"``.
        ``sampling_rate``
            Samples per second (Hz), for times in samples.
        ``start``, ``stop``
            The part of every trial to keep, in seconds.
        ``counts``
            What to do with several spikes of a neuron in one bin: ``"clip"`` counts them as one,
            ``"refuse"`` raises an error.
        ``time_column``, ``neuron_column``, ``trial_column``
            Columns of a table of spike times, by name, or by position counted from 0.
        ``units``
            Which neurons to keep, by label, as in ``"unit_3,unit_7"``, or by a query on what the
            file says about them, as in ``'quality == "good"'``.
        ``epochs``
            In NWB files, the table of intervals whose rows are the trials; ``"none"`` for the
            whole session as one trial.
        ``align_to``, ``before``, ``after``
            In NWB files, the column with the event that trials are aligned to, and the seconds
            before and after it.
        ``covariates``
            Names of the time series in an NWB file to read as covariates, or ``"all"``.

    Returns
    -------
    SpikeRaster
        Of shape ``(n_trials, n_bins, n_neurons)``.

    Raises
    ------
    RecordingError
        If there is neither a file nor a name like this, the file cannot be read, its bin width is
        unknown, or the recording was never downloaded.
    RasterError
        If its values are not spikes, or it does not have the neurons chosen.
    ConfigError
        If a text that chooses neurons cannot be read.
    DownloadError
        If a downloaded recording has changed since.

    Warns
    -----
    RecordingWarning
        If something about the recording is possible, but probably not intended.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> nq.load("simulated")
    SpikeRaster(140 samples x 500 bins x 8 neurons, bin_width=0.02 s)
    >>> nq.load("simulated", neurons=slice(0, 3), stop=2.0)
    SpikeRaster(140 samples x 100 bins x 3 neurons, bin_width=0.02 s)
    """
    asked = ReadOptions(**options)
    check_choice(neurons, asked.units)
    reading = open_recording(source, asked)
    if neurons is None or isinstance(neurons, str):
        return choose_neurons(reading.raster, neurons, None if reading.chose_units else asked.units)
    return reading.raster.select(neurons)


def open_recording(source: str | Path, options: ReadOptions) -> Reading:
    """Load a recording, and what was assumed about it.

    Parameters
    ----------
    source
        A path, or a name among `neuroqgan.data.sources.names`.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If there is neither a file nor a name like this.
    RecordingError
        If the recording cannot be read, see `read_path`, or was never downloaded.
    RecordingError
        If something is said about a named recording that is known already: an array, axes, a
        unit, or another bin width.
    RasterError
        If the file's values are not spikes.
    DownloadError
        If a downloaded recording has changed since.
    """
    return _with_covariates(source, _opened(source, options), options)


def _opened(source: str | Path, options: ReadOptions) -> Reading:
    if isinstance(source, Path):
        return read_path(source, options)
    path = checks.path(source, RecordingError)
    if exists(path) and (path.is_file() or source not in NAMED):
        return read_path(path, options)
    named = NAMED.get(source)
    if named is None:
        raise RecordingError(
            f"There is no recording {source!r}: no such file, and no such name.",
            expected=f"a file ({', '.join(readable())}) or a name: {', '.join(NAMED)}",
            got=repr(source),
            hint="neuroqgan data list",
        )
    refuse_array_name(path, options.array)
    recording = named.load()
    _refuse_contradictions(source, recording, options)
    kept, notes = cropped(source, recording, options.start, options.stop)
    return Reading(kept, notes, about=Provenance(named.is_synthetic, {"source": str(source)}))


def _with_covariates(source: str | Path, reading: Reading, options: ReadOptions) -> Reading:
    """Keep only the covariates that are wanted, of those that came with the spikes."""
    wanted, seen = options.covariates, reading.raster.covariates
    if wanted is None:
        return reading
    if seen is None:
        raise no_recorded_covariates(f"{source} carries no covariates.")
    if isinstance(wanted, str):
        return reading
    own = seen.covariates.select(wanted)
    kept = CovariateWindows(own, seen.trials, seen.starts, seen.n_bins)
    return replace(reading, raster=reading.raster.with_covariates(kept))


def read_path(path: Path, options: ReadOptions) -> Reading:
    """Read a file or folder; the samples of the raster are the trials.

    Parameters
    ----------
    path
        In one of `neuroqgan.data.sources.formats`. Arrays have the shape
        ``(n_trials, n_bins, n_neurons)``, or ``(n_bins, n_neurons)`` for a single trial; tables
        have one row per spike, with the columns ``time``, ``neuron`` and possibly ``trial``.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the format is unknown, or what reads it is not installed.
    RecordingError
        If the file is missing, empty, damaged or not readable for this user.
    RecordingError
        If the spikes or the bin width cannot be found in it.
    RasterError
        If its values are not spikes.
    """
    chosen = find_format(checks.path(path, RecordingError))
    chosen.check(path)
    chosen.check_options(path, options)
    try:
        # Absurd numbers may overflow: what comes of them is checked, and no warning of NumPy's.
        with np.errstate(all="ignore"):
            return chosen.read(path, options)
    except RasterError as error:
        raise RasterError(
            f"{path} does not hold a raster. {error.problem}",
            expected=error.expected,
            got=error.got,
            hint=error.hint,
        ) from error


def _refuse_contradictions(source: str, recording: SpikeRaster, options: ReadOptions) -> None:
    width = options.bin_width
    said = {
        "axes": options.axes,
        "time_unit": options.time_unit,
        "sampling_rate": options.sampling_rate,
        **{name: getattr(options, name) for name in SPECIAL},
        "time_column": options.time_column,
        "neuron_column": options.neuron_column,
        "trial_column": options.trial_column,
        "bin_width": None if width is None or math.isclose(width, recording.bin_width) else width,
    }
    for name, value in said.items():
        if value is not None:
            raise RecordingError(
                f"`{name}` is for files; how to read the recording {source!r} is known.",
                expected=f"trials x bins x neurons, in bins of {recording.bin_width:g} s",
                got=f"`{name} = {value}`",
                hint=f"leave `{name}` out",
            )
