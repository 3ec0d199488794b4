"""The folder of runs and jobs: whether it can be written, whether locks work, and where it lies."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.doctor.finding import Finding, Scope, ok, problem, warning
from neuroqgan.doctor.job_store import existing_parent
from neuroqgan.errors import ConfigError
from neuroqgan.file_systems import file_system
from neuroqgan.home import ENVIRONMENT_VARIABLE, home

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYNCED = ("Dropbox", "OneDrive", "Google Drive", "GoogleDrive", "iCloud Drive", "Mobile Documents")
_SECONDS = 60.0

# What another process says of a lock that this one holds.
_TRY_LOCK = """
import sys
from filelock import FileLock, Timeout
try:
    FileLock(sys.argv[1], timeout=0).acquire()
except Timeout:
    print("held")
else:
    print("free")
"""


def check_folder(_: Scope) -> Iterator[Finding]:
    """Look whether the folder can be written, and what kind of file system it is on."""
    folder = existing_parent(home())
    try:
        with tempfile.TemporaryDirectory(prefix=".neuroqgan-", dir=folder) as inner:
            (Path(inner) / "written").write_bytes(b"x")
    except OSError as error:
        yield problem(
            f"{home()} cannot be written: {error.strerror or error}",
            f"set {ENVIRONMENT_VARIABLE} to a folder that you can write to",
        )
        return
    try:
        found = file_system(folder)
    except ConfigError as error:
        yield problem(error.problem, error.hint)
        return
    if found.is_bucket:
        yield problem(
            f"{home()} is on an object store that is shown as folders ({found}), where no lock "
            "works and jobs cannot be kept",
            f"set {ENVIRONMENT_VARIABLE} to a disk",
        )
    elif found.is_network:
        yield warning(
            f"{home()} is on a network file system ({found}), so processes of all machines take "
            "turns with the job database",
            f"nothing has to be done; {ENVIRONMENT_VARIABLE} on a local disk, or "
            "NEUROQGAN_DATABASE_URL with a PostgreSQL database, is faster",
        )
    elif synced := [part for part in home().parts if part.startswith(_SYNCED)]:
        yield warning(
            f"{home()} is synchronised by {synced[0]}, which may copy a job store while it changes",
            f"set {ENVIRONMENT_VARIABLE} to a folder that is not synchronised",
        )
    else:
        yield ok(f"{home()} can be written" + (f" ({found})" if found.kind else ""))


def check_locks(_: Scope) -> Iterator[Finding]:
    """Look whether a lock that this process holds is seen by another one."""
    from filelock import FileLock

    try:
        with tempfile.TemporaryDirectory(
            prefix=".neuroqgan-", dir=existing_parent(home()), ignore_cleanup_errors=True
        ) as inner:
            path = str(Path(inner) / "lock")
            with FileLock(path, timeout=0):
                seen = subprocess.run(  # noqa: S603  # our own few lines
                    [sys.executable, "-c", _TRY_LOCK, path],
                    capture_output=True,
                    text=True,
                    timeout=_SECONDS,
                    check=False,
                ).stdout.strip()
    except (OSError, NotImplementedError, subprocess.TimeoutExpired) as error:
        yield problem(
            f"files in {home()} cannot be locked: {error}",
            f"set {ENVIRONMENT_VARIABLE} to a local disk",
        )
        return
    if seen == "held":
        yield ok("locks of files work between processes")
    else:
        yield problem(
            "a lock that one process holds is not seen by another, so two could write to one run",
            f"set {ENVIRONMENT_VARIABLE} to a local disk",
        )
