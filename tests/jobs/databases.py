"""Empty databases for tests: SQLite files, and databases of a PostgreSQL server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text

VARIABLE = "NEUROQGAN_TEST_POSTGRES_URL"
_HOW = (
    f"no {VARIABLE}. To have one: .ci/postgres start FOLDER prints a URL to export, "
    ".ci/postgres stop FOLDER ends it"
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """An empty database, of either kind."""
    if request.param == "sqlite":
        yield make_url(f"sqlite:///{tmp_path / 'own.sqlite'}")
        return
    server = postgres_server()
    name = f"neuroqgan_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    yield server.set(database=name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def postgres_server() -> URL:
    """Return the server's URL, or skip a test that needs one."""
    if VARIABLE not in os.environ:
        pytest.skip(_HOW)
    return make_url(os.environ[VARIABLE]).set(drivername="postgresql+psycopg")


def full(url: URL) -> str:
    """Return a URL with its password, as people write it."""
    return url.render_as_string(hide_password=False)


def _execute(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
