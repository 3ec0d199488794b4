"""URLs of databases and storages: nothing is asked of a network, and no password is repeated."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fuzz.mutators import mutate_bytes
from tests.fuzz.target import Target

_WATCHED = ("neuroqgan.jobs",)
_PASSWORD = "Xs3cretX"  # noqa: S105  # of nobody
_PARTS = (
    "://", "//", "/", ":", "@", "?", "#", "%40", "%2F", "%00", "\0", "[::1]", "..", "::", "é",
    "\ud800", "postgresql+psycopg", "mysql", "sqlite", "s3", "gs", "file", "memory", "sftp",
    "localhost", "5432", "99999", "-1", "host", "bucket", "jobs", _PASSWORD, "user", " ", "\n",
    "?sslmode=require", "*",
)  # fmt: skip


def _mutate(data: bytes, rng: random.Random) -> bytes:
    """Put a part of a URL somewhere into one."""
    text = data.decode("utf-8", "replace")
    at = rng.randrange(len(text) + 1)
    part = rng.choice(_PARTS)
    end = at if rng.random() < 0.6 else at + rng.randrange(6)
    changed = text[:at] + part + text[end:]
    return (
        changed.encode("utf-8", "surrogatepass") if rng.random() < 0.9 else mutate_bytes(data, rng)
    )


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape").replace("\0", "")


@contextmanager
def _discreet() -> Iterator[None]:
    """Check that an error repeats no password."""
    from neuroqgan.errors import ConfigError

    try:
        yield
    except ConfigError as error:
        if _PASSWORD in str(error):
            raise AssertionError("a password is repeated") from error
        raise


def _database(path: Path) -> object:
    from neuroqgan.jobs.database_urls import database_url, shown

    os.environ["NEUROQGAN_DATABASE_URL"] = os.fsdecode(os.fsencode(_text(path)))
    with _discreet():
        url = database_url()
    if _PASSWORD in str(url.password or ""):
        # It may stand for something else beside, such as the host.
        assert shown(url).count(_PASSWORD) < url.render_as_string(False).count(_PASSWORD)
    return shown(url)


def _storage(path: Path) -> object:
    from neuroqgan.jobs.payload_store import PayloadStore
    from neuroqgan.jobs.storage_urls import checked

    url = _text(path)
    with _discreet():
        scheme, found = checked(url)
    if scheme == "memory":
        PayloadStore(url).exists("3f2a", "layout.json")
    return found


_DATABASES = (
    f"postgresql://user:{_PASSWORD}@host:5432/jobs",
    f"postgresql+psycopg://user:{_PASSWORD}@[::1]/jobs?sslmode=require",
    "postgresql://host/jobs",
    "sqlite:////tmp/jobs.sqlite",
)
_STORAGES = (
    "s3://bucket/jobs",
    f"s3://key:{_PASSWORD}@bucket/jobs",
    "file:///tmp/jobs%20here",
    "/tmp/jobs",  # noqa: S108
    "memory://jobs",
    f"sftp://user:{_PASSWORD}@host:22/path",
    "abfs://container@account.dfs.core.windows.net/jobs",
)

TARGETS = (
    Target(
        name="database-url",
        suffix=".txt",
        seeds=lambda: [url.encode() for url in _DATABASES],
        run=_database,
        mutate=(_mutate,),
        watched=_WATCHED,
    ),
    Target(
        name="storage-url",
        suffix=".txt",
        seeds=lambda: [url.encode() for url in _STORAGES],
        run=_storage,
        mutate=(_mutate,),
        watched=_WATCHED,
    ),
)
