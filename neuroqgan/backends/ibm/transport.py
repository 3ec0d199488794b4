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

from neuroqgan.backends.ibm.exchanges import Exchange, tell
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


_only_mocks: ContextVar[bool] = ContextVar("only_mocks", default=False)


@contextmanager
def only_mocks() -> Iterator[None]:
    """Let no job pass in a block that is not for a mock device: a dry run must cost nothing."""
    token = _only_mocks.set(True)
    try:
        yield
    finally:
        _only_mocks.reset(token)


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
        if submits and _only_mocks.get():
            _check_mock(request)
        send = self._once.send if submits else super().send
        deadline = self._patience.submit if submits else self._patience.read
        limits = (self._patience.connect, deadline)
        try:
            response = send(request, stream, limits, verify, cert, proxies)
            told = submits or response.status_code >= 400
            text = response.text[:4000] if told else ""
        except RequestException as error:
            tell(Exchange(method, path, error=error, deadline=deadline))
            raise
        tell(
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


def _check_mock(request: PreparedRequest) -> None:
    body: Any = request.body or b"{}"
    backend = str(json.loads(body).get("backend"))
    if not backend.startswith("mock_"):
        raise ServiceError(
            "A dry run would have been sent to a device that charges; nothing was sent.",
            expected="a mock device",
            got=backend,
            hint="leave `ask_service` out, and report this",
        )


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
