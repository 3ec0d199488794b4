"""Connections of qiskit-ibm-runtime: deadlines, submissions sent once, and what really happened.

qiskit-ibm-runtime repeats a request up to five times if a server answers 5xx, submissions included:
a job that was created before a gateway failed would be created, and charged, twice. It waits for an
answer without limit, hides the failure of some requests behind empty lists, and tells the status of
a failed submission only in the text of a message. An adapter that is mounted on its sessions, as
`requests` intends, corrects all of that here.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qiskit_ibm_runtime import QiskitRuntimeService
from qiskit_ibm_runtime.api.client import RuntimeClient
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from requests import RequestException, Session
from requests.adapters import HTTPAdapter

from neuroqgan.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest, Response


@dataclass(frozen=True)
class Patience:
    """How long to wait for the service, and how often to repeat a request.

    Parameters
    ----------
    connect, read
        Seconds to wait for a connection, and for an answer.
    submit
        Seconds to wait for the answer to a submission: the service checks a large payload first.
    retries
        How often a request is repeated that is not a submission.
    """

    connect: float = 5.0
    read: float = 60.0
    submit: float = 120.0
    retries: int = 3


PATIENCE = Patience()


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
    deadline: float = PATIENCE.read
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


class GuardedService(QiskitRuntimeService):  # type: ignore[misc]  # the client has no py.typed
    """The service of qiskit-ibm-runtime with guarded connections.

    It makes one connection per instance, whenever it needs one, and keeps each in an attribute
    before its first request; so that is where they are guarded.
    """

    def __init__(self, *, patience: Patience = PATIENCE, **settings: Any) -> None:
        self._patience = patience
        super().__init__(**settings)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, RuntimeClient):
            guard(value, self._patience)
        super().__setattr__(name, value)

    def listings(self) -> dict[str, list[dict[str, Any]] | Exception]:
        """Ask for the devices of every instance, with one request each.

        `QiskitRuntimeService.backends` takes two requests per device for that, and returns an empty
        list if none of them could be made.

        Returns
        -------
        dict
            By instance the service's own rows, or why they could not be had.
        """
        found: dict[str, list[dict[str, Any]] | Exception] = {}
        for instance, client in self._api_clients.items():
            try:
                found[instance] = client.list_backends()
            # Kept and returned: a failing instance must not hide the devices of the others.
            except Exception as error:  # noqa: BLE001  # returned to the caller
                found[instance] = error
        return found

    def open_all(self) -> bool:
        """Connect to all instances of the account, and keep using the one in use.

        Returns
        -------
        bool
            Whether that brought a new one.
        """
        before = set(self._api_clients)
        active = self.active_instance()
        for row in self.instances():
            self._get_or_create_cloud_client(row["crn"])
        if active:
            self._get_or_create_cloud_client(active)
        return set(self._api_clients) != before

    def tagged(self, tag: str) -> list[str]:
        """Return the ids of the jobs with a tag, in all instances that are connected.

        `QiskitRuntimeService.jobs` asks only one instance, and never stops asking if the service
        reports more jobs than it lists.

        Parameters
        ----------
        tag
            Of the jobs.
        """
        found: dict[str, None] = {}
        for instance, client in self._api_clients.items():
            size, n_listed = 50, 0
            while True:
                try:
                    answer = client.jobs_get(limit=size, skip=n_listed, job_tags=[tag])
                except RequestsApiError as error:
                    # The account lists instances that it may no longer enter.
                    if error.status_code in {403, 404} and instance != self.active_instance():
                        break
                    raise
                page = answer["jobs"]
                found.update({str(job["id"]): None for job in page})
                n_listed += len(page)
                if len(page) < size:
                    break
        return list(found)


def guard(client: RuntimeClient, patience: Patience = PATIENCE) -> None:
    """Mount guarded adapters on the sessions of a connection.

    Raises
    ------
    ServiceError
        If it has no session, as in later versions of qiskit-ibm-runtime perhaps: nothing must be
        submitted unguarded.
    """
    sessions = [value for value in vars(client).values() if isinstance(value, Session)]
    if not sessions:
        from qiskit_ibm_runtime import __version__

        raise ServiceError(
            "This version of qiskit-ibm-runtime connects in an unknown way.",
            expected="qiskit-ibm-runtime 0.51",
            got=__version__,
            hint="pip install 'qiskit-ibm-runtime==0.51.*'",
        )
    for session in sessions:
        for prefix, adapter in list(session.adapters.items()):
            if isinstance(adapter, HTTPAdapter) and not isinstance(adapter, _GuardedAdapter):
                session.mount(prefix, _GuardedAdapter(adapter.max_retries, patience))


class _GuardedAdapter(HTTPAdapter):
    """Sends with a deadline, submits only once, and reports to `watch`."""

    def __init__(self, retries: Any, patience: Patience) -> None:
        # A server may ask us to wait for an hour, during which the user would see nothing. The five
        # repeats of qiskit-ibm-runtime take 15 seconds, three take 3.
        patient = retries.new(total=patience.retries, respect_retry_after_header=False)
        super().__init__(max_retries=patient)
        self._patience = patience
        self._once = HTTPAdapter(max_retries=0)

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # from qiskit-ibm-runtime: none, or 900 s
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        method, path = str(request.method), urlsplit(str(request.url)).path
        submits = Exchange(method, path).submits
        send = self._once.send if submits else super().send
        deadline = self._patience.submit if submits else self._patience.read
        limits = (self._patience.connect, deadline)
        try:
            response = send(request, stream, limits, verify, cert, proxies)
            told = submits or response.status_code >= 400
            text = response.text[:4000] if told else ""
        except RequestException as error:
            _tell(Exchange(method, path, error=error, deadline=deadline))
            raise
        _tell(
            Exchange(
                method,
                path,
                response.status_code,
                text,
                deadline=deadline,
                retry_after=_seconds(response.headers.get("Retry-After")),
            )
        )
        return response

    def close(self) -> None:
        self._once.close()
        super().close()


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds of a ``Retry-After``, which holds seconds or a date."""
    if retry_after is None:
        return None
    try:
        # Of a date, the time zone is always GMT.
        seconds = (
            float(retry_after)
            if not retry_after.strip().endswith("GMT")
            else (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        )
    except ValueError:
        return None
    return max(0.0, seconds) if isfinite(seconds) else None


def _tell(exchange: Exchange) -> None:
    exchanges = _seen.get()
    if exchanges is not None:
        exchanges.append(exchange)
