"""Jobs that are waited for, as a terminal shows them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from neuroqgan.cli.command import Output
from neuroqgan.cli.jobs.live_view import JobView, watching_jobs, way
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState


def job(**changes: Any) -> JobRecord:
    now = datetime.now(UTC)
    usual: dict[str, Any] = dict.fromkeys(JobRecord.__dataclass_fields__)
    usual |= {"id": "3f2a" * 8, "backend": "ibm_fez", "state": JobState.QUEUED, "message": ""}
    usual |= {"options": {}, "provider_id": "d3x", "n_bins": 1, "first_bin": 0, "part": 0}
    usual |= {"updated": now - timedelta(seconds=61), "submitted": now}
    return JobRecord(**(usual | changes))


def drawn(view: JobView, marks: str = "x*.") -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(view.view(marks))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_how_far_a_job_is() -> None:
    text = drawn(JobView([job()]))
    assert "3f2a3f2a on ibm_fez as d3x" in text
    assert "x planned  x submitting  * queued  . running  . done" in text
    assert "queued for 0:01:01" in text
    assert "next question now" in text
    assert way("failed", "x*.").endswith("* failed")


def test_changes_and_pauses() -> None:
    view = JobView([job()])
    view.change(job(state=JobState.RUNNING, message="[bold]odd[/bold]"))
    view.pause(12.4)
    text = drawn(view)
    assert "running for 0:00:00" in text
    assert "next question in 12 s" in text
    assert "[bold]odd[/bold]" in text  # text of others is not markup
    many = JobView([job(id=f"{i:032}") for i in range(9)])
    assert "and 3 more" in drawn(many)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_terminal_gets_one_view(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    written = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    console = Console(file=written, force_terminal=True, width=100)
    monkeypatch.setattr(Output, "progress", property(lambda _: console))
    said: list[JobRecord] = []
    first = job()
    with watching_jobs(Output(False, False), [first], said.append) as (changed, pause):
        pause(3.0)
        changed(replace(first, state=JobState.DONE))
        assert said == []
    assert [one.state for one in said] == [JobState.DONE]
    written.flush()
    text = written.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert ("◉" if encoding == "utf-8" else "* ") in text


def test_without_a_terminal_changes_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(file=io.StringIO(), width=100)
    monkeypatch.setattr(Output, "progress", property(lambda _: console))
    said: list[JobRecord] = []
    with watching_jobs(Output(False, False), [job()], said.append) as (changed, pause):
        pause(1.0)
        changed(job(state=JobState.DONE))
    assert [one.state for one in said] == [JobState.DONE]
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]
