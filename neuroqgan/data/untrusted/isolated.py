"""MATLAB files, parsed in a separate process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.times.trains import Trains, texts
from neuroqgan.data.untrusted.archive import Archive, Header
from neuroqgan.data.untrusted.memory import available_bytes
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CHILD = "neuroqgan.data.untrusted.matlab_child"

# The exit code by which the child says that the file could not be parsed.
UNREADABLE = 3

# Address space in bytes that Python, NumPy and SciPy take before they read anything.
_OVERHEAD = 2**30

# Exit codes of processes that Windows has ended; there are no signals there.
_WINDOWS_CRASHES, _WINDOWS_CTRL_C = 0x8000_0000, 0xC000_013A


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
        _parse(path, target)
        with target.open("rb") as handle:
            yield Variables(path, Archive(path, handle))


def _parse(path: Path, target: Path) -> None:
    memory = str(available_bytes() + _OVERHEAD)
    # -P: a file `scipy.py` in the current folder is not SciPy.
    command = [sys.executable, "-P", "-m", CHILD]
    ended = subprocess.run(  # noqa: S603  # Python itself, and paths
        [*command, str(path.absolute()), str(target), memory],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    said = ended.stderr.decode("utf-8", errors="replace").strip()
    if ended.returncode == 0:
        return
    if ended.returncode in (-signal.SIGINT, _WINDOWS_CTRL_C):
        raise KeyboardInterrupt
    if ended.returncode != UNREADABLE and 0 < ended.returncode < _WINDOWS_CRASHES:
        raise RuntimeError(f"the reader of MATLAB files failed: {said[-2000:]}")
    crash = f"the parser was ended by {_ending(ended.returncode)}"
    raise RecordingError(
        f"{path} cannot be read; it may be damaged or incomplete.",
        expected="a MATLAB file, complete",
        got=said if ended.returncode == UNREADABLE else crash,
        hint="copy or export the file again, or check that its suffix is right",
    )


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"Windows, status {code:#x}"


def _environment() -> dict[str, str]:
    """Return an environment in which the child imports what this process would."""
    found = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109  # a text, as the others
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    # Every thread would take address space, and the child computes nothing.
    return kept | {
        "PYTHONPATH": os.pathsep.join(found),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
