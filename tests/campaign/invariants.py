"""What has to hold after a round, read without the package's own classes: SQL, bytes, files.

- Every job that the service accepted is in the store, under its tag.
- No request was submitted twice, unless the first job had ended without a result.
- The stored bits are those that the service drew, and rasters are made of them.
- What was in the store before is still there, and stored bits are the same bytes.
- No half-written file has the name of a whole one, and none is left behind.
- Weights and rasters are those of a round in which nothing went wrong, bit for bit.
- The database is sound.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.campaign.stored_files import digest, leftovers, raster_of, stored_bits, why_broken

Row = dict[str, Any]

_COLUMNS = ("id", "tag", "state", "provider_id", "bits_sha256", "kind", "request", "run")
_WITHOUT_RESULT = {"failed", "cancelled", "lost", "abandoned"}


@dataclass(frozen=True)
class Served:
    """A job as the service's own log has it."""

    id: str
    tags: tuple[str, ...]
    state: str
    bits: Sequence[np.ndarray]


@dataclass
class Evidence:
    """What a round has left.

    Parameters
    ----------
    home
        The folder of the user.
    database
        URL of a PostgreSQL database, or None for the SQLite file in the home.
    served
        Jobs that the service accepted in this round, and would charge.
    before
        Rows of the store, and SHA-256 of stored bits by job, before the fault.
    expected
        SHA-256 of the content of files by their pattern, from an undisturbed round.
    forgets
        Whether records were deleted on purpose.
    lied
        Whether the service named jobs that do not exist, or states that were not true.
    """

    home: Path
    database: str | None
    served: list[Served]
    before: tuple[list[Row], dict[str, str]] = field(default_factory=lambda: ([], {}))
    expected: Mapping[str, list[str]] = field(default_factory=dict)
    forgets: bool = False
    lied: bool = False


def check(evidence: Evidence) -> list[str]:
    """Return what does not hold, in words; nothing if all is well."""
    try:
        rows = read_rows(evidence.home, evidence.database)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it is a violation
        return [f"the database cannot be read: {error!r}"]
    found = [*_sound(evidence), *_files(evidence.home), *_outputs(evidence)]
    found += _before(evidence, rows)
    if not evidence.forgets:
        found += [*_known(evidence, rows), *_once(evidence, rows)]
    return [*found, *_unaltered(evidence, rows)]


def read_rows(home: Path, database: str | None) -> list[Row]:
    """Return the records of all jobs."""
    query = f"SELECT {', '.join(_COLUMNS)} FROM jobs"  # noqa: S608  # names of our own
    if database is None:
        path = home / "jobs.sqlite"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
                return []
            return [dict(zip(_COLUMNS, row, strict=True)) for row in connection.execute(query)]
    import psycopg

    with psycopg.connect(database) as connection:
        found = connection.execute(query.encode()).fetchall()
        return [dict(zip(_COLUMNS, row, strict=True)) for row in found]


def bits_before(home: Path) -> dict[str, str]:
    """Return the SHA-256 of all stored bits by job."""
    return {
        path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.glob("jobs/*/bits.npz")
    }


def _sound(evidence: Evidence) -> list[str]:
    path = evidence.home / "jobs.sqlite"
    if evidence.database is not None or not path.exists():
        return []
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    return [] if found == [("ok",)] and not broken else [f"database damaged: {found} {broken}"]


def _known(evidence: Evidence, rows: list[Row]) -> list[str]:
    tags = {row["tag"] for row in rows}
    found = [
        f"LOST: the store does not know job {job.id} of the service, {job.state}"
        for job in evidence.served
        if not tags & set(job.tags)
    ]
    linked = {row["provider_id"]: row for row in rows}
    by_tag = {row["tag"]: row for row in rows}
    for job in evidence.served:
        row = linked.get(job.id) or next((by_tag[tag] for tag in job.tags if tag in by_tag), None)
        if row is None or evidence.lied:
            continue
        if job.state == "Completed" and row["state"] != "retrieved":
            found.append(f"LOST: job {job.id} is completed and here {row['state']}")
        if row["provider_id"] != job.id:
            found.append(f"LOST: job {job.id} is linked to {row['provider_id']}")
    return found


def _once(evidence: Evidence, rows: list[Row]) -> list[str]:
    tags = Counter(tag for job in evidence.served for tag in job.tags)
    found = [f"TWICE: {tag} was submitted {n} times" for tag, n in tags.items() if n > 1]
    state = {row["tag"]: row["state"] for row in rows}
    good = [
        job.id
        for job in evidence.served
        if not any(state.get(tag) in _WITHOUT_RESULT for tag in job.tags)
    ]
    return found + ([f"TWICE: one raster was paid for by jobs {good}"] if len(good) > 1 else [])


def _unaltered(evidence: Evidence, rows: list[Row]) -> list[str]:
    found, served = [], {job.id: job for job in evidence.served}
    paths = evidence.home.glob("runs/*/rasters/*ibm*.npz")
    rasters = [raster_of(path) for path in paths if why_broken(path) is None]
    made = []
    for row in rows:
        path = evidence.home / "jobs" / str(row["id"]) / "bits.npz"
        if row["state"] != "retrieved":
            continue
        if not path.exists():
            found.append(f"LOST: job {row['id']} is retrieved and has no bits")
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() != row["bits_sha256"]:
            found.append(f"ALTERED: the bits of job {row['id']} are not those of the record")
        job = served.get(str(row["provider_id"]))
        if job is None:
            continue
        ours = stored_bits(path)
        same = len(ours) == len(job.bits) and all(map(np.array_equal, ours, job.bits))
        if not same:
            found.append(f"ALTERED: the bits of job {row['id']} are not those that were drawn")
        layout = evidence.home / "jobs" / str(row["id"]) / "layout.json"
        try:
            made.append(decoded(layout, job.bits))
        except (OSError, ValueError, KeyError) as error:
            found.append(f"ALTERED: {layout.relative_to(evidence.home)}: {error!r}")
    strange = [one for one in rasters if not any(np.array_equal(one, other) for other in made)]
    if made and strange:
        found.append("ALTERED: a raster is not what the service drew")
    return found


def decoded(layout: Path, bits: Sequence[np.ndarray]) -> np.ndarray:
    """Put bits at their neurons and bins: no more than the rasters of the campaign need."""
    about = json.loads(layout.read_text())["layout"]
    spikes = np.zeros((len(bits[0]), about["n_bins"], about["n_neurons"]), bool)
    for page, measured in zip(about["pages"], bits, strict=True):
        column = 0
        for tile in page["tiles"]:
            (of_bin,) = tile["bins"]
            for neuron in tile["neurons"]:
                spikes[:, of_bin, neuron] = measured[:, column]
                column += 1
    return spikes


def _before(evidence: Evidence, rows: list[Row]) -> list[str]:
    rows_before, bits = evidence.before
    now = {row["id"]: row for row in rows}
    found = []
    for row in rows_before:
        kept = now.get(row["id"])
        if kept is None and not evidence.forgets:
            found.append(f"LOST: the record of job {row['id']}, {row['state']}, is gone")
        if kept is not None and row["bits_sha256"] and kept["bits_sha256"] != row["bits_sha256"]:
            found.append(f"ALTERED: the record of job {row['id']} names other bits")
    now_bits = bits_before(evidence.home)
    for job, sha256 in bits.items():
        if now_bits.get(job, sha256) != sha256:
            found.append(f"ALTERED: the bits of job {job} were replaced")
        if job in now and job not in now_bits:
            found.append(f"LOST: the bits of job {job} are gone")
    return found


def _files(home: Path) -> list[str]:
    whole = [path for path in home.rglob("*") if path.is_file()]
    found = [
        f"HALF: {path.relative_to(home)}: {why}" for path in whole if (why := why_broken(path))
    ]
    left = [str(path.relative_to(home)) for path in leftovers(home)]
    return found + ([f"LEFT: {', '.join(left)}"] if left else [])


def _outputs(evidence: Evidence) -> list[str]:
    return [
        f"ALTERED: {pattern} is not what an undisturbed round makes"
        for pattern, expected in evidence.expected.items()
        if digest(evidence.home, pattern) != expected
    ]
