"""How an array of spikes in bins becomes a recording."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from neuroqgan.data.arrays.axes import oriented
from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.counts import as_binary, refuse_times
from neuroqgan.data.crop import cropped
from neuroqgan.data.reading import Reading
from neuroqgan.data.silence import warn_of_silence
from neuroqgan.data.tables.columns import refuse_columns
from neuroqgan.data.times.binning import check_counts
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import WIDEST_PLAUSIBLE_BIN, RasterWarning, SpikeRaster

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.arrays.stored import Beside
    from neuroqgan.data.reading import ReadOptions


# Of arrays whose bins are taken for neurons.
_MOST_NEURONS = 1_000_000


def as_recording(
    path: Path, name: str, values: NDArray[Any], beside: Beside, options: ReadOptions
) -> Reading:
    """Turn an array of spikes in bins into a recording.

    Parameters
    ----------
    path, name
        The file and the array, for messages.
    values
        Spikes or spike counts of shape ``(n_trials, n_bins, n_neurons)`` or, for a single trial,
        ``(n_bins, n_neurons)``, unless file or user say otherwise.
    beside
        What else the file says.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the bin width is not known, the axes are implausible, or trials do not
        contain the part asked for, or there are more than a million neurons.
    RasterError
        If the values are not spikes, or the labels do not fit the neurons.

    Warns
    -----
    RecordingWarning
        If something about the recording is doubtful: its axes, bin width, counts or silent ends.
    """
    check_counts(options)
    refuse_columns(path, options)
    _check_kind(name, values)
    refuse_times(path, name, values)
    width, width_notes = bin_width_of(path, beside.bin_width, options)
    turned, axes_note = oriented(
        path, name, values, given=options.axes, stated=beside.axes, is_own=beside.is_own
    )
    _check_neurons(path, name, turned)
    spikes = as_binary(path, name, turned, options.counts, width)
    with warnings.catch_warnings():
        if beside.bin_width is not None and width > WIDEST_PLAUSIBLE_BIN:
            # Warned of already, with the number in the file.
            warnings.simplefilter("ignore", RasterWarning)
        raster = SpikeRaster(spikes, width, beside.labels)
    if beside.covariates is not None:
        seen = beside.covariates.of_samples(path, raster.n_bins, width)
        raster = raster.with_covariates(seen)
    kept, crop_notes = cropped(path, raster, options.start, options.stop)
    if kept.spikes.any():
        warn_of_silence(path, kept)
    return Reading(kept, (axes_note, *width_notes, *crop_notes))


def _check_neurons(path: Path, name: str, turned: NDArray[Any]) -> None:
    """Refuse time bins that are taken for neurons, each of which has a label and takes memory."""
    if turned.shape[-1] > _MOST_NEURONS:
        raise RecordingError(
            f"{name} in {path} has more neurons than anybody records.",
            expected=f"at most {_MOST_NEURONS:,} neurons",
            got=f"{turned.shape[-1]:,} neurons, an array of shape {turned.shape}",
            hint="`axes` says what the axes of the array are",
        )


def _check_kind(name: str, values: NDArray[Any]) -> None:
    if values.dtype.kind not in "biuf" or values.size == 0:
        raise RasterError(
            f"{name} {'holds no value' if values.size == 0 else 'does not hold numbers'}.",
            expected="zeros and ones, or counts of spikes",
            got=f"shape {values.shape}, type {values.dtype}",
            hint="`array` chooses another one if the file holds several",
        )
