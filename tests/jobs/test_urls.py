"""URLs of databases and storage: what cannot be one is refused in one line, before any network."""

from __future__ import annotations

import socket

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from neuroqgan.discreet import without_passwords
from neuroqgan.errors import ConfigError, NeuroqganError
from neuroqgan.jobs.database_urls import database_url, discreetly, shown
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.storage_urls import checked

SECRET = "hunter2"  # noqa: S105

DATABASES = (
    *(
        "nonsense",
        "sqlite",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "://",
        ":///",
    ),
    *(
        "sqlite://host/path",
        "sqlite:////a?timeout=x",
        "sqlite:///file:a?uri=true",
        "sqlite:///a\0b",
    ),
    *("postgresql:", "postgresql://", "postgresql:///", "postgresql://host", "postgresql://host/"),
    *("postgresql://host:99999/x", "postgresql://host:0/x", "postgresql://host:-1/x"),
    *(
        "postgresql://host:port/x",
        "postgresql://ho st/x",
        "postgresql://host/x\ny",
        "postgresql://[::1/x",
    ),
    *(
        "postgresql://höst/x",
        "postgresql://host/x/y",
        "postgresql://host/%0a",
        "postgresql://%00@h/x",
    ),
    *(
        "postgresql://host%2f/x",
        "postgresql+psycopg2://h/x",
        "postgresql+asyncpg://h/x",
        "mysql://h/x",
    ),
    *(
        "oracle://h/x",
        "mssql+pyodbc://h/x",
        "http://h/x",
        "s3://bucket/x",
        "\x1b[2Jpostgresql://h/x",
    ),
    *(f"postgresql://me:12/{SECRET}@host/x", f"postgresql://me:{SECRET}/@host/x", "x" * 3000),
    *(f"postgresql://me:{SECRET}@host:port/x", f"postgresql://me:1/{SECRET}@@host/x", "p://\ud800"),
)
STORAGES = (
    *(
        "nonsense",
        "a/b",
        "./a",
        "~/a",
        "://",
        "file:",
        "file://",
        "file:///",
        "file:/a",
        "file://host/a",
    ),
    *(
        "file:///a%00",
        "s3:",
        "s3://",
        "s3:///a",
        "s3://b",
        "s3://b_",
        "s3://-b-/a",
        "s3://bu cket/a",
    ),
    *("s3://bucket/../a", "s3://bucket/a/./b", "s3://b..t/a", "s3://bucket?a", "s3://bucket/a?b=c"),
    *(
        "s3://bucket/a#b",
        "s3://bucket/a::http://h",
        "s3://bücket/a",
        "s3://bucket/a\n",
        "s3:/bucket/a",
    ),
    *(f"s3://key:{SECRET}@bucket/a", f"s3://{SECRET}@bucket/a", f"sftp://me:{SECRET}@host/a"),
    *(
        f"ftp://me:{SECRET}@host/a",
        f"http://me:{SECRET}@host/a",
        "https://host/a",
        "github://a:b@/c",
    ),
    *(
        "git://a",
        "hf://a/b",
        "smb://host/a",
        "webhdfs://host:1/a",
        "hdfs://host/a",
        "dask://a",
        "jupyter:a",
    ),
    *(
        "simplecache::s3://bucket/a",
        "zip://a::s3://bucket/b",
        "reference://a",
        "data:,a",
        "libarchive://a",
    ),
    *(
        "sftp://",
        "sftp://host:port/a",
        "sftp://ho st/a",
        "gs://",
        "gs://b",
        "abfs://",
        "abfs://c@/a",
    ),
    *(
        "nosuchthing://a",
        "\x1b[2J/a",
        "/a\0b",
        "x" * 3000,
        "/" + "x" * 3000,
        "s3://\ud800ab/x",
        "C:a",
    ),
)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def reach(*_: object, **__: object) -> None:
        raise AssertionError("the network was reached")

    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, reach)
    monkeypatch.setattr(socket.socket, "connect", reach)


def refuse(error: NeuroqganError) -> None:
    for text in (error.problem, error.expected, error.got, error.hint):
        assert text.isprintable()
        assert SECRET not in text


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("written", DATABASES)
def test_what_is_no_database_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    # The environment itself holds neither null bytes nor lone surrogates.
    monkeypatch.setattr("os.environ", {"NEUROQGAN_DATABASE_URL": written})
    with pytest.raises(ConfigError, match="is not a database URL") as caught:
        database_url()
    refuse(caught.value)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("written", STORAGES)
def test_what_is_no_storage_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="cannot be opened") as caught:
        PayloadStore(written)
    refuse(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:////data/a@b c/jobs.sqlite", "sqlite:////data/a%40b c/jobs.sqlite"),
        ("postgres://me@db.example.org/jobs", "postgresql+psycopg://me@db.example.org/jobs"),
        ("postgresql:///jobs?host=/var/run", "postgresql+psycopg:///jobs?host=%2Fvar%2Frun"),
        ("postgresql://me:a%40b@[::1]:5432/jobs", "postgresql+psycopg://me:***@[::1]:5432/jobs"),
    ],
)
def test_urls_of_databases(monkeypatch: pytest.MonkeyPatch, written: str, meant: str) -> None:
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", written)
    assert str(database_url()) == meant


@pytest.mark.parametrize(
    ("written", "scheme"),
    [
        *(("/data/my jobs", "file"), ("file:///data/my%20jobs", "file"), ("s3://bucket", "s3")),
        *(("s3://lab.of-us/a b/ü", "s3"), ("abfs://box@lab.dfs.core.windows.net/jobs", "abfs")),
        *(("sftp://alice@host:22/data", "sftp"), ("memory://jobs", "memory"), ("GS://lab/x", "gs")),
    ],
)
def test_urls_of_storage(written: str, scheme: str) -> None:
    assert checked(written)[0] == scheme


@given(st.text(max_size=40))
@example("postgresql://a:b@c/d")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_url_or_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    for scheme in ("", "postgresql://", "sqlite:///", "s3://", "file://"):
        monkeypatch.setattr("os.environ", {"NEUROQGAN_DATABASE_URL": scheme + text})
        for read in (database_url, lambda scheme=scheme: checked(scheme + text)):
            try:
                read()
            except ConfigError as error:
                refuse(error)


def test_no_password_is_shown() -> None:
    url = make_url(f"postgresql://me:{SECRET}@host/jobs?sslpassword={SECRET}")
    assert shown(url) == "postgresql://me:***@host/jobs"
    said = f'FATAL: password "{SECRET}" of postgresql://me:a{SECRET}@host, sslpassword={SECRET}x'
    assert SECRET not in discreetly(url, said)
    assert without_passwords(f"at http://me:{SECRET}@h:1/a?token={SECRET}&b") == (
        "at http://me:***@h:1/a?token=***&b"
    )
    plain = "no file /home/me/keys: at 10:30"
    assert without_passwords(plain) == plain
