"""A folder that behaves as a home folder on a network file system, for tests.

`network_mount` makes a real one: a file system in user space (FUSE) of the type ``fuse.sshfs``, on
which processes share no memory through files, so that SQLite's WAL fails. It needs root, /dev/fuse,
the library libfuse2 (``apt-get install libfuse2``) and the package mfusepy.

`network_folder` works everywhere: neuroqgan is told that the file system is shared, and SQLite
cannot make the file for shared memory.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neuroqgan.file_systems import ENVIRONMENT_VARIABLE, type_of

NETWORK = {ENVIRONMENT_VARIABLE: "network"}
"""Environment of processes that take every file system for one of several machines."""

_SECONDS = 20.0


def network_folder(folder: Path, monkeypatch: pytest.MonkeyPatch | None = None) -> dict[str, str]:
    """Make a folder in which WAL fails, and return the environment of processes that use it.

    Parameters
    ----------
    folder
        Made if it is not there; for ``NEUROQGAN_HOME``.
    monkeypatch
        Sets this environment here as well.
    """
    # A folder in the place of the file that processes share memory through.
    (folder / "jobs.sqlite-shm").mkdir(parents=True, exist_ok=True)
    environment = NETWORK | {"NEUROQGAN_HOME": str(folder)}
    for name, value in environment.items() if monkeypatch else ():
        monkeypatch.setenv(name, value)
    return environment


def why_no_mount() -> str:
    """Return what is missing for `network_mount`; empty if nothing is."""
    if not Path("/dev/fuse").exists() or os.geteuid() != 0:
        return "needs root and /dev/fuse"
    if importlib.util.find_spec("mfusepy") is None:
        return "needs the package mfusepy"
    if ctypes.util.find_library("fuse") is None:
        return "needs the library libfuse2"
    return ""


@contextmanager
def network_mount(behind: Path, at: Path) -> Iterator[Path]:
    """Show a folder at another place, as a network file system would.

    Parameters
    ----------
    behind
        Where the files really are; made if it is not there.
    at
        Where they are shown, until the block ends; made if it is not there.
    """
    behind.mkdir(parents=True, exist_ok=True)
    at.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.network_mount", str(behind), str(at)],
        cwd=Path(__file__).parents[1],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + _SECONDS
        while type_of(at) != "fuse.sshfs":
            if server.poll() is not None or time.monotonic() > end:
                server.kill()
                pytest.skip(f"nothing can be mounted here: {server.communicate()[1][-300:]}")
            time.sleep(0.05)
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=False, capture_output=True)
        try:
            server.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
        if server.stderr is not None:
            server.stderr.close()
        server.wait()


def _serve(behind: Path, at: Path) -> None:
    import mfusepy

    class Files(mfusepy.Operations):
        """Passes everything on to the folder behind."""

        use_ns = True

        def _real(self, path: str) -> str:
            return f"{behind}{path}"

        def getattr(self, path, fh=None):
            found = os.lstat(self._real(path))
            names = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size")
            times = ("st_atime", "st_mtime", "st_ctime")
            values = {name: getattr(found, name) for name in names}
            return values | {name: getattr(found, f"{name}_ns") for name in times}

        def readdir(self, path, fh):
            return [".", "..", *os.listdir(self._real(path))]  # noqa: PTH208

        def create(self, path, mode, fi=None):
            return os.open(self._real(path), os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)

        def open(self, path, flags):
            return os.open(self._real(path), flags & ~os.O_APPEND)

        def read(self, path, size, offset, fh):
            return os.pread(fh, size, offset)

        def write(self, path, data, offset, fh):
            return os.pwrite(fh, data, offset)

        def truncate(self, path, length, fh=None):
            os.truncate(self._real(path), length)

        def fsync(self, path, datasync, fh):
            os.fsync(fh)

        def release(self, path, fh):
            os.close(fh)

        def unlink(self, path):
            os.unlink(self._real(path))  # noqa: PTH108

        def mkdir(self, path, mode):
            os.mkdir(self._real(path), mode)  # noqa: PTH102

        def rmdir(self, path):
            os.rmdir(self._real(path))  # noqa: PTH106

        def rename(self, old, new):
            os.rename(self._real(old), self._real(new))  # noqa: PTH104

        def symlink(self, target, source):
            os.symlink(source, self._real(target))  # noqa: PTH211

        def readlink(self, path):
            return os.readlink(self._real(path))  # noqa: PTH115

        def link(self, target, source):
            os.link(self._real(source), self._real(target))

        def chmod(self, path, mode):
            os.chmod(self._real(path), mode)  # noqa: PTH101

        def chown(self, path, uid, gid):
            os.chown(self._real(path), uid, gid)

        def utimens(self, path, times=None):
            os.utime(self._real(path), ns=times and (int(times[0]), int(times[1])))

        def statfs(self, path):
            found = os.statvfs(self._real(path))
            return {name: getattr(found, name) for name in dir(found) if name.startswith("f_")}

    mfusepy.FUSE(
        Files(),
        str(at),
        foreground=True,
        # What is read is never kept, so that no memory can be shared either.
        direct_io=True,
        subtype="sshfs",
        fsname="cluster:/home",
    )


if __name__ == "__main__":
    _serve(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
