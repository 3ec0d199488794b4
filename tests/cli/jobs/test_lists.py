"""Lists of jobs: a row for every raster."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from neuroqgan.jobs.database import database_url
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from tests.cli.conftest import Command
from tests.jobs.test_store import make_record

NOW = datetime.now(UTC)


def walked(run: str, states: list[JobState], *, n_bins: int, bins: int = 1) -> list[JobRecord]:
    """The jobs of a raster that takes one for every block of bins."""
    jobs: list[JobRecord] = []
    for number, state in enumerate(states):
        job = make_record(run=run, state=state, created=NOW + timedelta(seconds=number))
        jobs.append(
            replace(
                job,
                series=jobs[0].request if jobs else job.request,
                after=jobs[-1].request if jobs else None,
                first_bin=number * bins,
                n_bins=n_bins,
                series_samples=9,
                options={"bins_per_job": bins},
            )
        )
    return jobs


@pytest.fixture
def store(own_home: Path) -> JobStore:
    retrieved, queued = JobState.RETRIEVED, JobState.QUEUED
    made = JobStore()
    made.create(walked("walked", [retrieved] * 16, n_bins=16))
    made.create(walked("blocks", [retrieved, retrieved, queued], n_bins=10, bins=4))
    whole = make_record(run="parts", samples=4, created=NOW - timedelta(hours=1))
    states = (retrieved, JobState.RUNNING, retrieved)
    parts = [
        replace(make_record(), request=whole.request, run="parts", part=i, parts=3, state=state)
        for i, state in enumerate(states)
    ]
    made.create([replace(part, samples=4, created=whole.created) for part in parts])
    made.create([make_record(run="alone", created=NOW - timedelta(hours=2))])
    made.close()
    return made


def rows(text: str) -> dict[str, str]:
    """The rows by the name of the run, with single blanks."""
    lines = [" ".join(line.split()) for line in text.splitlines()[1:]]
    return {run: line for line in lines for run in line.split()[3:4]}


def test_the_jobs_of_a_raster_share_a_row(
    store: JobStore, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    shown = rows(command("jobs", "list").out)
    assert list(shown) == ["walked", "blocks", "parts", "alone"]
    assert "retrieved ibm_stub walked 9 16 16 of 16 bins" in shown["walked"]
    assert "queued ibm_stub blocks 9 3 8 of 10 bins" in shown["blocks"]
    assert "running ibm_stub parts 12 3 2 of 3 parts 1 h" in shown["parts"]
    assert shown["alone"].endswith("preparing ibm_stub alone 5 1 2 h")
    newest = command("jobs", "list", "--json").json[0]
    assert any(newest["id"].startswith(line.split()[0]) for line in shown.values())


def test_all_are_shown_on_request(
    store: JobStore, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert command("jobs", "list", "--all").out.count("ibm_stub") == 16 + 3 + 3 + 1
    assert len(command("jobs", "list", "--json").json) == 16 + 3 + 3 + 1
    assert len(command("jobs", "list", "--json", "--limit", 2).json) == 2
    limited = command("jobs", "list", "--all", "--limit", 20).out
    assert limited.endswith("The newest 20 of 23 jobs; --limit shows more.\n")


def test_a_filter_finds_rasters_with_such_a_job(
    store: JobStore, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    found = rows(command("jobs", "list", "--state", "queued").out)
    assert list(found) == ["blocks"]
    # Its other jobs count all the same.
    assert "8 of 10 bins" in found["blocks"]
    assert list(rows(command("jobs", "list", "--run", "parts").out)) == ["parts"]
    limited = command("jobs", "list", "--limit", 3).out
    assert "The newest 3 of 4 rasters; --limit shows more." in limited
    assert limited.count("ibm_stub") == 3


@pytest.mark.parametrize("age", ["99999999999999d", "999999999w"])
@pytest.mark.parametrize("flag", ["--newer", "--older"])
def test_an_age_beyond_all_dates(store: JobStore, command: Command, flag: str, age: str) -> None:
    outcome = command("jobs", "list", flag, age)
    assert outcome.code == 2
    assert "longer than a century" in outcome.err
    assert command("jobs", "list", flag, "36525d").code == 0


def test_a_list_that_a_filter_empties_is_not_for_want_of_jobs(
    store: JobStore, command: Command
) -> None:
    store.create([make_record(run="mine")])
    for filters in (("--run", ""), ("--backend", "")):
        assert "No such jobs." in command("jobs", "list", *filters).out, filters


@pytest.mark.parametrize("name", ["\udcff", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_ids_in_other_alphabets(store: JobStore, command: Command, name: str) -> None:
    outcome = command("jobs", "show", name)
    assert outcome.code == 2
    assert "There is no job" in outcome.err


@pytest.mark.parametrize("change", ["state = 'weird'", "options = '{'", "created = 'x'"])
def test_a_record_that_cannot_be_read(store: JobStore, command: Command, change: str) -> None:
    store.create([make_record(run="mine")])
    with closing(sqlite3.connect(str(database_url().database))) as database, database:
        database.execute(f"UPDATE jobs SET {change}")  # noqa: S608  # words of this test
    outcome = command("jobs", "list")
    assert outcome.code == 0
    assert "cannot be read" in outcome.err
