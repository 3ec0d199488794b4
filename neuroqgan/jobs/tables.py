"""The tables of the job store; `neuroqgan/jobs/migrations` creates and changes them.

Columns keep the names of the first release; ``key`` is the name in the code if it differs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone. SQLite forgets zones, so all times are stored and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Convert a time to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give a time its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tag", String(64), nullable=False, unique=True),
    Column("request", String(32), nullable=False, index=True),
    Column("part", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("identity", String(64), key="request_hash", nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("backend", String(128), nullable=False),
    Column("provider_id", String(128)),
    Column("account", String(256)),
    Column("run", String(128), index=True),
    Column("samples", Integer, nullable=False),
    Column("first_sample", Integer, nullable=False),
    # A seed may be any non-negative number, wider than any integer column.
    Column("seed", String(64), nullable=False),
    Column("options", JSON, nullable=False),
    Column("estimate", JSON, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("owner", String(256)),
    Column("message", Text, nullable=False),
    Column("seconds", Float),
    Column("bits_sha256", String(64)),
    Column("client", JSON, nullable=False),
    Column("created", UtcDateTime, nullable=False, index=True),
    Column("submitted", UtcDateTime),
    Column("finished", UtcDateTime),
    Column("retrieved", UtcDateTime),
    Column("updated", UtcDateTime, nullable=False),
    Column("series", String(32), index=True),
    Column("after", String(32)),
    Column("round", Integer, key="first_bin", nullable=False, server_default="0"),
    Column("rounds", Integer, key="n_bins", nullable=False, server_default="1"),
    Column("series_samples", Integer),
    Column("session", String(128)),
    Column("collected", UtcDateTime),
    Column("account_name", String(256)),
    Column("user_name", String(128), key="user", index=True),
    Column("raster_sha256", String(64)),
    UniqueConstraint("kind", "provider_id"),
)

events = Table(
    "job_events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("job", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_job_events_job", "job"),
)
