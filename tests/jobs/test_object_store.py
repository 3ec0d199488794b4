"""Payloads in an object store: a real server of the S3 protocol, and servers that refuse."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from neuroqgan.errors import ConfigError, NeuroqganError, PayloadError, StorageError
from neuroqgan.jobs.payload_store import PayloadStore
from tests.jobs.object_store import NAMES

pytest.importorskip("s3fs", reason="needs the extra s3: pip install 'neuroqgan[s3]'")


@contextmanager
def refusing(status: int, code: str) -> Iterator[str]:
    """A server that answers everything with one error, and counts the requests."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def refuse(self) -> None:
            body = f"<Error><Code>{code}</Code><Message>no {code}</Message></Error>".encode()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = refuse

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def in_one_line(error: NeuroqganError) -> str:
    assert "\n" not in error.got
    assert NAMES["AWS_SECRET_ACCESS_KEY"] not in str(error)
    return error.got


def test_files_are_whole_and_checked(bucket: str) -> None:
    store, other = (PayloadStore(f"s3://{bucket}/our group/jobs") for _ in range(2))
    digest = store.write("3f2a", "bits.npz", b"spikes" * 1000)
    assert other.exists("3f2a", "bits.npz")
    assert other.read("3f2a", "bits.npz", digest) == b"spikes" * 1000
    assert not other.exists("3f2a", "angles.npz")
    other.write("3f2a", "angles.npz", b"1")
    # What the other wrote since is seen.
    assert store.exists("3f2a", "angles.npz")
    assert store.path("3f2a", "bits.npz") == f"s3://{bucket}/our group/jobs/3f2a/bits.npz"
    store.write("3f2a", "bits.npz", b"changed")
    with pytest.raises(PayloadError, match="is damaged") as caught:
        other.read("3f2a", "bits.npz", digest)
    assert f"s3://{bucket}/" in caught.value.hint
    with pytest.raises(PayloadError, match="not in the storage"):
        other.read("3f2a", "circuits.qpy")
    # Nothing but the files is there, and nothing of other jobs goes.
    store.write("3f2b", "bits.npz", b"x")
    listed = store._files.find(f"{bucket}/")
    names = ("3f2a/angles.npz", "3f2a/bits.npz", "3f2b/bits.npz")
    assert listed == [f"{bucket}/our group/jobs/{name}" for name in names]
    store.remove("3f2a")
    store.remove("3f2a")
    store.remove("3f2b", "none.npz")
    assert store._files.find(f"{bucket}/") == [f"{bucket}/our group/jobs/3f2b/bits.npz"]


def test_a_bucket_that_is_not_there_is_not_made(bucket: str) -> None:
    store = PayloadStore(f"s3://{bucket}-none/jobs")
    for use in (
        lambda: store.write("3f2a", "bits.npz", b"x"),
        lambda: store.read("3f2a", "bits.npz"),
    ):
        with pytest.raises(StorageError) as caught:
            use()
        assert "bucket does not exist" in in_one_line(caught.value)
        assert f"s3://{bucket}-none/jobs/3f2a/bits.npz" in caught.value.got


def test_no_permission_is_said_at_once(monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    with refusing(403, "AccessDenied") as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        store = PayloadStore("s3://bucket-of-others/jobs")
        with pytest.raises(StorageError) as caught:
            store.write("3f2a", "bits.npz", b"x")
        assert "no AccessDenied" in in_one_line(caught.value)


@pytest.mark.slow
def test_attempts_are_bounded(monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://name:a-key@127.0.0.1:1")
    with pytest.raises(StorageError) as caught:
        PayloadStore("s3://nobody-there/jobs").write("3f2a", "bits.npz", b"x")
    assert "Could not connect" in in_one_line(caught.value)
    with refusing(503, "SlowDown") as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(StorageError) as caught:
            PayloadStore("s3://busy-bucket/jobs").write("3f2a", "bits.npz", b"x")
        assert "SlowDown" in in_one_line(caught.value)


def test_nobody_without_a_key(monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    store = PayloadStore("s3://bucket-without-key/jobs")
    with pytest.raises(StorageError, match="cannot be used") as caught:
        store.write("3f2a", "bits.npz", b"x")
    assert "credentials" in in_one_line(caught.value)


def test_keys_in_the_url_are_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        PayloadStore("s3://a-name:a-key@bucket/jobs")
    assert "password or key" in in_one_line(caught.value)
    assert "a-key" not in str(caught.value)
