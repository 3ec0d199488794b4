"""Batches: jobs that follow each other run close together and wait in the queue only once.

A batch is charged for its jobs alone. A session would reserve the device and be charged for the
time between jobs as well, and not every account may open one.

A batch lives for ten minutes on the Open Plan and for eight hours on all others, counted from its
first job. When that is over, jobs that still wait in the queue fail without having run. If none of
its jobs is queued for a minute it is deactivated: the next one then waits in the queue like any
other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Any

from qiskit_ibm_runtime import Batch
from qiskit_ibm_runtime.exceptions import IBMInputValueError

from neuroqgan.backends.ibm.translate import translated

if TYPE_CHECKING:
    from neuroqgan.backends.ibm.exchanges import Exchange

OPEN_PLAN = "open"
SECONDS = {OPEN_PLAN: 600.0}
"""Seconds that a batch lives, by plan of the instance; `USUAL_SECONDS` on all others."""

USUAL_SECONDS = 8 * 3600.0

# A job that is sent to a batch near its end may fail in the queue; a new one has time.
_LEAST_LEFT = 60.0


class Batches:
    """The batches of a device that this process has opened, or found again.

    Parameters
    ----------
    backend
        The `IBMBackend` of qiskit-ibm-runtime.
    fractional_gates
        Whether it was opened with rotations as single pulses.
    """

    def __init__(self, backend: Any, *, fractional_gates: bool = False) -> None:
        self._backend = backend
        self._fractional_gates = fractional_gates
        self._known: dict[str, Any] = {}

    def open(self) -> str | None:
        """Open a batch.

        Returns
        -------
        str or None
            The service's id of it; None if the account may not have one. Jobs are then sent one
            by one.

        Raises
        ------
        AccountError
            If the account is refused.
        ServiceError
            If the service cannot be reached.
        """
        with translated(f"open a batch on {self._backend.name}") as seen:
            try:
                batch = Batch(self._backend)
            except Exception:  # raised on, but for one answer of the service
                if _is_denied(seen):
                    return None
                raise
        self._known[str(batch.session_id)] = batch
        return str(batch.session_id)

    def find(self, session: str) -> Any:
        """Return qiskit-ibm-runtime's object for a batch that takes jobs and has time, or None.

        Raises
        ------
        AccountError, ServiceError
            See `open`.
        """
        with translated(f"ask for the batch {session}"):
            if session not in self._known:
                try:
                    found = Batch.from_id(
                        session, self._backend.service, use_fractional_gates=self._fractional_gates
                    )
                except IBMInputValueError:
                    return None
                self._known[session] = found
            details = self._known[session].details() or {}
        return self._known[session] if takes_jobs(details) else None

    def close(self, session: str) -> None:
        """Let a batch accept no more jobs; those that it has continue.

        Raises
        ------
        AccountError, ServiceError
            See `open`.
        """
        batch = self.find(session)
        if batch is not None:
            with translated(f"close the batch {session}"):
                batch.close()


def takes_jobs(details: dict[str, Any]) -> bool:
    """Return whether a batch accepts jobs, and has time left to run them.

    Parameters
    ----------
    details
        What the service says about it.

    Examples
    --------
    >>> takes_jobs({"accepting_jobs": True, "state": "open"})
    True
    >>> began = "2026-01-01T00:00:00Z"
    >>> takes_jobs({"accepting_jobs": True, "activated_at": began, "max_time": 600})
    False
    """
    is_open = bool(details.get("accepting_jobs")) and details.get("state") != "closed"
    return is_open and _seconds_left(details) > _LEAST_LEFT


def is_closed(details: dict[str, Any]) -> bool:
    """Return whether a batch will run no more jobs."""
    return details.get("state") == "closed" or _seconds_left(details) <= 0


def _seconds_left(details: dict[str, Any]) -> float:
    began, most = details.get("activated_at") or details.get("started_at"), details.get("max_time")
    if not began or most is None:
        return inf
    return (datetime.fromisoformat(str(began)) - _now()).total_seconds() + float(most)


def _now() -> datetime:
    return datetime.now(UTC)


def _is_denied(seen: list[Exchange]) -> bool:
    """Whether the service understood the request and refused it."""
    asked = [exchange for exchange in seen if exchange.path.endswith("/sessions")]
    return bool(asked) and asked[-1].status in {400, 403, 404, 405, 422}
