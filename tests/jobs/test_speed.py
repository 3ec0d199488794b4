"""What a list of many jobs may take, measured in whole processes."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from neuroqgan.jobs.store import JobStore
from tests.jobs.test_store import make_record

N_JOBS = 10_000
# Of the processor, so that other work on the machine does not count. It takes 0.4 s and 0.9 s.
MOST_SECONDS = 3.0
HEAVY = {"torch", "qiskit", "qiskit_aer", "qiskit_ibm_runtime", "alembic", "numba", "pandas"}

CODE = """
import json, sys
from click.testing import CliRunner
from neuroqgan.cli import main
result = CliRunner().invoke(main, ["jobs", "list"])
assert result.exit_code == 0, result.output
print(json.dumps([sorted(name for name in sys.modules if "." not in name), result.output]))
"""


@pytest.fixture
def many(own_home: Path) -> Path:
    """A home with many jobs."""
    own_home.mkdir()
    store = JobStore(make_url(f"sqlite:///{own_home / 'jobs.sqlite'}"))
    record, now = make_record(), datetime.now(UTC)
    store.create(
        replace(record, id=f"{i:032x}", tag=f"neuroqgan-{i}", created=now - timedelta(minutes=i))
        for i in range(N_JOBS)
    )
    store.close()
    return own_home


def used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize(("arguments", "n_jobs"), [(["--limit", "50"], 50), ([], N_JOBS)])
def test_a_list_of_ten_thousand_jobs_takes_little(
    many: Path, arguments: list[str], n_jobs: int
) -> None:
    before = used()
    line = [sys.executable, "-m", "neuroqgan", "jobs", "list", "--json", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert used() - before < MOST_SECONDS
    found = json.loads(done.stdout)
    assert [job["id"] for job in found] == [f"{i:032x}" for i in range(n_jobs)]


def test_a_list_imports_nothing_heavy_and_shows_the_newest(many: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    modules, shown = json.loads(done.stdout)
    assert not HEAVY & set(modules)
    assert "sqlalchemy" in modules
    assert shown.count("ibm_stub") == 50
    assert f"The newest 50 of {N_JOBS} rasters" in shown
