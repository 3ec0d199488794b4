"""A lock that processes of several machines see: a file that only one of them can create.

Byte-range locks need a lock service, which many mounts of network file systems lack, or which works
for the processes of one machine only. To create a file that must not exist yet is atomic on the
server itself. The file says who holds the lock; its time says that the holder is still alive.

A holder that died is known at once on its own machine. Elsewhere its lock is removed after two
minutes in which the file did not change, by the steady clock of the process that waits, so that
clocks need not agree. Whoever removes a lock first creates a second file, named after the very
holding that is to end: of several that wait only one removes it, and never that of a later holder.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
import uuid
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from neuroqgan.errors import StorageError
from neuroqgan.jobs.owner import can_be_judged, in_words, is_living, myself
from neuroqgan.private_files import file_mode

if TYPE_CHECKING:
    from pathlib import Path

# Clients of NFS may show the time of a file as it was a minute ago.
LEASE = 120.0
_BEAT = 20.0
# Longer than a dead holder on another machine, and one that was removing it, can keep a lock.
PATIENCE = 300.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.25
_MOST_BYTES = 1000
_TRIES = 20
_HOLDER = re.compile(r"(?P<owner>[^ ]*:\d+:[^ :]*) (?P<holding>[0-9a-f]{32})", re.ASCII)


@cache
def lock_file(path: Path) -> LockFile:
    """Return the lock that a file stands for, the same one in all of this process.

    Parameters
    ----------
    path
        The file; its folder exists.
    """
    return LockFile(path)


class LockFile:
    """A lock of one process at a time, on any machine; one thread of it may take it repeatedly.

    Parameters
    ----------
    path
        The file that stands for the lock; its folder exists.
    patience
        Seconds after which waiting ends with an error.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._threads = threading.RLock()
        self._depth = 0
        self._text = ""
        self._beat: threading.Timer | None = None

    def acquire(self) -> None:
        """Take the lock, after whoever holds it.

        Raises
        ------
        StorageError
            If it is held for longer than one waits, or the folder cannot be written.
        """
        self._threads.acquire()
        try:
            if self._depth == 0:
                self._text = _new_text()
                self._wait()
                self._beat_later()
            self._depth += 1
        except BaseException:
            self._threads.release()
            raise

    def release(self) -> None:
        """Give the lock back; if somebody has taken it meanwhile, it stays theirs."""
        try:
            self._depth -= 1
            if self._depth == 0:
                if self._beat is not None:
                    self._beat.cancel()
                # Otherwise it will be seen that this process is gone, or works on something else.
                with suppress(OSError):
                    if _holder(self.path) == self._text:
                        _delete(self.path)
        finally:
            self._threads.release()

    @property
    def is_outermost(self) -> bool:
        """Whether this thread, which holds the lock, has taken it once."""
        return self._depth == 1

    def check(self) -> None:
        """Make sure that the lock is still held, before something is changed for good.

        Raises
        ------
        StorageError
            If another process took it: this one did not run for minutes.
        """
        try:
            found = _holder(self.path)
        except OSError:
            found = None
        if found != self._text:
            raise StorageError(
                "Another process took the lock of the job database.",
                expected=f"the lock that this process held, {self.path}",
                got="none" if found is None else _in_words(found),
                hint="repeat the command; nothing was changed",
            )

    def _wait(self) -> None:
        began, pause, watch = time.monotonic(), _FIRST_PAUSE, _Watch(self.path)
        while True:
            try:
                if _create(self.path, self._text):
                    return
                watch.look()
            except OSError as error:
                raise StorageError(
                    "The job database cannot be locked.",
                    expected="a folder in which files can be created and deleted",
                    got=f"{self.path}: {error.strerror or error}",
                    hint="check who may write there and its free space, or set NEUROQGAN_HOME",
                ) from error
            if time.monotonic() - began > self._patience:
                raise StorageError(
                    "The job database is locked.",
                    expected=f"its lock within {self._patience:.0f} s",
                    got=f"{self.path}, held by {_in_words(watch.holder)}",
                    hint="wait for that process, or end it; if it is gone, delete the file",
                )
            # Of many that wait, not all look at the same moment.
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            pause = min(1.5 * pause, _LONGEST_PAUSE)

    def _beat_later(self) -> None:
        self._beat = threading.Timer(_BEAT, self._show_life, [self._text])
        self._beat.daemon = True
        self._beat.start()

    def _show_life(self, text: str) -> None:
        if self._depth == 0 or text != self._text:
            return
        try:
            if _holder(self.path) == text:
                os.utime(self.path)
        except OSError:
            # The next sign may still come in time.
            pass
        self._beat_later()


class _Watch:
    """Looks at a lock that others hold, and removes it if its holder is dead."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: object = None
        self._since = 0.0
        self._claim: _Watch | None = None
        self.holder = ""

    def look(self) -> None:
        """Look once."""
        try:
            sign = (holder := _holder(self._path), self._path.stat().st_mtime_ns)
        except FileNotFoundError:
            return
        self.holder, now = holder, time.monotonic()
        if sign != self._seen:
            self._seen, self._since, self._claim = sign, now, None
        if _has_died(holder) or now - self._since > LEASE:
            self._remove(holder)

    def _remove(self, holder: str) -> None:
        found = _HOLDER.fullmatch(holder)
        claim = self._path.with_name(f"{self._path.name[:80]}.{found['holding'] if found else 0}")
        if not _create(claim, _new_text()):
            # Another process is removing it, or died of it.
            self._claim = self._claim or _Watch(claim)
            self._claim.look()
            return
        try:
            with suppress(FileNotFoundError):
                if _holder(self._path) == holder:
                    _delete(self._path)
        finally:
            _delete(claim)


def _new_text() -> str:
    return f"{myself()} {uuid.uuid4().hex}"


def _create(path: Path, text: str) -> bool:
    """Create a lock; return whether that was possible."""
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, file_mode())
    except FileExistsError:
        return False
    try:
        os.write(number, text.encode())
    finally:
        os.close(number)
    return True


def _holder(path: Path) -> str:
    """Return what a lock says of its holder; empty just after it was created."""
    with path.open("rb") as file:
        return file.read(_MOST_BYTES).decode(errors="replace")


def _delete(path: Path) -> None:
    for _ in range(_TRIES):
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            # On Windows, while another process reads it.
            time.sleep(_FIRST_PAUSE)
        else:
            return
    path.unlink(missing_ok=True)


def _has_died(holder: str) -> bool:
    """Whether a holder can be seen from here, and is gone."""
    found = _HOLDER.fullmatch(holder)
    return found is not None and can_be_judged(found["owner"]) and not is_living(found["owner"])


def _in_words(holder: str) -> str:
    found = _HOLDER.fullmatch(holder)
    return in_words(found["owner"]) if found else "an unknown process"
