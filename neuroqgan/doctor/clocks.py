"""The clock of this machine: leases of jobs and certificates of services depend on it."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.doctor.finding import Finding, Scope, ok, problem, warning
from neuroqgan.doctor.job_store import existing_parent
from neuroqgan.home import home

if TYPE_CHECKING:
    from collections.abc import Iterator

# No version of neuroqgan is older.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(minutes=2)
_ADVICE = "set the clock, or switch its synchronisation on"


def check_clock(_: Scope) -> Iterator[Finding]:
    """Compare the clock with neuroqgan's age, the file system's clock, and the newest job."""
    now = datetime.now(UTC)
    if now < _EARLIEST:
        yield problem(f"it is {now:%Y-%m-%d} here, before neuroqgan was written", _ADVICE)
        return
    ahead = _ahead_of_files()
    if abs(ahead) > _TOLERANCE.total_seconds():
        yield warning(
            f"the file system of {home()} has another time: {abs(ahead):.0f} s "
            f"{'behind' if ahead > 0 else 'ahead'}",
            _ADVICE,
        )
    newest = _newest_job()
    if newest is not None and newest - now > _TOLERANCE:
        yield warning(
            f"the newest job was made in the future, on {newest:%Y-%m-%d %H:%M} UTC", _ADVICE
        )
    yield ok(f"{now:%Y-%m-%d %H:%M} UTC")


def _ahead_of_files() -> float:
    """Return by how many seconds the clock is ahead of that of the file system."""
    try:
        with tempfile.NamedTemporaryFile(dir=existing_parent(home())) as file:
            return time.time() - Path(file.name).stat().st_mtime
    except OSError:
        return 0.0


def _newest_job() -> datetime | None:
    path = home() / "jobs.sqlite"
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as database:
            found = database.execute("SELECT MAX(created) FROM jobs").fetchone()[0]
        return None if found is None else datetime.fromisoformat(found).replace(tzinfo=UTC)
    except (sqlite3.Error, ValueError, TypeError):
        # The check of the job store says what is wrong with it.
        return None
