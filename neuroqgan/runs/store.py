"""All runs of a user: finding, making, listing and removing their folders."""

from __future__ import annotations

import difflib
import shutil
import sys
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroqgan.checks import plural
from neuroqgan.errors import (
    ConfigError,
    RunExistsError,
    RunNotFoundError,
    StorageError,
)
from neuroqgan.home import home
from neuroqgan.private_files import file_mode, make_private_folder
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.folder_lock import locked_folder

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterator
    from pathlib import Path

# No run's name begins with a dot.
_REMOVED, _BEGUN = ".removed-", ".new-"
# What a killed process may have left before anything was trained.
_HARMLESS = (".lock", "provenance.json")
# Seconds after which the folder of a run that was never finished is taken for abandoned.
_ABANDONED = 60.0
# Windows renames no folder in which a file is open, and a lock is one.
_LOCKS_PIN_FOLDERS: bool = sys.platform == "win32"
# What Windows takes for devices, whatever follows a dot.
_DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{kind}{n}" for kind in ("COM", "LPT") for n in range(10)),
}


class RunStore:
    """Runs below one folder, ``runs`` in the user's `home` by default.

    A run appears whole and disappears whole: it is made, and deleted, under another name.

    Parameters
    ----------
    root
        The folder.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root if root is not None else home() / "runs"

    def list(self) -> list[RunFolder]:
        """Return all runs by name."""
        if not self.root.is_dir():
            return []
        folders = (RunFolder(path) for path in sorted(self.root.iterdir()) if path.is_dir())
        return [one for one in folders if not one.name.startswith(".") and one.is_run]

    def find(self, name: str) -> RunFolder | None:
        """Return the run of that name, or None."""
        folder = RunFolder(self.root / name)
        is_child = folder.path.parent == self.root and not name.startswith(".") and name != ""
        return folder if is_child and folder.is_run else None

    def similar(self, name: str) -> str | None:
        """Return the run whose name is spelt most like another, if any is."""
        found = difflib.get_close_matches(name, [run.name for run in self.list()], n=1)
        return found[0] if found else None

    def get(self, name: str) -> RunFolder:
        """Return the run of that name.

        Raises
        ------
        RunNotFoundError
            If there is none.
        StorageError
            If its folder may not be read.
        """
        folder = self.find(name)
        if folder is None:
            raise RunNotFoundError(
                f"There is no run {name!r}.",
                expected=f"one of {plural(len(self.list()), 'run')} in {self.root}",
                got=repr(name),
                hint=self.similar(name) or "neuroqgan runs list",
            )
        folder.check_readable()
        return folder

    def check_free(self, name: str) -> RunFolder:
        """Return the folder that a new run of that name will have.

        Raises
        ------
        RunExistsError
            If there is such a run, or files of something else lie in its folder.
        ConfigError
            If a folder cannot have that name on every system.
        """
        if self.find(name) is not None:
            raise RunExistsError(
                f"A run {name!r} exists already.",
                expected="an unused name",
                got=repr(name),
                hint=f"`name = {name}-2`, `resume = True`, or neuroqgan runs remove {name}",
            )
        if name.partition(".")[0].upper() in _DEVICES or name.endswith("."):
            raise ConfigError(
                f"A run cannot be called {name!r}.",
                expected="a name that folders can have on every system",
                got="one that Windows takes for a device, or that ends with a dot",
                hint=f"`name = run-{name.rstrip('.')}`",
            )
        folder = RunFolder(self.root / name)
        left = _left_in(folder.path)
        if left:
            raise RunExistsError(
                f"The folder {folder.path} is not a run, and is not empty.",
                expected="a name whose folder does not exist or is empty",
                got=f"files such as {left[0]}, left over from something else",
                hint=f"another `name`, or move the folder away: mv {folder.path} ELSEWHERE",
            )
        return folder

    def create(self, name: str) -> RunFolder:
        """Make the folder of a new run.

        Raises
        ------
        RunExistsError
            If a run of that name exists, or files of something else lie in its folder.
        StorageError
            If the folder cannot be made.
        """
        folder = self.check_free(name)
        self._make(folder.path)
        return folder

    @contextmanager
    def staged(self, name: str) -> Iterator[RunFolder]:
        """Make a new run out of sight: it gets its name, whole, when the block ends well.

        Whatever the block raises, and whenever the process dies, no run of that name is there.

        Yields
        ------
        RunFolder
            Where to write.

        Raises
        ------
        RunExistsError
            If a run of that name exists, or comes to exist meanwhile.
        StorageError
            If the folder cannot be made.
        """
        folder = self.check_free(name)
        self.sweep()
        draft = RunFolder(self.root / f"{_BEGUN}{name}-{uuid.uuid4().hex[:12]}")
        self._make(draft.path)
        try:
            with self.locked(draft):
                yield draft
            with self._naming():
                # A rename would stumble over what is left there, which is harmless.
                shutil.rmtree(self.check_free(name).path, ignore_errors=True)
                draft.path.rename(folder.path)
        except OSError as error:
            shutil.rmtree(draft.path, ignore_errors=True)
            raise _unmakeable(folder.path, error) from error
        except BaseException:
            shutil.rmtree(draft.path, ignore_errors=True)
            raise

    def remove(self, name: str) -> RunFolder:
        """Delete a run and everything in its folder.

        Raises
        ------
        RunNotFoundError
            If there is none of that name.
        StorageError
            If it cannot be deleted, or is being trained.
        """
        folder = self.get(name)
        # Half a run must not pass for a whole one, so its name goes first, and at once.
        aside = self.root / f"{_REMOVED}{name}-{uuid.uuid4().hex[:12]}"
        with self._unwatched(folder):
            try:
                folder.path.rename(aside)
            except OSError as error:
                raise StorageError(
                    f"The run {name} cannot be removed.",
                    expected="a folder that may be deleted",
                    got=error.strerror or str(error),
                    hint=f"check who may write to {self.root}",
                ) from error
        try:
            shutil.rmtree(aside)
        except OSError as error:
            raise StorageError(
                f"The run {name} is gone, but not all of its files could be deleted.",
                expected="a folder that may be deleted",
                got=error.strerror or str(error),
                hint=f"delete what is left in {aside}",
            ) from error
        self.sweep()
        return folder

    def sweep(self) -> None:
        """Delete what killed processes left of runs that were being made or removed."""
        for path in self.leftovers():
            shutil.rmtree(path, ignore_errors=True)

    def leftovers(self) -> builtins.list[Path]:
        """Return what killed processes left of runs that were being made or removed."""
        if not self.root.is_dir():
            return []
        return [
            path
            for path in sorted(self.root.iterdir())
            if path.name.startswith(_REMOVED)
            or (path.name.startswith(_BEGUN) and self._is_abandoned(RunFolder(path)))
        ]

    def _is_abandoned(self, draft: RunFolder) -> bool:
        try:
            if time.time() - draft.path.stat().st_mtime < _ABANDONED:
                return False
            with self.locked(draft):
                return True
        except (OSError, StorageError):
            return False

    @contextmanager
    def locked(self, folder: RunFolder) -> Iterator[None]:
        """Hold a run's lock, so that no two processes write to one run.

        Raises
        ------
        LockedError
            If another process holds it.
        StorageError
            If the folder cannot be written.
        """
        with locked_folder(
            folder.lock_path,
            f"working on the run {folder.name}",
            expected="one process per run",
            hint="wait for it, or use another `name`",
        ):
            yield

    @contextmanager
    def _unwatched(self, folder: RunFolder) -> Iterator[None]:
        """Make sure that nobody works on a run, whose folder may then be renamed."""
        with self.locked(folder):
            if not _LOCKS_PIN_FOLDERS:
                yield
                return
        yield

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Let one process at a time give a new run its name, which takes no time."""
        from filelock import FileLock

        with FileLock(self.root / ".lock", mode=file_mode()):
            yield

    def _make(self, path: Path) -> None:
        try:
            make_private_folder(path)
        except OSError as error:
            raise _unmakeable(path, error) from error


def _left_in(path: Path) -> list[str]:
    """Return the files in a folder that something else than a start of a training has left."""
    if not path.exists():
        return []
    if not path.is_dir():
        return [path.name]
    names = sorted(inner.name for inner in path.iterdir())
    weights = any(name not in _HARMLESS and not name.endswith(".part") for name in names)
    return [name for name in names if name not in _HARMLESS] if weights else []


def _unmakeable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The folder {path} cannot be made.",
        expected="a writable folder",
        got=error.strerror or str(error),
        hint="set NEUROQGAN_HOME to a folder that you can write to",
    )
