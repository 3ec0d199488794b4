"""What killed processes leave: files that were being written, runs that were being removed."""

from __future__ import annotations

import shutil
import time
from functools import partial
from typing import TYPE_CHECKING

from neuroqgan.archive.faults import Fault, Repair
from neuroqgan.archive.places import FOLDERS, PART, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from neuroqgan.archive.store_view import StoreView
    from neuroqgan.jobs.payload_store import StoredFile

# Seconds after which nobody is writing a file any more.
_STALE = 3600.0


def check_leftovers(view: StoreView) -> Iterator[Fault]:
    """Look for files that were being written long ago, and runs that were being made or removed."""
    for files in view.files.values():
        for file in files.values():
            if file.name.endswith(PART) and _is_stale(file.modified):
                yield _payload_part(view, file)
    for path in view.places.runs.leftovers():
        act = partial(_removed, path)
        said = "a run that was being made or removed by a process that is gone"
        yield Fault("leftover", path.name, said, repair=Repair("delete it", act))
    for path in _parts(view.places.root):
        said = "a file that was being written by a process that is gone"
        repair = Repair("delete it", partial(_removed, path))
        yield Fault("part file", str(path.relative_to(view.places.root)), said, repair=repair)


def _payload_part(view: StoreView, file: StoredFile) -> Fault:
    payloads = view.places.payloads

    def act() -> str:
        payloads.remove(file.job, file.name)
        return "deleted"

    said = "a file that was being written by a process that is gone"
    return Fault("part file", f"{file.job[:8]}/{file.name}", said, repair=Repair("delete it", act))


def _parts(root: Path) -> Iterator[Path]:
    """Yield stale parts in the home, and in the folders that belong to a store."""
    if not root.is_dir():
        return
    found = [path for path in root.iterdir() if path.is_file()]
    for name in FOLDERS:
        folder = root / name
        for entry in folder.iterdir() if folder.is_dir() else ():
            # Whole folders are known as leftovers already.
            if not (entry.is_dir() and entry.name.startswith(".")):
                try:
                    found += list(walk(entry))
                except OSError:
                    # Reported as a folder that cannot be read.
                    continue
    for path in sorted(found):
        if path.name.endswith(PART) and not path.is_symlink():
            try:
                modified = path.stat().st_mtime
            except FileNotFoundError:
                continue
            if _is_stale(modified):
                yield path


def _is_stale(modified: float | None) -> bool:
    # A clock that was wrong may have been ahead.
    return modified is not None and abs(time.time() - modified) > _STALE


def _removed(path: Path) -> str:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    return "deleted"
