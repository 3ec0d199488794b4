"""Files of other programs that Neo reads: acquisition systems, spike sorters, NIX.

Only files that can hold spike trains, whose suffix no other format claims, and which Neo parses
itself, in a process of its own. Pickles, which could run code, are not among them, nor are formats
for which Neo loads a program of the maker's (``.pl2``, ``.mcd``), nor raw samples, whose layout the
user would have to describe.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.checks import plural, shorten
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.formats.format import FileFormat
from neuroqgan.data.libraries.neo_objects import segments_of, spikes_of
from neuroqgan.data.libraries.pooled_trains import sort_pooled, width_of
from neuroqgan.data.reading import Reading
from neuroqgan.data.times.times import agreed_unit
from neuroqgan.data.untrusted.archive import Archive
from neuroqgan.data.untrusted.child import parse_apart
from neuroqgan.data.untrusted.neo_child import ABOUT, times_of_train
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.data.untrusted.neo_child import About

CHILD = "neuroqgan.data.untrusted.neo_child"

CLASSES: dict[str, tuple[str, ...]] = {
    ".kwik": ("KwikIO",),
    ".nev": ("BlackrockIO",),
    ".nex": ("NeuroExplorerIO",),
    ".nix": ("NixIO",),
    ".nse": ("NeuralynxIO",),
    ".ntt": ("NeuralynxIO",),
    ".plx": ("PlexonIO",),
    ".smr": ("Spike2IO", "CedIO"),
    ".smrx": ("CedIO",),
    ".src": ("BrainwareSrcIO",),
}
"""The classes of `neo.io` that read files of a suffix; the first that can is taken."""


def read(path: Path, options: ReadOptions) -> Reading:
    """Read the spike trains of a file; segments are the trials.

    Parameters
    ----------
    path
        The file.
    options
        What the user says about it.

    Raises
    ------
    RecordingError
        If Neo cannot read the file, it holds no spike trains, an array is named, or the bin width
        is missing; see also `neuroqgan.data.libraries.neo_objects.spikes_of`.
    """
    refuse_array_name(path, options.array)
    # Neo knows the unit of every spike train.
    agreed_unit(path, "spike trains", "s", options)
    about, trains = _parsed(path)
    segments = segments_of(path, trains)
    width = width_of(path, options.bin_width, about["width"])
    spikes = spikes_of(path, segments, width)
    found = sort_pooled(path, spikes, width, options)
    said = [
        (
            f"{path} was read by neo.io.{about['reader']}: {plural(len(spikes), 'spike')} of "
            f"{plural(len(spikes.neurons), 'spike train')} ({shorten(spikes.neurons)}), and "
            f"{plural(len(segments), 'segment')} as trials."
        )
    ]
    if about["n_blocks"] > 1:
        said.append(f"{path}: only the first of {about['n_blocks']} blocks was read.")
    return Reading(found.raster, (*said, *found.cropped, *found.notes))


@dataclass(frozen=True)
class _Unit:
    """The unit of a train, as Neo's own would be asked for it."""

    magnitude: float

    def rescale(self, _: str) -> _Unit:
        return self


@dataclass(frozen=True)
class _Train:
    """A spike train, with what is asked of those of Neo; starts and stops in seconds."""

    magnitude: NDArray[Any]
    units: _Unit
    t_start: float
    t_stop: float
    name: str | None


def _parsed(path: Path) -> tuple[About, list[list[_Train]]]:
    """Return what Neo read, in a process of its own, and the trains of every segment."""
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        target = Path(folder) / "trains.npz"
        parse_apart(CHILD, f"a {path.suffix} file", path, target, *CLASSES[path.suffix.lower()])
        with target.open("rb") as handle:
            archive = Archive(path, handle)
            about: About = json.loads(str(archive.load(ABOUT)))
            if "problems" in about:
                raise RecordingError(
                    f"{path} cannot be read by Neo; it may be damaged or incomplete.",
                    expected=f"a complete {path.suffix} file",
                    got="; ".join(about["problems"])[:500],
                    hint="copy or export the file again, or check that its suffix is right",
                )
            trains = [
                [
                    _Train(
                        archive.load(times_of_train(n, k)),
                        _Unit(said["unit"]),
                        said["start"],
                        said["stop"],
                        said["name"],
                    )
                    for k, said in enumerate(segment)
                ]
                for n, segment in enumerate(about["segments"])
            ]
    return about, trains


NEO_FILE = FileFormat(
    title="a file that Neo reads",
    suffixes=tuple(CLASSES),
    read=read,
    requires="neo",
    extra="neo",
)
