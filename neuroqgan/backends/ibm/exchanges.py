"""What was said between qiskit-ibm-runtime and the service, as the guarded connections saw it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import RequestException


@dataclass(frozen=True)
class Exchange:
    """A request and its outcome.

    Parameters
    ----------
    method, path
        Of the request.
    status
        Of the answer, or None if none came.
    text
        The beginning of the answer, if it is an error or answers a submission.
    error
        Why no answer came.
    deadline
        Seconds that were allowed for the answer.
    retry_after
        Seconds after which the service asks for the request again; None if it does not say.
    """

    method: str
    path: str
    status: int | None = None
    text: str = ""
    error: RequestException | None = None
    deadline: float = 60.0
    retry_after: float | None = None

    @property
    def submits(self) -> bool:
        """Whether it was the submission of a job."""
        return self.method == "POST" and self.path.endswith("/jobs")

    @property
    def failed(self) -> bool:
        """Whether no answer came, or an error."""
        return self.status is None or self.status >= 400

    @property
    def words(self) -> str:
        """The service's own message in an answer, as far as it can be found."""
        return str(self._said("message"))

    @property
    def is_busy(self) -> bool:
        """Whether the service did nothing and wants the request again later."""
        return self.status == 429 or (self.failed and self._said("code") in _BUSY_CODES)

    def _said(self, what: str) -> Any:
        try:
            answer = json.loads(self.text)
            errors = answer.get("errors") or [answer.get("error")]
            return errors[0].get(what)
        except (ValueError, AttributeError, LookupError, TypeError):
            return ""

    @property
    def job(self) -> str | None:
        """Id of the job in the answer to a submission."""
        if self.failed:
            return None
        try:
            found = json.loads(self.text)["id"]
        except (ValueError, LookupError, TypeError):
            return None
        return found if isinstance(found, str) and found.strip() else None


# Of IBM's own: too many requests, and too many jobs that wait in the queue.
_BUSY_CODES = frozenset({1202, 3458})

_seen: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


@contextmanager
def watch() -> Iterator[list[Exchange]]:
    """Collect the exchanges of a block, in their order."""
    exchanges: list[Exchange] = []
    token = _seen.set(exchanges)
    try:
        yield exchanges
    finally:
        _seen.reset(token)


def tell(exchange: Exchange) -> None:
    """Add an exchange to those that are collected, if any are."""
    exchanges = _seen.get()
    if exchanges is not None:
        exchanges.append(exchange)
