"""Errors as the runtime API words them."""

from __future__ import annotations

import json


class ApiError(Exception):
    """An answer that is an error: HTTP status, IBM's own code, message, and perhaps headers."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def body(self) -> bytes:
        """Return the answer's body."""
        error = {
            "code": self.code,
            "message": self.message,
            "solution": "",
            "more_info": "https://quantum.cloud.ibm.com/docs/errors",
        }
        return json.dumps({"errors": [error], "trace": "loopback"}).encode()
