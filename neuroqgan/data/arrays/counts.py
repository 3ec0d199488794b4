"""What the values of an array are: spikes, counts, or something else."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.errors import RasterError, RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import Counts

# Spikes per second of one neuron, or of a few on one electrode.
_HIGHEST_RATE = 2000.0

# Up to this many spikes may share a bin by chance, or on one electrode.
_MANY = 10

# A column with higher values does not hold counts: fewer spikes of a neuron share a bin.
_HIGHEST_COUNT = 20

# An array with no more columns than this may be a table of spike times.
_MOST_COLUMNS = 4
_FEWEST_ROWS = 10


def refuse_times(path: Path, name: str, values: NDArray[Any]) -> None:
    """Refuse spike times and sample numbers where spikes in bins are expected.

    Parameters
    ----------
    path, name
        The file and the array, for messages.
    values
        The array, of any shape.

    Raises
    ------
    RecordingError
        If the array has a single axis, or few columns, one of which ascends.
    """
    if values.dtype.kind not in "biuf" or values.size == 0 or not _could_be_times(values):
        return
    raise RecordingError(
        f"{name} in {path} looks like spike times or sample numbers, not like spikes in bins.",
        expected="an array of zeros and ones, trials x bins x neurons or bins x neurons",
        got=f"shape {values.shape}, values from {values.min():g} to {values.max():g}",
        hint="write a table (.csv) with the columns time and neuron, one row per spike; for times "
        "in samples add `time_unit = samples` and `sampling_rate = 30000`",
    )


def as_binary(
    path: Path, name: str, values: NDArray[Any], counts: Counts, bin_width: float
) -> NDArray[Any]:
    """Turn spike counts into spikes; each bin holds at most one spike per neuron.

    Parameters
    ----------
    path, name
        The file and the array, for messages.
    values
        Spikes or spike counts, of any shape.
    counts
        What to do with counts above one.
    bin_width
        Width of a bin in seconds, to tell which rate a count would be.

    Raises
    ------
    RasterError
        If a value is negative, infinite or not a whole number.
    RasterError
        If a count is above one and ``counts`` is ``"refuse"``.

    Warns
    -----
    RecordingWarning
        If counts are clipped; it says how many spikes are lost.
    """
    # The raster itself refuses what is not a number, and NaN.
    if values.dtype.kind not in "iuf" or (values.dtype.kind == "f" and np.isnan(values).any()):
        return values
    _check_counts(name, values)
    highest = int(values.max())
    if highest <= 1:
        return values.astype(bool)
    several = values > 1
    is_two_valued = bool(((values == 0) | (values == highest)).all())
    if highest > _MANY and is_two_valued:
        warnings.warn(
            (
                f"{path}: every value of {name} is 0 or {highest}; these are read as no "
                "spike and spike."
            ),
            RecordingWarning,
            stacklevel=3,
        )
        return several
    n_several, n_active = int(several.sum()), int(np.count_nonzero(values))
    n_spikes = int(values.sum(dtype=np.float64))
    dropped = n_spikes - n_active
    found = f"{n_several:,} of {n_active:,} bins with spikes hold more than one, up to {highest:,}"
    if counts == "refuse":
        raise RasterError(
            f"{name} holds counts above one.",
            expected="one spike of a neuron per bin, as `counts = refuse` demands",
            got=found,
            hint="`counts = clip` counts them as one; narrower bins hold fewer",
        )
    text = (
        f"{path}: {found}; each counts as one, and {dropped:,} of {n_spikes:,} spikes "
        f"({dropped / n_spikes:.1%}) are lost. Narrower bins lose fewer; `counts = refuse` "
        "makes this an error."
    )
    if highest / bin_width > _HIGHEST_RATE and highest > _MANY:
        text += (
            f" {highest:,} spikes in {bin_width:g} s are more than a neuron can fire: are these "
            "really counts?"
        )
    warnings.warn(text, RecordingWarning, stacklevel=3)
    return values > 0


def _check_counts(name: str, values: NDArray[Any]) -> None:
    wanted = "zeros and ones, or counts of spikes"
    if values.dtype.kind == "f":
        if np.isinf(values).any():
            raise RasterError(
                f"{name} holds infinite values.",
                expected=wanted,
                got=f"{int(np.isinf(values).sum()):,} of {values.size:,} values",
                hint="leave out the trials or bins that were not recorded",
            )
        if not _are_whole(values):
            whole = values == np.floor(values)
            raise RasterError(
                f"{name} holds values that are not whole numbers.",
                expected=wanted,
                got=f"{int((~whole).sum()):,} of {values.size:,} values, such as "
                f"{values[~whole][0]:g}, from {values.min():g} to {values.max():g}",
                hint="firing rates and calcium traces are not spikes: save the spikes, their "
                "counts per bin, or a table of spike times",
            )
    if values.min() < 0:
        negative = values < 0
        raise RasterError(
            f"{name} holds negative values.",
            expected=wanted,
            got=f"{int(negative.sum()):,} of {values.size:,} values, down to {values.min():g}",
            hint="save the spikes themselves, or their counts per bin, before a baseline "
            "is subtracted",
        )


def _are_whole(values: NDArray[np.floating]) -> bool:
    """Whether all values are whole numbers, with no copy of a large array."""
    blocks = np.nditer(values, flags=["external_loop", "buffered"], buffersize=1 << 20)
    return all(np.array_equal(block, np.floor(block)) for block in map(np.asarray, blocks))


def _could_be_times(values: NDArray[Any]) -> bool:
    if values.ndim > 2 or values.dtype.kind == "b":
        return False
    columns = np.atleast_2d(values)
    if columns.shape[0] < columns.shape[1]:
        columns = columns.T
    if columns.shape[1] == 1 and bool((columns > _HIGHEST_COUNT).any()):
        return True
    if columns.shape[1] > _MOST_COLUMNS or columns.shape[0] < _FEWEST_ROWS:
        return False
    return any(_ascends(column) for column in columns.T)


def _ascends(column: NDArray[Any]) -> bool:
    # Compared, not subtracted: unsigned numbers would wrap around.
    steps_up = column[1:] > column[:-1]
    steps_down = column[1:] < column[:-1]
    return not steps_down.any() and float(steps_up.mean()) > 0.5
