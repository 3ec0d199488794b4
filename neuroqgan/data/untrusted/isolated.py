"""Files of named arrays that are parsed in a separate process: MATLAB, HDF5, Zarr."""

from __future__ import annotations

import json
import tempfile
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.trains import Trains, texts
from neuroqgan.data.untrusted.archive import Archive, Header, parent_of
from neuroqgan.data.untrusted.child import parse_apart
from neuroqgan.data.untrusted.memory import refuse_beyond_memory
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_KIND = "a MATLAB or HDF5 file"


@dataclass(frozen=True)
class Parser:
    """What parses files of a kind.

    Parameters
    ----------
    module
        What the process runs; see `neuroqgan.data.untrusted.parsing`.
    kind
        What the file should be, with its article, for messages.
    is_compressed
        Whether neuroqgan has always compressed the arrays of such files.
    """

    module: str
    kind: str
    is_compressed: bool


MATLAB_PARSER = Parser("neuroqgan.data.untrusted.matlab_child", _KIND, is_compressed=True)
HDF5_PARSER = Parser("neuroqgan.data.untrusted.hdf5_child", _KIND, is_compressed=True)
ZARR_PARSER = Parser("neuroqgan.data.untrusted.zarr_child", "a Zarr store", is_compressed=False)

ZARR_MARKS = ("zarr.json", ".zgroup", ".zarray")
"""Names of the files that hold the metadata of a group or array of Zarr."""


class Variables:
    """What a file holds: arrays, and cells of spike times.

    Parameters
    ----------
    path
        The file or folder, for messages.
    parser
        What parses it.
    folder
        Where to write what it holds.
    """

    def __init__(self, path: Path, parser: Parser, folder: Path) -> None:
        self._path, self._parser, self._folder = path, parser, folder
        self.is_compressed = parser.is_compressed
        self._open = ExitStack()
        self._places: dict[str, Archive] = {}
        self.arrays: set[str] = set()
        self.headers: dict[str, Header] = {}
        self._take(())

    def close(self) -> None:
        """Close all files."""
        self._open.close()

    def _take(self, wanted: tuple[str, ...]) -> None:
        """Parse the file, or more of it, and note what there is."""
        target = self._folder / f"variables-{len(self._places)}.npz"
        parse_apart(self._parser.module, self._parser.kind, self._path, target, *wanted)
        archive = Archive(self._path, self._open.enter_context(target.open("rb")))
        for key, header in archive.headers.items():
            kind, _, name = key.partition("/")
            self._places[key] = archive
            if kind == "array":
                self.arrays.add(name)
            known = {
                "array": header,
                "lengths": Header(header.shape, np.dtype(object)),
                "other": Header(header.shape, np.dtype("V1")),
            }
            if kind in ("header", "refused"):
                said = json.loads(str(archive.load(key)))
                self.headers[name] = Header(tuple(said["shape"]), np.dtype(said["dtype"]))
            elif kind in known and "@" not in name:
                self.headers[name] = known[kind]

    def _is_later(self, kind: str, name: str) -> bool:
        return f"header/{name}" in self._places and f"{kind}/{name}" not in self._places

    def _place(self, kind: str, name: str) -> NDArray[Any]:
        """Read a part of a variable, for which the file may have to be parsed again."""
        if self._is_later(kind, name):
            header = self.headers[name]
            refuse_beyond_memory(self._path, name, header.shape, header.n_bytes)
            self._take((name,))
        archive = self._places.get(f"{kind}/{name}")
        if archive is None:
            raise self._unfit(name)
        if f"note/{name}" in self._places:
            said = self._places[f"note/{name}"].load(f"note/{name}")
            warnings.warn(f"{self._path}: {said}.", RecordingWarning, stacklevel=2)
        return archive.load(f"{kind}/{name}")

    def load(self, name: str) -> NDArray[Any]:
        """Read an array of numbers or texts.

        Raises
        ------
        RecordingError
            If it is neither, or does not fit into memory.
        """
        return self._place("array", name)

    def load_all(self, names: Sequence[str]) -> list[NDArray[Any]]:
        """Read several arrays of numbers or texts; see `load`."""
        later = tuple(name for name in names if self._is_later("array", name))
        if later:
            n_bytes = sum(self.headers[name].n_bytes for name in later)
            refuse_beyond_memory(self._path, "What is chosen", (len(later),), n_bytes)
            self._take(later)
        return [self.load(name) for name in names]

    def find(self, name: str) -> NDArray[Any] | None:
        """Read an array of numbers or texts, if there is one of that name, or such an attribute.

        Attributes of ``spikes`` have names like ``spikes@bin_width``; those of the file itself have
        a name of their own.
        """
        is_there = name in self.arrays or (
            self._is_later("array", name) and not self.headers[name].dtype.hasobject
        )
        if is_there:
            return self.load(name)
        return self.load(f"@{name}") if f"@{name}" in self.arrays else None

    def load_trains(self, name: str) -> Trains:
        """Read the spike times of cells; units of the same structure are their labels.

        Raises
        ------
        RecordingError
            If cells hold other things.
        """
        times, lengths = self._place("times", name), self._place("lengths", name)
        return Trains(times, lengths, texts(self.find(f"{parent_of(name)}.UID")))

    def _unfit(self, name: str) -> RecordingError:
        if (refused := f"refused/{name}") in self._places:
            why = json.loads(str(self._places[refused].load(refused)))
            return RecordingError(
                f"{name} in {self._path} is not read.",
                expected=why["expected"],
                got=why["got"],
                hint=why["hint"],
            )
        return RecordingError(
            f"{name} in {self._path} is neither an array of numbers nor spike times.",
            expected="an array, or a cell array with a vector of spike times per neuron",
            got=f"{self.headers[name]} of other things",
            hint="`array` chooses another; or save an array: save('spikes.mat', 'spikes')",
        )


@contextmanager
def parsed(path: Path, parser: Parser) -> Iterator[Variables]:
    """Parse a file in a separate process.

    Parameters
    ----------
    path
        The file or folder.
    parser
        What parses it: `MATLAB_PARSER` for files of version 4 to 7, `HDF5_PARSER` for later ones,
        or `ZARR_PARSER`.

    Yields
    ------
    Variables
        What it holds, until the end of the block.

    Raises
    ------
    RecordingError
        If it cannot be parsed, or crashes the process that tries.
    """
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        variables = Variables(path, parser, Path(folder))
        try:
            yield variables
        finally:
            variables.close()
