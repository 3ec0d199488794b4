"""A process of its own for a parser, so that a damaged file can crash nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from neuroqgan.data.untrusted.memory import available_bytes
from neuroqgan.data.untrusted.parsing import UNREADABLE
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

# Address space in bytes that Python, NumPy and the parser take before they read anything.
_OVERHEAD = 2**30

# Of processor time. Damaged files send libraries in circles for ever; the largest array that is
# read by default, of 8 GB, takes less to unpack.
_SECONDS, _BYTES_PER_SECOND = 120, 1_000_000

# Exit codes of processes that Windows has ended; there are no signals there.
_WINDOWS_CRASHES, _WINDOWS_CTRL_C = 0x8000_0000, 0xC000_013A


def parse_apart(
    child: str, kind: str, path: Path, target: Path, *more: str, seconds: int | None = None
) -> None:
    """Parse a file in a separate process, which writes plain arrays to an archive.

    Parameters
    ----------
    child
        The module to run; see `neuroqgan.data.untrusted.parsing.answer` for its arguments.
    kind
        What the file should be, with its article, for messages.
    path
        The file.
    target
        The archive that the child writes.
    more
        What is wanted of the file.
    seconds
        How much processor time the parser may take; by default two minutes, and a second more for
        every megabyte of the file.

    Raises
    ------
    RecordingError
        If the file cannot be parsed, crashes the process that tries, or keeps it for ever.
    """
    memory = available_bytes() + _OVERHEAD
    seconds = _seconds_for(path) if seconds is None else seconds
    limits = (str(memory), str(seconds))
    code, said = run_child(child, [str(path.absolute()), str(target), *limits, *more])
    if code == 0:
        return
    if code in (-signal.SIGINT, _WINDOWS_CTRL_C):
        raise KeyboardInterrupt
    if code != UNREADABLE and 0 < code < _WINDOWS_CRASHES:
        raise RuntimeError(f"the reader of {path.name} failed: {said[-2000:]}")
    crash = (
        f"its parser was not done after {seconds:,} s of processor time"
        if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU
        else f"the parser was ended by {_ending(code)}"
    )
    raise RecordingError(
        f"{path} cannot be read; it may be damaged or incomplete.",
        expected=f"{kind}, complete",
        got=said if code == UNREADABLE else crash,
        hint="copy or export the file again, or check that its suffix is right",
    )


def run_child(child: str, arguments: list[str]) -> tuple[int, str]:
    """Run a module in a process of its own.

    Parameters
    ----------
    child
        The module.
    arguments
        Of the process.

    Returns
    -------
    code
        The exit code; negative for a signal.
    said
        What it wrote to its standard error.
    """
    # -P: a file `scipy.py` in the current folder is not SciPy.
    ended = subprocess.run(  # noqa: S603  # Python itself, and paths
        [sys.executable, "-P", "-m", child, *arguments],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    return ended.returncode, ended.stderr.decode("utf-8", errors="replace").strip()


def _seconds_for(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    n_bytes = 0
    for file in files:
        with suppress(OSError):  # of what is gone by now, the parser complains
            n_bytes += file.stat().st_size
    return _SECONDS + n_bytes // _BYTES_PER_SECOND


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
