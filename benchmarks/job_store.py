"""How long `neuroqgan jobs list` takes, as a whole process, with many jobs in the store.

    python benchmarks/job_store.py --jobs 10000

Prints one line of JSON: the median of several calls, and of the processor's time that they take,
which says more where other work goes on. With NEUROQGAN_DATABASE_URL set, the
jobs go into that database, which has to be empty.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore

COMMANDS = {
    "list": ["list"],
    "list_json": ["list", "--json"],
    "list_state": ["list", "--state", "queued", "--json"],
    "show": ["show", "latest", "--json"],
    "status": ["status", "latest", "--json"],
}


def fill(n_jobs: int) -> None:
    """Write records of all ages and states."""
    store = JobStore()
    if store.count():
        sys.exit("The database has jobs already.")
    # The newest job has ended, so that no service is asked.
    now, states = datetime.now(UTC), sorted(JobState, key=lambda one: one is not JobState.RETRIEVED)
    store.create(_record(i, now, states[i % len(states)]) for i in range(n_jobs))
    store.close()


def _record(number: int, now: datetime, state: JobState) -> JobRecord:
    job_id = uuid.uuid4().hex
    values: dict[str, Any] = {
        field.name: None for field in fields(JobRecord) if field.default is MISSING
    }
    at = now - timedelta(minutes=number)
    values |= {
        "id": job_id,
        "tag": f"neuroqgan-{job_id}",
        "request": uuid.uuid4().hex,
        "part": 0,
        "parts": 1,
        "request_hash": uuid.uuid4().hex * 2,
        "state": state,
        "version": 5,
        "kind": "ibm",
        "backend": "ibm_fez",
        "provider_id": f"d{number:019d}",
        "run": f"run-{number % 50}",
        "samples": 1000,
        "first_sample": 0,
        "seed": number,
        "options": {"mitigate": "readout", "rep_delay": None, "max_execution_time": 300},
        "estimate": {"seconds": 12.5, "jobs": 1, "executions": 160000},
        "private": False,
        "message": "",
        "client": {"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-ibm-runtime": "0.51.0"},
        "created": at,
        "updated": at,
    }
    # What a version of the package that is measured has more of stays empty.
    return JobRecord(**values)


def seconds(arguments: list[str], repeats: int) -> dict[str, float]:
    """Return medians of some calls."""
    taken, used = [], []
    for _ in range(repeats):
        began, before = time.perf_counter(), _used()
        subprocess.run(
            [sys.executable, "-m", "neuroqgan", "jobs", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        taken.append(time.perf_counter() - began)
        used.append(_used() - before)
    return {
        "seconds": round(statistics.median(taken), 3),
        "cpu_seconds": round(statistics.median(used), 3),
    }


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["NEUROQGAN_HOME"] = home
        began = time.perf_counter()
        fill(given.jobs)
        filled = time.perf_counter() - began
        figures = {name: seconds(line, given.repeats) for name, line in COMMANDS.items()}
    print(json.dumps({"jobs": given.jobs, "fill_seconds": round(filled, 2)} | figures))


if __name__ == "__main__":
    main()
