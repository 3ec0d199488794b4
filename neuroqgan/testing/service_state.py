"""What the server knows: devices, jobs, sessions and the account."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.clock import Clock, SystemClock
from neuroqgan.testing.rate_limit import RateLimit
from neuroqgan.testing.rules.checking import SERVICE_LIMITS, check_job
from neuroqgan.testing.served_device import Device
from neuroqgan.testing.served_job import MOCK, PENDING, ServedJob
from neuroqgan.testing.served_session import REASON, ServedSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.protocol import Limits
    from neuroqgan.testing.drawn_bits import Draw

INSTANCE = "crn:v1:bluemix:public:quantum-computing:us-east:a/0000:1111::"
PLAN = "plan-open"
_MOST_JOBS = 200
# A server of more jobs keeps what is rarely asked for small.
_MOST_AT_HAND = 100


@dataclass
class ServiceState:
    """Everything that changes, behind one lock."""

    devices: dict[str, Device]
    draw: Draw = "random"
    auto: bool = True
    delay: float | None = None
    polls: int = 1
    clock: Clock = field(default_factory=SystemClock)
    seed: int = 0
    token: str = "loopback-key"  # noqa: S105
    instance: str = INSTANCE
    plan: str = "open"
    mocks: bool = True
    usage_limit_seconds: float | None = 600.0
    usage_limit_reached: bool = False
    usage_before: float = 0.0
    usage_key: str = "usage_limit_seconds"
    submissions: RateLimit = field(default_factory=RateLimit)
    limits: Limits | None = SERVICE_LIMITS
    jobs: dict[str, ServedJob] = field(default_factory=dict)
    sessions: dict[str, ServedSession] = field(default_factory=dict)
    created: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    _polled: dict[str, int] = field(default_factory=dict)

    def create(self, body: dict[str, Any]) -> ServedJob:
        """Take a job in."""
        with self.lock:
            if body.get("program_id") not in {"sampler", "executor"}:
                raise ApiError(400, 1208, f"There is no program {body.get('program_id')}.")
            device = self.device(str(body.get("backend")))
            session = body.get("session_id")
            if session and not self.session(session)["accepting_jobs"]:
                raise ApiError(400, 1217, "Session has been closed.")
            # As random as real ones, so that jobs of two servers never share a name.
            job = ServedJob(
                id=f"d{uuid.uuid4().hex[:19]}",
                body=body,
                seed=self.seed,
                draw=self.draw,
                tags=list(body.get("tags", [])),
                clock=self.clock,
            )
            try:
                job.executions  # noqa: B018
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise ApiError(400, 1207, f"The parameters make no sense: {error!r}") from None
            refusal = check_job(job, self.limits)
            self.created += not job.is_mock
            self.jobs[job.id] = job
            device.queue += not job.is_mock
            if refusal is not None:
                # IBM takes the job, and its validation ends it at once; nothing is charged.
                job.refused = refusal.rule.name
                rule = refusal.rule
                self.move(job, rule.state, refusal.reason, rule.code, never_ran=True)
            return job

    def device(self, name: str) -> Device:
        """Return a device that is on offer, or its mock."""
        devices = self.devices | {mock.name: mock for mock in self.mock_devices()}
        device = devices.get(name)
        if device is None or device.retired:
            raise ApiError(404, 1216, f"Backend {name} not found.")
        return device

    def mock_devices(self) -> list[Device]:
        """Return the mocks of all devices on offer, on which jobs are checked and not run."""
        if not self.mocks:
            return []
        names = [device.name for device in self.devices.values() if not device.retired]
        return [Device(MOCK + name.partition("_")[2]) for name in names]

    def open_session(self, asked: dict[str, Any]) -> ServedSession:
        """Open a session or batch."""
        session = ServedSession(asked, self.plan, self.clock)
        with self.lock:
            self.sessions[session["id"]] = session
        return session

    def job(self, job_id: str) -> ServedJob:
        """Return a job as the clock has it."""
        with self.lock:
            if job_id not in self.jobs:
                raise ApiError(404, 1291, f"Job not found. Job ID: {job_id}")
            job = self.jobs[job_id]
            self._by_clock(job)
            if session := self.sessions.get(job.session_id or ""):
                self.settle(session)
            return job

    def session(self, session_id: str) -> ServedSession:
        """Return a session as the clock has it."""
        if session_id not in self.sessions:
            raise ApiError(404, 1292, f"Session not found. Session ID: {session_id}")
        session = self.sessions[session_id]
        with self.lock:
            for job in self._jobs_of(session):
                self._by_clock(job)
            self.settle(session)
        return session

    def poll(self, job_id: str) -> ServedJob:
        """Look at a job, which may take it a step on."""
        with self.lock:
            job = self.job(job_id)
            if self.auto and self.delay is None and not job.final and self._may_run(job):
                polled = self._polled[job_id] = self._polled.get(job_id, 0) + 1
                self.move(job, "Running" if polled <= self.polls else "Completed")
            return job

    def move(
        self,
        job: ServedJob,
        state: str,
        reason: str | None = None,
        code: int | None = None,
        *,
        never_ran: bool = False,
    ) -> None:
        """Change a job's state, and what follows from it."""
        with self.lock:
            was_pending = not job.final
            job.move(state, reason, code, never_ran=never_ran)
            device = self.devices.get(job.backend)
            if was_pending and job.final and device is not None:
                device.queue = max(0, device.queue - 1)
            if was_pending and job.final and len(self.jobs) > _MOST_AT_HAND:
                job.pack()
            if session := self.sessions.get(job.session_id or ""):
                self.settle(session)

    def settle(self, session: ServedSession) -> None:
        """Let a session's state follow from its jobs and the clock."""
        with self.lock:
            for job in session.follow(self._jobs_of(session)):
                self.move(job, "Failed", REASON, never_ran=True)

    def _jobs_of(self, session: ServedSession) -> list[ServedJob]:
        return [job for job in self.jobs.values() if job.session_id == session["id"]]

    def delete(self, job_id: str) -> None:
        """Delete a job."""
        with self.lock:
            del self.jobs[self.job(job_id).id]

    def find(self, query: dict[str, list[str]]) -> tuple[list[ServedJob], int]:
        """Return the page of jobs that a query asks for, and how many match."""
        with self.lock:
            found = list(self.jobs.values())
            for job in found:
                self._by_clock(job)
            for passes in _filters(query):
                found = [job for job in found if passes(job)]
        if query.get("sort", ["DESC"])[0].upper() != "ASC":
            found.reverse()
        offset = int(query.get("offset", ["0"])[0])
        limit = min(_MOST_JOBS, int(query.get("limit", ["10"])[0]))
        return found[offset : offset + limit], len(found)

    def usage(self) -> dict[str, Any]:
        """Return the answer to `GET /instances/usage`."""
        with self.lock:
            jobs = list(self.jobs.values())
        consumed = self.usage_before + sum(
            float(job.metrics()["usage"]["qpu_charge_time_seconds"]) for job in jobs
        )
        answer: dict[str, Any] = {
            "instance_id": self.instance,
            "plan_id": PLAN,
            "usage_consumed_seconds": consumed,
            "usage_limit_reached": self.usage_limit_reached,
            "usage_period": {
                "start_time": "2026-01-01T00:00:00Z",
                "end_time": self.clock.timestamp(),
            },
        }
        if self.usage_limit_seconds is not None:
            answer[self.usage_key] = self.usage_limit_seconds
            answer["usage_limit_reached"] |= consumed >= self.usage_limit_seconds
        return answer

    def _may_run(self, job: ServedJob) -> bool:
        """Whether the instance has time left; jobs wait in the queue until it has."""
        return job.is_mock or job.state == "Running" or not self.usage()["usage_limit_reached"]

    def _by_clock(self, job: ServedJob) -> None:
        if self.auto and self.delay is not None and not job.final and self._may_run(job):
            begin, now = job.born + self.delay / 2, self.clock.monotonic()
            session = self.sessions.get(job.session_id or "")
            if job.began is None and session is not None and session.is_over(begin):
                self.settle(session)
                return
            if now >= begin:
                self.move(job, "Running")
                job.began = begin
            if now >= begin + self.delay / 2:
                self.move(job, "Completed")
                job.ended = begin + self.delay / 2


def _filters(query: dict[str, list[str]]) -> list[Callable[[ServedJob], bool]]:
    """Return the tests that a listed job passes; several tags must all be there."""
    filters: list[Callable[[ServedJob], bool]] = []
    if query.get("include_mocks", ["false"])[0].lower() != "true":
        filters.append(lambda job: not job.is_mock)
    if tags := query.get("tags"):
        filters.append(lambda job: set(tags) <= set(job.tags))
    if backend := query.get("backend"):
        filters.append(lambda job: job.backend == backend[0])
    if program := query.get("program"):
        filters.append(lambda job: job.program == program[0])
    if session := query.get("session_id"):
        filters.append(lambda job: job.session_id == session[0])
    if pending := query.get("pending"):
        filters.append(lambda job: (job.state in PENDING) == (pending[0] == "true"))
    if after := query.get("created_after"):
        earliest = datetime.fromisoformat(after[0])
        filters.append(lambda job: datetime.fromisoformat(job.created) >= earliest)
    if before := query.get("created_before"):
        latest = datetime.fromisoformat(before[0])
        filters.append(lambda job: datetime.fromisoformat(job.created) <= latest)
    return filters
