"""MATLAB files, parsed in a separate process."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.times.trains import Trains, texts
from neuroqgan.data.untrusted.archive import Archive, Header
from neuroqgan.data.untrusted.child import parse_apart
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CHILD = "neuroqgan.data.untrusted.matlab_child"


class Variables:
    """What a MATLAB file holds: arrays, and cells of spike times.

    Parameters
    ----------
    path
        The file, for messages.
    archive
        What `neuroqgan.data.untrusted.matlab_child` wrote.
    """

    is_compressed = True

    def __init__(self, path: Path, archive: Archive) -> None:
        self._path = path
        self._archive = archive
        self.arrays: set[str] = set()
        self.cells: set[str] = set()
        self.headers: dict[str, Header] = {}
        for key, header in archive.headers.items():
            kind, _, name = key.partition("/")
            if kind == "array":
                self.arrays.add(name)
                self.headers[name] = header
            elif kind == "lengths":
                self.cells.add(name)
                self.headers[name] = Header(header.shape, np.dtype(object))
            elif kind == "other":
                self.headers[name] = Header(header.shape, np.dtype("V1"))

    def load(self, name: str) -> NDArray[Any]:
        """Read an array of numbers or texts.

        Raises
        ------
        RecordingError
            If it is neither, or does not fit into memory.
        """
        if name not in self.arrays:
            raise RecordingError(
                f"{name} in {self._path} is neither an array of numbers nor spike times.",
                expected="an array, or a cell array with a vector of spike times per neuron",
                got=f"{self.headers[name]} of other things",
                hint=("`array` chooses another; or save an array: save('spikes.mat', 'spikes')"),
            )
        return self._archive.load(f"array/{name}")

    def find(self, name: str) -> NDArray[Any] | None:
        """Read an array of numbers or texts, if there is one of that name."""
        return self.load(name) if name in self.arrays else None

    def load_trains(self, name: str) -> Trains:
        """Read the spike times of cells; units of the same structure are their labels."""
        times, lengths = (self._archive.load(f"{part}/{name}") for part in ("times", "lengths"))
        parent = name.rpartition(".")[0]
        labels = texts(self.find(f"{parent}.UID" if parent else "neuron_labels"))
        return Trains(times, lengths, labels)


@contextmanager
def parsed_matlab(path: Path) -> Iterator[Variables]:
    """Parse a file of version 4 to 7 in a separate process.

    Parameters
    ----------
    path
        The file.

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
        target = Path(folder) / "variables.npz"
        parse_apart(CHILD, "a MATLAB file", path, target)
        with target.open("rb") as handle:
            yield Variables(path, Archive(path, handle))
