"""All runs of a user: finding, making, listing and removing their folders."""

from __future__ import annotations

import difflib
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroqgan.errors import RunExistsError, RunNotFoundError, StorageError
from neuroqgan.home import home
from neuroqgan.runs.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class RunStore:
    """Runs below one folder, ``runs`` in the user's `home` by default.

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
        return [folder for folder in folders if folder.config_path.exists()]

    def find(self, name: str) -> RunFolder | None:
        """Return the run of that name, or None."""
        folder = RunFolder(self.root / name)
        is_child = folder.path.parent == self.root and name not in {"", ".", ".."}
        return folder if is_child and folder.config_path.exists() else None

    def get(self, name: str) -> RunFolder:
        """Return the run of that name.

        Raises
        ------
        RunNotFoundError
            If there is none.
        """
        folder = self.find(name)
        if folder is None:
            names = [run.name for run in self.list()]
            similar = difflib.get_close_matches(name, names, n=1)
            raise RunNotFoundError(
                f"There is no run {name!r}.",
                expected=f"one of the {len(names)} runs in {self.root}",
                got=repr(name),
                hint=similar[0] if similar else "neuroqgan runs list",
            )
        return folder

    def create(self, name: str) -> RunFolder:
        """Make the folder of a new run.

        Raises
        ------
        RunExistsError
            If a run of that name exists.
        StorageError
            If the folder cannot be made.
        """
        if self.find(name) is not None:
            raise RunExistsError(
                f"A run {name!r} exists already.",
                expected="a name that is free",
                got=repr(name),
                hint=f"--name {name}-2, --resume to go on with it, or neuroqgan runs remove {name}",
            )
        folder = RunFolder(self.root / name)
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"The folder {folder.path} cannot be made.",
                expected="a writable folder",
                got=error.strerror or str(error),
                hint="set NEUROQGAN_HOME to a folder that you can write to",
            ) from error
        return folder

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
        with self.locked(folder):
            try:
                shutil.rmtree(folder.path)
            except OSError as error:
                raise StorageError(
                    f"The run {name} cannot be removed.",
                    expected="a folder that may be deleted",
                    got=error.strerror or str(error),
                ) from error
        return folder

    @contextmanager
    def locked(self, folder: RunFolder) -> Iterator[None]:
        """Hold a run's lock, so that no two processes write to one run.

        Raises
        ------
        StorageError
            If another process holds it, or the folder cannot be written.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(folder.lock_path, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise StorageError(
                f"Another process is working on the run {folder.name}.",
                expected="one process a run",
                got=f"a lock on {folder.path}",
                hint="wait for it, or use another --name",
            ) from error
        except OSError as error:
            raise StorageError(
                f"The folder {folder.path} cannot be written.",
                expected="a writable folder",
                got=error.strerror or str(error),
                hint="set NEUROQGAN_HOME to a folder that you can write to",
            ) from error
        try:
            yield
        finally:
            lock.release()
