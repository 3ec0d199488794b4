"""What all array files share: which array holds the spikes, and how it becomes a recording."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.data.axes import oriented
from neuroqgan.data.bin_width import bin_width_of
from neuroqgan.data.binning import check_counts
from neuroqgan.data.counts import as_binary, refuse_times
from neuroqgan.data.crop import cropped
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.data.silence import warn_of_silence
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import WIDEST_PLAUSIBLE_BIN, RasterWarning, SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from neuroqgan.data.archive import Header

# The names under which neuroqgan itself writes.
SPIKES = "spikes"
BIN_WIDTH = "bin_width"
LABELS = "neuron_labels"
AXES = "axes"

# Last parts of the names of spike times per neuron.
_TIMES = ("spikes", "times", "spike_times")


@dataclass(frozen=True)
class Beside:
    """What a file says beside its spikes.

    Parameters
    ----------
    bin_width
        The bin width, as it is stored.
    labels
        Names of the neurons.
    axes
        The meaning of the axes, such as ``"trials,bins,neurons"``.
    is_own
        Whether the file looks like one that neuroqgan wrote before it stored axes.
    """

    bin_width: ArrayLike | None = None
    labels: tuple[str, ...] = ()
    axes: str | None = None
    is_own: bool = False


def pick_array(path: Path, arrays: Mapping[str, Header], wanted: str | None) -> str:
    """Return the name of the array that holds the spikes.

    It is the one named ``wanted``; without a wish the one named ``spikes``; without that the
    only one that could be spikes: numbers, in three dimensions, or in two of more than one
    element each; without that spike times per neuron.

    Parameters
    ----------
    path
        The file, for the messages.
    arrays
        All arrays of the file; those of objects may be spike times per neuron.
    wanted
        The name that the user gave, if any.

    Raises
    ------
    RecordingError
        If the file has no array of the wanted name.
    RecordingError
        If no array could be spikes, or several could.
    """
    if wanted is not None:
        if wanted not in arrays:
            raise RecordingError(
                f"{path} has no array {wanted!r}.",
                expected="one of the arrays that the file has",
                got=_listing(arrays),
                hint="--array NAME",
            )
        return wanted
    if SPIKES in arrays:
        return SPIKES
    numbers = [name for name, header in arrays.items() if _could_be_spikes(header)]
    objects = [name for name, header in arrays.items() if header.dtype.hasobject]
    tiers = (
        [name for name in numbers if "." not in name],
        [name for name in objects if name.rpartition(".")[2] in _TIMES],
        objects,
        numbers,
    )
    fitting = next((tier for tier in tiers if tier), [])
    if len(fitting) != 1:
        problem = "holds several arrays that could be spikes" if fitting else "holds no spikes"
        raise RecordingError(
            f"{path} {problem}.",
            expected=f"an array {SPIKES!r}, or a single one of shape (bins, neurons) "
            "or (trials, bins, neurons)",
            got=_listing(arrays),
            hint=f"--array {fitting[0]}"
            if fitting
            else "spike times belong in a table (.csv) with the columns time and neuron",
        )
    return fitting[0]


def as_recording(
    path: Path, name: str, values: NDArray[Any], beside: Beside, options: ReadOptions
) -> Reading:
    """Make a recording of an array of spikes in bins.

    Parameters
    ----------
    path, name
        The file and the array, for messages.
    values
        Spikes, or counts of them; their axes are ``(trials, bins, neurons)`` or, for a single
        trial, ``(bins, neurons)``, if neither file nor user say anything else.
    beside
        What the file says beside.
    options
        What the user says.

    Raises
    ------
    RecordingError
        If the bin width is not known, the axes are implausible, or trials lack the stretch asked
        for.
    RasterError
        If the values are not spikes, or the labels do not fit the neurons.

    Warns
    -----
    RecordingWarning
        If something about the recording is doubtful; see `neuroqgan.data.axes`, ``bin_width``,
        ``counts`` and ``silence``.
    """
    check_counts(options)
    _check_kind(name, values)
    refuse_times(path, name, values)
    width, width_notes = bin_width_of(path, beside.bin_width, options)
    turned, axes_note = oriented(
        path, name, values, given=options.axes, stated=beside.axes, is_own=beside.is_own
    )
    spikes = as_binary(path, name, turned, options.counts, width)
    with warnings.catch_warnings():
        if beside.bin_width is not None and width > WIDEST_PLAUSIBLE_BIN:
            # Said already, and with the file's own number.
            warnings.simplefilter("ignore", RasterWarning)
        raster = SpikeRaster(spikes, width, beside.labels)
    kept, crop_notes = cropped(path, raster, options.start, options.stop)
    if kept.spikes.any():
        warn_of_silence(path, kept)
    return Reading(kept, (axes_note, *width_notes, *crop_notes))


def agreed_bin_width(path: Path, stored: ArrayLike | None, given: float | None) -> float:
    """Return the bin width in seconds of a recording without a unit; see `bin_width_of`.

    Raises
    ------
    RecordingError
        If neither file nor user say it.
    RecordingError
        If it is not a positive, finite number.
    """
    return bin_width_of(path, stored, ReadOptions(bin_width=given))[0]


def refuse_array_name(path: Path, wanted: str | None) -> None:
    """Refuse a wish for an array by name in a file whose arrays have none.

    Raises
    ------
    RecordingError
        If there is such a wish.
    """
    if wanted is not None:
        raise RecordingError(
            f"{path} has no named arrays.",
            expected="a .npz or .mat file where an array is named",
            got=f"the name {wanted!r}",
            hint="leave --array out",
        )


def _check_kind(name: str, values: NDArray[Any]) -> None:
    if values.dtype.kind not in "biuf" or values.size == 0:
        raise RasterError(
            f"{name} {'holds no value' if values.size == 0 else 'does not hold numbers'}.",
            expected="zeros and ones, or counts of spikes",
            got=f"shape {values.shape}, type {values.dtype}",
            hint="--array NAME chooses another array, if the file has several",
        )


def _could_be_spikes(header: Header) -> bool:
    if header.dtype.kind not in "biuf" or 0 in header.shape:
        return False
    # MATLAB knows no scalars and vectors: they come as matrices with a side of one.
    return len(header.shape) == 3 or (len(header.shape) == 2 and min(header.shape) > 1)


def _listing(arrays: Mapping[str, Header]) -> str:
    if not arrays:
        return "no arrays"
    return ", ".join(f"{name} {header}" for name, header in arrays.items())
