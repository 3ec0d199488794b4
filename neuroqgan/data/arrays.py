"""What all array files share: which array holds the spikes, and which bin width holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

# The names under which neuroqgan itself writes.
SPIKES = "spikes"
BIN_WIDTH = "bin_width"
LABELS = "neuron_labels"


def pick_array(path: Path, arrays: Mapping[str, NDArray[Any]], wanted: str | None) -> NDArray[Any]:
    """Return the array that holds the spikes.

    It is the one named ``wanted``; without a wish the one named ``spikes``; without that the
    only one that could be spikes: numbers, in three dimensions, or in two of more than one
    element each.

    Parameters
    ----------
    path
        The file, for the messages.
    arrays
        All arrays of the file.
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
        return arrays[wanted]
    if SPIKES in arrays:
        return arrays[SPIKES]
    fitting = [name for name, values in arrays.items() if _could_be_spikes(values)]
    if len(fitting) != 1:
        problem = "holds several arrays that could be spikes" if fitting else "holds no spikes"
        raise RecordingError(
            f"{path} {problem}.",
            expected=f"an array {SPIKES!r}, or a single one of shape (bins, neurons) "
            "or (trials, bins, neurons)",
            got=_listing(arrays),
            hint=f"--array {fitting[0]}" if fitting else "",
        )
    return arrays[fitting[0]]


def as_recording(
    values: NDArray[Any], bin_width: float, labels: ArrayLike | None = None
) -> SpikeRaster:
    """Make a raster of an array ``(bins, neurons)``, one trial, or ``(trials, bins, neurons)``.

    Raises
    ------
    RasterError
        If the array is not a raster, or the labels do not fit its neurons.
    """
    # MATLAB pads texts of a character array to one length.
    names = () if labels is None else tuple(str(v).rstrip() for v in np.ravel(labels))
    return SpikeRaster(values[np.newaxis] if values.ndim == 2 else values, bin_width, names)


def agreed_bin_width(path: Path, stored: ArrayLike | None, given: float | None) -> float:
    """Return the bin width in seconds that the file and the user agree on.

    Parameters
    ----------
    path
        The file, for the messages.
    stored
        The bin width in the file, if it has one.
    given
        The bin width that the user gave, if any.

    Raises
    ------
    RecordingError
        If there is neither.
    RecordingError
        If one is not a positive, finite number.
    RecordingError
        If the two differ.
    """
    if given is not None:
        _check_duration(f"The bin width for {path}", given)
    if stored is None:
        if given is None:
            raise RecordingError(
                f"{path} does not say how wide its bins are.",
                expected="a bin width in seconds",
                got="none",
                hint="--bin-width 0.02 for 20 ms",
            )
        return given
    width = _as_number(stored)
    _check_duration(f"The bin width in {path}", width)
    if given is not None and not math.isclose(given, width, rel_tol=1e-9):
        raise RecordingError(
            f"The bin width given for {path} is not the one in it.",
            expected=f"{width!r} s, as the file says",
            got=f"{given!r} s",
            hint="leave --bin-width out",
        )
    return width


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


def _could_be_spikes(values: NDArray[Any]) -> bool:
    if values.dtype.kind not in "biuf" or values.size == 0:
        return False
    # MATLAB knows no scalars and vectors: they come as matrices with a side of one.
    return values.ndim == 3 or (values.ndim == 2 and min(values.shape) > 1)


def _listing(arrays: Mapping[str, NDArray[Any]]) -> str:
    if not arrays:
        return "no arrays"
    return ", ".join(f"{name} {values.shape} {values.dtype}" for name, values in arrays.items())


def _as_number(stored: ArrayLike) -> float:
    values = np.asarray(stored)
    if values.size != 1 or values.dtype.kind not in "iuf":
        return math.nan
    return float(values.reshape(())[()])


def _check_duration(what: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise RecordingError(
            f"{what} is not a duration.",
            expected="a positive number of seconds",
            got=f"{value:g}",
            hint="--bin-width 0.02 for 20 ms",
        )
