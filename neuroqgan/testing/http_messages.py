"""Requests and answers of the loopback service."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """A request, read in full.

    Parameters
    ----------
    method, path
        As on the request line, the path without the prefix of the API.
    query
        Values by name.
    headers
        By name, in lower case.
    body
        As it came.
    names
        What the path names, such as the id of a job.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    names: dict[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body."""
        return dict(json.loads(self.body or b"{}"))


@dataclass
class Response:
    """What goes back.

    Parameters
    ----------
    status
        HTTP status.
    content
        Bytes, or something to write as JSON.
    headers
        More headers.
    """

    status: int = 200
    content: Any = b""
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> bytes:
        """Return the content as bytes."""
        if isinstance(self.content, bytes):
            return self.content
        return json.dumps(self.content).encode()
