"""Whether the database of jobs is whole, and which version it is of."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.archive.faults import Fault, Repair
from neuroqgan.archive.quarantine import quarantine_record
from neuroqgan.archive.store_view import shorten
from neuroqgan.jobs.database import connect
from neuroqgan.jobs.repairs import JobRepairs
from neuroqgan.jobs.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.archive.places import StorePlaces
    from neuroqgan.archive.store_view import StoreView
    from neuroqgan.jobs.unreadable import UnreadableRecord


def check_database(view: StoreView) -> Iterator[Fault]:
    """Look whether the database can be read, is whole, and is of this version."""
    places, known = view.places, view.jobs
    name = places.database_name
    if known.error is not None:
        yield Fault("database", name, shorten(known.error), known.error.hint)
        return
    if known.schema is not None and known.schema != SCHEMA:
        yield Fault(
            "schema",
            name,
            f"schema {known.schema}, of an earlier version of neuroqgan",
            repair=Repair(
                f"bring it to schema {SCHEMA}, after a copy of it was made",
                lambda: _upgraded(places),
            ),
        )
    if known.schema is not None and places.database.get_backend_name() == "sqlite":
        yield from _damage(name, Path(str(places.database.database)))


def check_records(view: StoreView) -> Iterator[Fault]:
    """Look for records that cannot be read."""
    for record in view.jobs.unreadable:
        yield Fault(
            "record",
            record.short_id,
            f"it cannot be read: {record.reason}",
            repair=Repair(
                "take its state from its history if that is all that is wrong, and set it aside "
                "otherwise",
                _repair_of(view.places, record),
            ),
        )


def _upgraded(places: StorePlaces) -> str:
    connect(places.database).dispose()
    return f"brought to schema {SCHEMA}"


def _damage(name: str, path: Path) -> Iterator[Fault]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute("PRAGMA integrity_check(3)").fetchall()
            rows += database.execute("PRAGMA foreign_key_check").fetchmany(3)
    except sqlite3.OperationalError:
        # A file that may not be written, in WAL mode, is read as a copy alone.
        return
    said = "; ".join(" ".join(map(str, row)) for row in rows if row != ("ok",))
    if said:
        yield Fault("database", name, f"damaged: {ascii(said)[:300]}", "restore it from a copy")


def _repair_of(places: StorePlaces, record: UnreadableRecord) -> Callable[[], str]:
    return lambda: _repaired(places, record)


def _repaired(places: StorePlaces, record: UnreadableRecord) -> str:
    store = JobRepairs(places.database)
    try:
        raw = store.raw(record.id)
        where = quarantine_record(places, record.id, raw)
        state = store.last_state(record.id)
        if state is not None and raw["job"] is not None and raw["job"]["state"] != state.value:
            store.put_state(record.id, state)
            if record.id not in {other.id for other in store.unreadable()}:
                return f"its state is {state}, as its history says; as it was, it is in {where}"
        store.take_out(record.id)
    finally:
        store.close()
    provider = None if raw["job"] is None else raw["job"].get("provider_id")
    again = f"; neuroqgan jobs import {ascii(provider)[1:-1]} takes it over again"
    return f"set aside in {where}" + ("" if provider is None else again)
