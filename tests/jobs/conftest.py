"""A context in a temporary folder, and a service of this process that does as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import make_url

from neuroqgan.backends.allowance import Allowance
from neuroqgan.backends.kinds import OfKind
from neuroqgan.backends.measured import Measured
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.backends.protocol import Limits
from neuroqgan.backends.registry import resolve
from neuroqgan.backends.remote import Execution, RemoteJob, Workload
from neuroqgan.errors import (
    JobFailedError,
    JobStateError,
    NotReadyError,
    ResultLostError,
    UncertainError,
)
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.store import JobStore
from tests.backends.test_devices import pattern_program
from tests.jobs.databases import database  # noqa: F401  # a fixture
from tests.jobs.lives import forks, loopback  # noqa: F401  # fixtures
from tests.jobs.object_store import bucket, s3_server  # noqa: F401  # fixtures

DEVICE = "ibm_stub"


@dataclass
class StubJob:
    """A job as the stub service keeps it."""

    tag: str
    bits: list[np.ndarray]
    execution: Execution = Execution.QUEUED
    message: str = ""
    shots: int = 1


@dataclass
class StubService(OfKind):
    """A service and its one device, in this process."""

    jobs: dict[str, StubJob] = field(default_factory=dict)
    refuse: Exception | None = None
    lose_answer: bool = False
    drop_request: bool = False
    down: Exception | None = None
    answer: list[Measured] | None = None
    account: str | None = "a/0000"
    account_name: str | None = None
    batches: list[str] | None = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    sessions: list[str | None] = field(default_factory=list)
    sent: int = 0
    fetched: int = 0

    name = DEVICE
    kind = "ibm"
    limits: Limits = Limits()
    default_rep_delay = None
    target = snapshot_target("fake_nairobi")

    @property
    def service(self) -> StubService:
        return self

    def plan(self, program: Any, placement: Placement = Placement()) -> Any:
        return device_plan(program, self.target, self.name, placement)

    def check_options(self, options: Any) -> None:
        pass

    def check(self, workload: Workload) -> None:
        assert len(workload.circuits) == len(workload.values)

    def open_batch(self) -> str | None:
        if self.batches is None:
            return None
        self.batches.append(f"batch{len(self.batches)}")
        return self.batches[-1]

    def takes_jobs(self, session: str) -> bool:
        return session in (self.batches or []) and session not in self.closed

    def close_batch(self, session: str) -> None:
        self._reach()
        self.closed.append(session)

    def submit(self, workload: Workload, *, tag: str, session: str | None = None) -> RemoteJob:
        self.sent += 1
        self.sessions.append(session)
        if self.refuse is not None:
            raise self.refuse
        if not self.drop_request:
            random = np.random.default_rng(len(self.jobs))
            shapes = [
                (len(rows) * workload.shots, circuit.num_clbits)
                for circuit, rows in zip(workload.circuits, workload.values, strict=True)
            ]
            bits = [random.random(shape) < 0.3 for shape in shapes]
            self.jobs[f"stub{len(self.jobs)}"] = StubJob(tag, bits, shots=workload.shots)
        if self.lose_answer or self.drop_request:
            raise UncertainError("No answer came.", got="a dropped connection")
        return self._answer(list(self.jobs)[-1])

    def find(self, tag: str) -> list[RemoteJob]:
        self._reach()
        return [self._answer(name) for name, job in self.jobs.items() if job.tag == tag]

    def status(self, provider_id: str) -> RemoteJob:
        self._reach()
        if provider_id not in self.jobs:
            raise ResultLostError("The service does not know the job.")
        return self._answer(provider_id)

    def fetch(self, provider_id: str) -> list[Measured]:
        self._reach()
        self.fetched += 1
        job = self.jobs.get(provider_id)
        if job is None:
            raise ResultLostError("The service does not know the job.")
        if job.execution is Execution.FAILED:
            raise JobFailedError("The job failed.", got=job.message)
        if job.execution is not Execution.DONE:
            raise NotReadyError("Not yet.")
        measured = [Measured.of(bits, job.shots) for bits in job.bits]
        return measured if self.answer is None else self.answer

    def cancel(self, provider_id: str) -> None:
        self._reach()
        if self.jobs[provider_id].execution is Execution.DONE:
            raise JobStateError("Finished already.")
        self.jobs[provider_id].execution = Execution.CANCELLED

    def allowance(self) -> Allowance:
        return Allowance(60.0, 600.0)

    def finish(self) -> None:
        for job in self.jobs.values():
            job.execution = Execution.DONE

    def _reach(self) -> None:
        if self.down is not None:
            raise self.down

    def _answer(self, name: str) -> RemoteJob:
        job = self.jobs[name]
        return RemoteJob(name, job.execution, job.message, 1.5)


@pytest.fixture
def service() -> StubService:
    return StubService()


@pytest.fixture
def context(tmp_path: Path, service: StubService) -> JobContext:
    """A context whose device `DEVICE` is the stub; all other backends are the real ones."""

    def find(name: str, **options: Any) -> Any:
        return service if name == DEVICE else resolve(name, **options)

    return JobContext(
        JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}")),
        PayloadStore((tmp_path / "payloads").as_uri()),
        find,
        {"ibm": lambda: service},
    )


def make_request(backend: str = DEVICE, *, n_samples: int = 5, **changes: Any) -> Request:
    """A request for three bins of three neurons."""
    pattern = np.random.default_rng(5).random((n_samples, 3, 3)) < 0.4
    return Request(pattern_program(pattern, (3,), n_layers=2), backend, seed=7, **changes)


def planned(context: JobContext, service: StubService, **changes) -> JobRecord:
    (job,) = prepare(context, make_request(**changes), service)
    return job


def died(context: JobContext, job: JobRecord) -> JobRecord:
    """The record as a process that no longer lives would have left it."""
    host, _, started = myself().rsplit(":", 2)
    changed = replace(job, owner=f"{host}:{2**22 + 1}:{started}")
    context.store.forget(context.store.get(job.id))
    context.store.create([changed])
    return changed
