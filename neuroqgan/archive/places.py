"""Everything that a store consists of: where its jobs, payloads, runs and campaigns are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neuroqgan.home import home
from neuroqgan.jobs.database_urls import database_url, shown
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL

RUNS = "runs"
FOLDERS = (RUNS, "campaigns", "sweeps")
"""Folders of the home whose content belongs to a store. Downloads do not."""

ASIDE = "quarantine"
"""Folder of the home for what a repair has set aside, and for what an import could not merge."""

PART = ".part"
"""How the names of files end that are being written."""


@dataclass(frozen=True)
class StorePlaces:
    """Where the parts of a store are; without arguments, those that all commands use.

    Parameters
    ----------
    database
        URL of the records of jobs.
    payloads
        Circuits, angles and bits of jobs.
    root
        Folder that holds runs, campaigns and sweeps.
    """

    database: URL = field(default_factory=database_url)
    payloads: PayloadStore = field(default_factory=PayloadStore)
    root: Path = field(default_factory=home)

    @property
    def quarantine(self) -> Path:
        """Folder for what was set aside."""
        return self.root / ASIDE

    @property
    def runs(self) -> RunStore:
        """The runs."""
        return RunStore(self.root / RUNS)

    @property
    def database_name(self) -> str:
        """The database as people may see it: without a password."""
        return shown(self.database)

    def entries(self) -> list[Path]:
        """Return the folders of all runs, campaigns and sweeps, hidden ones left out."""
        found = []
        for name in FOLDERS:
            folder = self.root / name
            if folder.is_dir():
                found += [path for path in sorted(folder.iterdir()) if not is_hidden(path.name)]
        return found


def is_hidden(name: str) -> bool:
    """Return whether a file belongs to no store: locks, parts, and runs that are being removed.

    Examples
    --------
    >>> is_hidden(".lock"), is_hidden("bits.npz.3f2a.part"), is_hidden("config.toml")
    (True, True, False)
    """
    return name.startswith(".") or name.endswith(PART)


def walk(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder, sorted, and links as they are; nothing is followed.

    Parameters
    ----------
    folder
        A folder; a file is yielded itself.

    Raises
    ------
    OSError
        If a folder cannot be read.
    """
    if not folder.is_dir():
        yield folder
        return
    for top, folders, files in os.walk(folder, onerror=_raise):
        folders.sort()
        path = folder / os.path.relpath(top, folder)
        links = [name for name in folders if (path / name).is_symlink()]
        yield from (path / name for name in sorted(files + links))


def _raise(error: OSError) -> None:
    raise error
