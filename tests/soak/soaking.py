"""The soak: clients and a service in processes of their own, watched from outside."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from neuroqgan.testing import Fault, ServiceProcess
from tests.soak.checking import faults_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# Seven qubits are planned in milliseconds.
DEVICE = "ibm_nairobi"
_SECONDS_BETWEEN_LOOKS = 2.0
_SECONDS_BETWEEN_COMMANDS = 10.0
_SECONDS_BETWEEN_FAULTS = 7.0
# Of the time, at both ends, that memory is averaged over; what is imported and cached comes first.
_WARM_UP, _SHARE = 0.15, 0.1
_MIB = 2**20


class Soak:
    """A soak.

    Parameters
    ----------
    folder
        Where the store, the payloads and the reports of the clients go.
    n_jobs
        Jobs that are submitted, over all clients.
    n_clients
        Processes that share them.
    """

    def __init__(self, folder: Path, *, n_jobs: int, n_clients: int) -> None:
        self._folder = folder
        self._n_jobs, self._n_clients = n_jobs, n_clients
        self._memory: list[tuple[float, list[float]]] = []
        self._commands: list[float] = []
        self._environment: dict[str, str] = {}

    def run(self, seconds: float) -> dict[str, Any]:
        """Soak until all jobs are done, for at most so many seconds; return what was measured."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with ServiceProcess([DEVICE], polls=1) as service:
            service.control("set_usage", {"limit": None})
            home = {"NEUROQGAN_HOME": str(self._folder / "home"), "OMP_NUM_THREADS": "1"}
            self._environment = os.environ | service.environment | home
            # The first connection makes the tables.
            self._command("list")
            began = time.monotonic()
            clients = [self._client(number, seconds) for number in range(self._n_clients)]
            self._watch(service, clients, began)
            taken = time.monotonic() - began
            return self._measured(taken, clients) | {"faults": self._faults(service)}

    def _client(self, number: int, seconds: float) -> subprocess.Popen[bytes]:
        share = self._n_jobs // self._n_clients + (number < self._n_jobs % self._n_clients)
        line = [sys.executable, "-W", "ignore", "-m", "tests.soak.client", "--device", DEVICE]
        line += ["--seed", str(number), "--jobs", str(share), "--seconds", str(seconds)]
        line += ["--report", str(self._report(number))]
        return subprocess.Popen(line, env=self._environment)

    def _report(self, number: int) -> Path:
        return self._folder / f"client-{number}.json"

    def _watch(
        self,
        service: ServiceProcess,
        clients: Sequence[subprocess.Popen[bytes]],
        began: float,
    ) -> None:
        """Measure the memory of all, ask for a job as a user would, and lose an answer at times."""
        processes = [psutil.Process(service.pid), *(psutil.Process(one.pid) for one in clients)]
        next_command, next_fault = began + 5.0, began + 5.0
        while any(one.poll() is None for one in clients):
            now = time.monotonic()
            if all(one.poll() is None for one in clients):
                rss = [process.memory_info().rss / _MIB for process in processes]
                self._memory.append((now - began, rss))
            if now > next_command:
                self._commands.append(self._command("status"))
                next_command = now + _SECONDS_BETWEEN_COMMANDS
            if now > next_fault:
                service.order("POST /jobs", Fault.DROP_AFTER)
                next_fault = now + _SECONDS_BETWEEN_FAULTS
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _command(self, *words: str) -> float:
        """Return the seconds that a command on jobs takes, as a whole process."""
        line = [sys.executable, "-m", "neuroqgan", "jobs", *words]
        began = time.monotonic()
        subprocess.run(line, env=self._environment, capture_output=True, check=False)
        return time.monotonic() - began

    def _faults(self, service: ServiceProcess) -> dict[str, list[str]]:
        """Settle what is under way, then look for what must not be."""
        service.clear_faults()
        os.environ |= self._environment
        from neuroqgan.jobs.context import JobContext
        from neuroqgan.jobs.retrieval import retrieve
        from neuroqgan.jobs.state import FINAL, JobState

        context = JobContext()
        for _ in range(3):
            for job in context.store.find(states=set(JobState) - FINAL):
                _try(retrieve, context, job)
        found = faults_of(context, service)
        context.store.close()
        return found

    def _measured(self, taken: float, clients: Sequence[subprocess.Popen[bytes]]) -> dict[str, Any]:
        reports = [json.loads(self._report(number).read_text()) for number in range(len(clients))]
        done: Counter[str] = sum((Counter(one["done"]) for one in reports), Counter())
        seconds = {
            name: [s for one in reports for s in one["seconds"].get(name, ())]
            for name in ("status", "list", "submit", "retrieve")
        }
        times = np.array([at for at, _ in self._memory])
        rss = np.array([of_all for _, of_all in self._memory])
        start = (times >= _WARM_UP * taken) & (times < (_WARM_UP + _SHARE) * taken)
        end = times >= (1 - _SHARE) * times[-1]
        return {
            "jobs": sum(one["submitted"] for one in reports),
            "clients": len(clients),
            "minutes": round(taken / 60, 2),
            "done": dict(done),
            "client_mib": [_mean(rss[start, 1:]), _mean(rss[end, 1:])],
            "service_mib": [_mean(rss[start, 0]), _mean(rss[end, 0])],
            "p99_ms": {name: _p99(values) for name, values in seconds.items()},
            "median_ms": {name: _median(values) for name, values in seconds.items()},
            "status_command_ms": [_median(self._commands), _p99(self._commands)],
            "n_status": [len(seconds["status"]), len(self._commands)],
            "exit_codes": [one.returncode for one in clients],
        }


def _try(retrieve: Any, context: Any, job: Any) -> None:
    from neuroqgan.errors import NeuroqganError

    with suppress(NeuroqganError):
        retrieve(context, job)


def _mean(values: Any) -> float | None:
    return round(float(values.mean()), 1) if values.size else None


def _p99(seconds: Sequence[float]) -> float | None:
    return round(1000 * float(np.quantile(seconds, 0.99)), 1) if seconds else None


def _median(seconds: Sequence[float]) -> float | None:
    return round(1000 * statistics.median(seconds), 1) if seconds else None
