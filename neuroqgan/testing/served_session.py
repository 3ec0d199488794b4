"""Sessions and batches: how long they live, on the clock of the service.

The times are those of IBM's guide "Run jobs in a batch". The time to live begins with the first job
that runs. When it is over, a running job finishes and queued ones fail. If no job is queued or
running for a minute, the batch is deactivated: it still accepts jobs, but the next one waits in the
queue like any other.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neuroqgan.testing.clock import Clock
    from neuroqgan.testing.served_job import ServedJob

MAX_SECONDS = {"open": 600}
"""Seconds that a batch lives, by plan; on all other plans it is `MAX_SECONDS_PAID`."""

MAX_SECONDS_PAID = 28_800
IDLE_SECONDS = 60

REASON = "The batch reached its maximum time to live before the job started."


class ServedSession(dict[str, Any]):
    """A session or batch; as a dictionary, it is the answer to `GET /sessions/{id}`.

    Parameters
    ----------
    asked
        The JSON that was posted.
    plan
        Plan of the instance.
    clock
        What tells the time.
    """

    def __init__(self, asked: dict[str, Any], plan: str, clock: Clock) -> None:
        most = MAX_SECONDS.get(plan, MAX_SECONDS_PAID)
        seconds = min(int(asked.get("max_ttl") or most), most)
        super().__init__(
            id=str(uuid.uuid4()),
            backend_name=asked.get("backend"),
            mode=asked.get("mode", "dedicated"),
            interactive_ttl=IDLE_SECONDS,
            max_ttl=seconds,
            active_ttl=seconds,
            state="open",
            accepting_jobs=True,
            started_at=None,
            activated_at=None,
            elapsed_time=0,
            timestamps=[],
        )
        self._clock = clock
        self._began: float | None = None

    @property
    def n_deactivated(self) -> int:
        """How often it was deactivated because no job was queued."""
        return sum(change["status"] == "inactive" for change in self["timestamps"])

    def is_over(self, at: float) -> bool:
        """Return whether its time to live is over.

        Parameters
        ----------
        at
            On the clock, in seconds.
        """
        return self._began is not None and at - self._began >= self["max_ttl"]

    def follow(self, jobs: Iterable[ServedJob]) -> list[ServedJob]:
        """Let its state follow from its jobs and the clock.

        Parameters
        ----------
        jobs
            All of its jobs.

        Returns
        -------
        list
            Queued jobs that fail because its time is over.
        """
        now, jobs = self._clock.monotonic(), list(jobs)
        begun = [job.began for job in jobs if job.began is not None]
        if self._began is None and begun:
            self._began = min(begun)
            self["started_at"] = self["activated_at"] = self._clock.timestamp()
        if self.is_over(now):
            self["accepting_jobs"] = False
        queued = [job for job in jobs if job.state == "Queued"]
        running = [job for job in jobs if job.state == "Running"]
        failing = queued if self.is_over(now) else []
        if running:
            self._become("active")
        elif not self["accepting_jobs"] and len(failing) == len(queued):
            self._become("closed")
            self.setdefault("closed_at", self._clock.timestamp())
        elif not queued and begun:
            idle = now - max(job.ended or now for job in jobs)
            self._become("active" if idle < IDLE_SECONDS else "inactive")
        return failing

    def _become(self, state: str) -> None:
        if self["state"] != state:
            self["state"] = state
            change = {"status": state, "timestamp": self._clock.timestamp()}
            self["timestamps"].append(change)
