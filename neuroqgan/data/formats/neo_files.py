"""Files of other programs that Neo reads: acquisition systems, spike sorters, NIX.

Only files that can hold spike trains, whose suffix no other format claims, and which Neo parses
itself. Pickles, which could run code, are not among them, nor are formats for which Neo loads a
program of the maker's (``.pl2``, ``.mcd``), nor raw samples, whose layout the user would have to
describe.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import TYPE_CHECKING, Any

from neuroqgan.checks import plural, shorten
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.formats.format import FileFormat
from neuroqgan.data.libraries.neo_objects import segments_of, spikes_of, stored_width
from neuroqgan.data.libraries.pooled_trains import sort_pooled, width_of
from neuroqgan.data.reading import Reading
from neuroqgan.data.times.times import agreed_unit
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from neuroqgan.data.reading import ReadOptions

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
    name, blocks = _blocks(path)
    segments = segments_of(path, blocks[0])
    loaded = [[_loaded(train) for train in segment.spiketrains] for segment in segments]
    width = width_of(path, options.bin_width, stored_width(blocks[0], segments))
    spikes = spikes_of(path, loaded, width)
    found = sort_pooled(path, spikes, width, options)
    said = [
        (
            f"{path} was read by neo.io.{name}: {plural(len(spikes), 'spike')} of "
            f"{plural(len(spikes.neurons), 'spike train')} ({shorten(spikes.neurons)}), and "
            f"{plural(len(segments), 'segment')} as trials."
        )
    ]
    if len(blocks) > 1:
        said.append(f"{path}: only the first of {len(blocks)} blocks was read.")
    return Reading(found.raster, (*said, *found.cropped, *found.notes))


def _blocks(path: Path) -> tuple[str, list[Any]]:
    """Return the name of the class that reads the file, and the blocks in it."""
    import neo.io

    problems = []
    for name in CLASSES[path.suffix.lower()]:
        kind = getattr(neo.io, name)
        try:
            with _silence():
                # Formats that are folders of files are asked for this one.
                reader = (
                    kind(dirname=str(path.parent), include_filenames=[path.name])
                    if kind.mode == "dir"
                    else kind(str(path))
                )
                found = list(reader.read(lazy=True) if kind.support_lazy else reader.read())
        # Whatever a parser of a foreign format may raise.
        except Exception as error:  # noqa: BLE001
            problems.append(f"{name}: {type(error).__name__}: {error}")
            continue
        if found:
            return name, found
        problems.append(f"{name}: no block")
    raise RecordingError(
        f"{path} cannot be read by Neo; it may be damaged or incomplete.",
        expected=f"a complete {path.suffix} file",
        got="; ".join(problems)[:500],
        hint="copy or export the file again, or check that its suffix is right",
    )


def _loaded(train: Any) -> Any:
    """Return a spike train, which lazy readers load only now."""
    if not hasattr(train, "load"):
        return train
    with _silence():
        return train.load()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep readers of Neo from printing, and from warning of their own calls."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


NEO_FILE = FileFormat(
    title="a file that Neo reads",
    suffixes=tuple(CLASSES),
    read=read,
    requires="neo",
    extra="neo",
)
