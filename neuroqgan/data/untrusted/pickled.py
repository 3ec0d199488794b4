"""Spike times in pickled arrays of objects, which `numpy.save` makes of lists of unequal length."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.times.trains import Trains, trains_of
from neuroqgan.data.untrusted.archive import read_header
from neuroqgan.data.untrusted.unpickle import RefusedError, unpickle
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

_EXPECTED = "a vector of spike times per neuron, or an array of numbers"
_HINT = (
    "save numbers: numpy.savez(file, spikes=array, bin_width=0.02), or a table (.csv) with the "
    "columns time and neuron"
)


def read_pickled(path: Path, name: str, handle: IO[bytes]) -> Trains:
    """Read spike times from a pickled array; no code in it is run.

    Parameters
    ----------
    path, name
        The file and the array, for messages.
    handle
        Where the array begins, header and all.

    Raises
    ------
    RecordingError
        If it is damaged or holds anything but vectors of numbers.
    """
    try:
        with damage_as_error(path, "a pickled array", RefusedError):
            read_header(handle)
            trains = trains_of(unpickle(handle))
    except RefusedError as error:
        raise RecordingError(
            f"{name} in {path} holds pickled Python objects, which are not opened: they could "
            "run code.",
            expected=_EXPECTED,
            got=str(error),
            hint=_HINT,
        ) from error
    if trains is None:
        raise RecordingError(
            f"{name} in {path} holds Python objects that are not spike times.",
            expected=_EXPECTED,
            got="objects of other kinds, or of several",
            hint=_HINT,
        )
    return trains
