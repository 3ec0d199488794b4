"""One input read, and whether that went as it should."""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.fuzz import forked
from tests.fuzz.folders import unpack
from tests.fuzz.guards import guarded
from tests.fuzz.target import Fault, Target

_PACKAGE = f"{os.sep}neuroqgan{os.sep}"


class Judge:
    """Reads inputs of a target, one after another, and finds faults.

    Parameters
    ----------
    target
        What reads them.
    scratch
        An empty folder: where inputs are written, and the only place where the reader may write.
    """

    def __init__(self, target: Target, scratch: Path) -> None:
        self.target = target
        self._folder = scratch / "given"
        self._scratch = scratch
        self._folder.mkdir()
        (scratch / "tmp").mkdir()
        tempfile.tempdir = str(scratch / "tmp")
        # A quarter of what a target may take, so that no copies are overlooked.
        os.environ["NEUROQGAN_MEMORY_LIMIT"] = f"{target.memory / 4e9}"
        self.was_accepted = False
        """Whether the last input was read without complaint."""
        self.said = ""
        """What the last input was refused with, or read as."""
        self._most = forked.peak() + target.memory

    def __call__(self, data: bytes) -> Fault | None:
        """Read an input; returns the fault, if there is one."""
        from neuroqgan.errors import NeuroqganError

        path = self._folder / f"input{self.target.suffix}"
        self._write(path, data)
        before, fault = forked.seconds(), None
        self.was_accepted = False
        with (
            _foreign_warnings() as warned,
            guarded(self._scratch, executes=self.target.executes) as escapes,
        ):
            try:
                self.said = repr(self.target.run(path))
                self.was_accepted = True
            except NeuroqganError as error:
                self.said = str(error)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001  # the point of it all
                text = "".join(traceback.format_exception(error))
                fault = Fault(type(error).__name__, _place(error.__traceback__), text)
        return fault or self._other(warned, escapes, forked.seconds() - before)

    def _write(self, path: Path, data: bytes) -> None:
        if self.target.folder:
            shutil.rmtree(path, ignore_errors=True)
            unpack(data, path)
        else:
            path.write_bytes(data)

    def _other(self, warned: list[Fault], escapes: list[str], seconds: float) -> Fault | None:
        if escapes:
            return Fault("escape", escapes[0].partition(" ")[0], "\n".join(escapes))
        if warned:
            return warned[0]
        peak = forked.peak()
        if peak > self._most:
            text = f"{(peak - self._most + self.target.memory) / 1e9:.2f} GB more than before"
            self._most = peak + self.target.memory
            return Fault("memory", self.target.name, text)
        if seconds > self.target.seconds:
            return Fault("slow", self.target.name, f"{seconds:.1f} s of processor time")
        return None


@contextmanager
def _foreign_warnings() -> Iterator[list[Fault]]:
    """Note warnings that a user could do nothing about: all but those of the package itself."""
    found: list[Fault] = []

    def note(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        if not category.__module__.startswith("neuroqgan"):
            frames = traceback.extract_stack()[:-1]
            text = "".join(traceback.format_list(frames[-12:]))
            text += f"{category.__name__}: {message}"
            found.append(Fault("warning", _innermost(frames), text))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        yield found


def _place(trace: TracebackType | None) -> str:
    """Return the innermost line of the package, or of anything if it has no part in it."""
    return _innermost(traceback.extract_tb(trace))


def _innermost(frames: traceback.StackSummary) -> str:
    own = [frame for frame in frames if _PACKAGE in frame.filename] or frames
    last = own[-1]
    return f"{_shortened(last.filename)}:{last.lineno} {last.name}"


def _shortened(filename: str) -> str:
    for mark in (_PACKAGE, f"{os.sep}site-packages{os.sep}"):
        if mark in filename:
            return filename.rpartition(mark)[2]
    return Path(filename).name
