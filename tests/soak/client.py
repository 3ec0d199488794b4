"""One client of a soak: it submits, asks, fetches, cancels and recovers jobs in turn.

python -m tests.soak.client --seed 3 --jobs 600 --seconds 1200 --report client-3.json
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.errors import JobStateError, NotReadyError, ServiceError, UncertainError
from neuroqgan.jobs.cancelling import cancel
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.recovery import abandon_half_stored, refresh
from neuroqgan.jobs.retrieval import retrieve_shared
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import send_again
from neuroqgan.sampling.sampled_jobs import known_jobs, sample_request
from tests.jobs.conftest import make_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.jobs.request import Request

_OPEN = frozenset(JobState) - FINAL
# How often each is done, when jobs are under way.
_WEIGHTS = {"submit": 30, "status": 40, "retrieve": 25, "again": 5, "cancel": 3, "list": 6}
_WEIGHTS |= {"recover": 1}
# More than these wait for nobody: then nothing is submitted.
_MOST_OPEN = 8
_GRACE = timedelta(seconds=2)


class Client:
    """What a client has done so far.

    Parameters
    ----------
    device
        Name of the device.
    seed
        Of what it does, in which order.
    """

    def __init__(self, device: str, seed: int) -> None:
        self.context = JobContext(answer_grace=_GRACE)
        self.backend: Backend = self.context.resolve(device)
        self.random = random.Random(seed)  # the order of its work
        self.name = f"client-{seed}"
        self.n_submitted = 0
        self.done: Counter[str] = Counter()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self._seed = seed
        self._open: list[str] = []

    def step(self, n_jobs: int) -> None:
        """Do one thing."""
        weights = dict(_WEIGHTS)
        if len(self._open) >= _MOST_OPEN or self.n_submitted >= n_jobs:
            weights["submit"] = 0
        if not self._open:
            weights |= {"status": 0, "retrieve": 0, "cancel": 0, "again": 0}
        (name,) = self.random.choices(list(weights), list(weights.values()))
        try:
            with self._timed(name):
                getattr(self, name)()
            self.done[name] += 1
        except (JobStateError, NotReadyError, ServiceError, UncertainError) as error:
            self.done[f"{name}: {type(error).__name__}"] += 1

    @property
    def is_finished(self) -> bool:
        """Whether nothing of its own is under way."""
        return not self._open

    def submit(self) -> None:
        """Send a raster that nobody has asked for."""
        request = self._request(1_000_000 * self._seed + self.n_submitted)
        self.n_submitted += 1
        found = sample_request(self.context, request, self.backend, known=[])
        self._open += [job.id for job in found.jobs]

    def again(self) -> None:
        """Ask for a raster a second time, which sends nothing."""
        job = self._one()
        assert known_jobs(self.context, self._request(job.seed))

    def status(self) -> None:
        """Do what ``neuroqgan jobs status`` does."""
        job = refresh(self.context, self._one())
        if job.state in FINAL:
            self._open.remove(job.id)

    def retrieve(self) -> None:
        """Fetch the bits of a job."""
        job = self._one()
        job = retrieve_shared(self.context, job)
        decode_request(self.context, [job])
        self._open.remove(job.id)

    def cancel(self) -> None:
        """Cancel a job."""
        job = cancel(self.context, self._one())
        if job.state in FINAL:
            self._open.remove(job.id)

    def list(self) -> None:
        """Do what ``neuroqgan jobs list`` does."""
        self.context.store.rasters(limit=50)
        self.context.store.count_rasters()

    def recover(self) -> None:
        """Do what ``neuroqgan jobs recover --submit`` does, for the jobs of all clients."""
        jobs = self.context.store.find(states=_OPEN - {JobState.DONE})
        for job in abandon_half_stored(self.context, jobs):
            found = refresh(self.context, job)
            unsent = found.state in {JobState.PLANNED, JobState.UNCERTAIN}
            if unsent and not self.context.store.is_held(found):
                send_again(self.context, found, self.backend)  # type: ignore[arg-type]

    def _request(self, seed: int) -> Request:
        return replace(make_request(self.backend.name, run=self.name), seed=seed)

    def _one(self) -> JobRecord:
        return self.context.store.get(self.random.choice(self._open))

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name].append(time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--report", type=Path, required=True)
    given = parser.parse_args()
    client = Client(given.device, given.seed)
    began = time.monotonic()
    deadline = began + given.seconds
    while time.monotonic() < deadline:
        if client.n_submitted >= given.jobs and client.is_finished:
            break
        client.step(given.jobs)
    report = {"submitted": client.n_submitted, "done": client.done, "seconds": client.seconds}
    given.report.write_text(json.dumps(report))


if __name__ == "__main__":
    main()
