"""A server of the S3 protocol on loopback, with an empty bucket, for tests."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import pytest

_SECONDS = 60.0
NAMES = {
    "AWS_ACCESS_KEY_ID": "a-name",
    "AWS_SECRET_ACCESS_KEY": "a-key",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server."""
    pytest.importorskip("s3fs", reason="needs the extra s3: pip install 'neuroqgan[s3]'")
    pytest.importorskip("moto.server", reason="needs moto[s3,server], of the extra test")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + _SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, "no server of S3 started"
                assert time.monotonic() < end, "the server of S3 does not answer"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an empty bucket, which this process may use."""
    from botocore.session import get_session

    for name, value in (NAMES | {"AWS_ENDPOINT_URL": s3_server}).items():
        monkeypatch.setenv(name, value)
    name = f"group-{uuid.uuid4().hex[:12]}"
    client = get_session().create_client("s3")
    client.create_bucket(Bucket=name)
    client.close()
    return name
