"""Recordings by name or by path: what ``--data`` accepts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from neuroqgan.data.arrays import refuse_array_name
from neuroqgan.data.crop import cropped
from neuroqgan.data.fetch import load_salamander
from neuroqgan.data.formats import READABLE, read_file
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import RecordingError
from neuroqgan.home import exists

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.data.reading import ReadKeywords
    from neuroqgan.raster import SpikeRaster


DEFAULT = "simulated"


@dataclass(frozen=True)
class NamedRecording:
    """A recording that needs no path.

    Parameters
    ----------
    description
        One line for lists.
    load
        Returns the recording.
    """

    description: str
    load: Callable[[], SpikeRaster]


_NAMED = {
    "simulated": NamedRecording(
        "8 simulated neurons with bursts, refractoriness and shared drives (60 trials of 8 s)",
        simulate_population,
    ),
    "salamander": NamedRecording(
        "50 retinal ganglion cells under a natural movie (297 trials of 19 s; Marre et al. 2017)",
        load_salamander,
    ),
}


def names() -> dict[str, str]:
    """Return the names of the recordings that need no path, each with a line about it."""
    return {name: recording.description for name, recording in _NAMED.items()}


def load_recording(source: str | Path, **options: Unpack[ReadKeywords]) -> SpikeRaster:
    """Load a recording.

    Parameters
    ----------
    source
        A path or one of `names`. An existing file takes precedence over a name; ``./name`` is
        never a name.
    **options
        Whatever the file itself does not say; see `neuroqgan.data.reading.ReadOptions`.

    Raises
    ------
    RecordingError
        See `open_recording`.
    RasterError
        If the file's values are not spikes.

    Examples
    --------
    >>> load_recording("simulated")
    SpikeRaster(60 samples x 400 bins x 8 neurons, bin_width=0.02 s)
    """
    return open_recording(str(source), ReadOptions(**options)).raster


def open_recording(source: str, options: ReadOptions) -> Reading:
    """Load a recording, and what was assumed about it.

    Parameters
    ----------
    source
        A path or one of `names`.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If there is neither a file nor a name like this.
    RecordingError
        If the recording cannot be read, see `read_file`, or was never downloaded.
    RecordingError
        If something is said about a named recording that it does not leave open: an array, axes,
        a unit, or another bin width.
    RasterError
        If the file's values are not spikes.
    DownloadError
        If a downloaded recording has changed since.
    """
    path = Path(source).expanduser()
    if exists(path) and (path.is_file() or source not in _NAMED):
        return read_file(path, options)
    named = _NAMED.get(source)
    if named is None:
        raise RecordingError(
            f"There is no recording {source!r}: no such file, and no such name.",
            expected=f"a file ({', '.join(READABLE)}) or a name: {', '.join(_NAMED)}",
            got=repr(source),
            hint="neuroqgan data list",
        )
    refuse_array_name(path, options.array)
    recording = named.load()
    _refuse_contradictions(source, recording, options)
    return Reading(*cropped(source, recording, options.start, options.stop))


def _refuse_contradictions(source: str, recording: SpikeRaster, options: ReadOptions) -> None:
    width = options.bin_width
    said = {
        "--axes": options.axes,
        "--time-unit": options.time_unit,
        "--sampling-rate": options.sampling_rate,
        "--bin-width": None if width is None or math.isclose(width, recording.bin_width) else width,
    }
    for flag, value in said.items():
        if value is not None:
            raise RecordingError(
                f"{flag} is for files; how to read the recording {source!r} is known.",
                expected=f"trials x bins x neurons, in bins of {recording.bin_width:g} s",
                got=f"{flag} {value}",
                hint=f"leave {flag} out",
            )
