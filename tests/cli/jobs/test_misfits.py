"""Results of another shape than was planned, and damaged ones, from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.testing import Fault, LoopbackService
from neuroqgan.testing.misfits import MISFITS
from tests.cli.conftest import Command
from tests.cli.jobs.conftest import RUN, without_grace
from tests.cli.jobs.test_the_usual_way import drawn_raster
from tests.helpers import files_below

RESULTS = "GET /jobs/{id}/results"
_SAYS = {
    "a row fewer": "19 rows instead of 20",
    "a row more": "21 rows instead of 20",
    "a row fewer of the last circuit": "calibration page",
    "a row fewer of the first circuit": "page 1: 19 rows instead of 20",
    "no rows": "0 rows instead of 20",
    "two shots": "2 shots per row instead of 1",
    "rows as shots": "10 rows instead of 20, 2 shots per row",
    "another register": "register meas of",
    "two registers": "registers spikes of 1 bit, more of",
    "a bit fewer": "instead of spikes of",
}
# The client itself counts circuits, and refuses the whole.
_REFUSED = {"a circuit fewer", "a circuit more"}


def test_no_raster_is_made_of_another_shape(
    service: LoopbackService, command: Command, tmp_path: Path, tiny: Path
) -> None:
    assert set(_SAYS) | _REFUSED == set(MISFITS)
    sent = command(*RUN, "--yes", "--mitigate", "readout", "--json")
    assert sent.code == 0, sent.err
    job = sent.json["job"]
    before = files_below(tiny)
    for what, says in _SAYS.items():
        service.faults.order(RESULTS, Fault.misfit(what))
        # Without a name at first, then that of a job that failed: it is asked for again.
        named = () if what == next(iter(_SAYS)) else (job,)
        home = command("jobs", "retrieve", *named, "--json")
        assert (home.code, service.faults.left(RESULTS)) == (1, 0), what
        assert says in home.err, what
        assert "does not fit its plan" in home.err
        assert f"jobs retrieve {job[:8]} asks the service for the result again" in home.err
        row = home.json if named else home.json[0]
        assert (row["state"], row.get("raster")) == ("failed", None)
        shown = command("jobs", "show")
        assert "failed" in shown.out
        assert says in shown.out
        status = command("jobs", "status")
        assert (status.code, says in status.out) == (1, True)
        assert command("jobs", "export", job, tmp_path / "x.npz").code == 1
        assert not (tmp_path / "x.npz").exists()
    for what in _REFUSED:
        service.faults.order(RESULTS, Fault.misfit(what))
        home = command("jobs", "retrieve", job)
        assert (home.code, service.faults.left(RESULTS)) == (1, 0), what
        assert "asking again is safe" in home.err
    assert set(files_below(tiny)) == set(before)
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    home = command("jobs", "retrieve", job, "--json")
    assert (home.code, home.json["samples"]) == (0, 20), home.err
    exported = command("jobs", "export", job, tmp_path / "out.npz", "--json").json
    drawn = drawn_raster(service, exported)
    assert np.array_equal(load(tmp_path / "out.npz").spikes, drawn)
    assert service.created == 1


@pytest.mark.parametrize("twirling", [(), ("--twirling", "measure")])
def test_a_run_that_waits_judges_nothing(
    service: LoopbackService, command: Command, tiny: Path, twirling: tuple[str, ...]
) -> None:
    service.faults.order(RESULTS, Fault.misfit("a row fewer"))
    before = set(files_below(tiny))
    outcome = command(*RUN, *twirling, "--yes", "--wait", "--json")
    assert outcome.code == 1
    assert "19 rows instead of 20" in outcome.err
    assert outcome.out == ""
    # What the samples see was kept with the request.
    found = {name for name in files_below(tiny) if not name.startswith("covariates/")}
    assert found == before
    assert command("jobs", "list", "--json").json[0]["state"] == "failed"


def test_a_damaged_result_is_asked_for_again(service: LoopbackService, command: Command) -> None:
    job = command(*RUN, "--yes", "--json").json["job"]
    for path, value in DAMAGED:
        service.faults.order(RESULTS, Fault.edited(path, value))
        home = command("jobs", "retrieve", job)
        assert (home.code, service.faults.left(RESULTS)) == (1, 0), (path, value)
        assert not any(word in home.err for word in PYTHON), home.err
        fits = "does not fit its plan" in home.err
        assert fits or "asking again is safe" in home.err, (path, value, home.err)
        state = command("jobs", "status", "--json").json["state"]
        assert state == ("failed" if fits else "done"), (path, value)
    assert command("jobs", "retrieve", job).code == 0
    assert service.created == 1


def test_of_a_private_result_that_arrives_damaged_nothing_is_promised(
    service: LoopbackService, command: Command
) -> None:
    job = command(*RUN, "--private", "--yes", "--json").json["job"]
    service.faults.order(RESULTS, Fault.edited("", "a string"))
    home = command("jobs", "retrieve", job)
    assert home.code == 1
    assert "can be read only once" in home.err
    assert "is safe" not in home.err


PYTHON = ("Error: '", "indices", "NoneType", "schema version", "KeyError", "TypeError", "must be")
DAMAGED: list[tuple[str, object]] = [
    ("", "a string"),
    ("", None),
    ("", []),
    ("", {}),
    ("", 7),
    ("schema_version", "removed"),
    ("schema_version", "v9.9"),
    ("schema_version", None),
    ("data", "removed"),
    ("data", None),
    ("data", "text"),
    ("data", {"a": 1}),
    ("data.0", None),
    ("data.0.results", None),
    ("data.0.results", {"spikes": None}),
    ("data.0.results.spikes.data", "no base64 !"),
    ("data.0.results.spikes.data", "AAAA"),
    ("data.0.results.spikes.data", None),
    ("data.0.results.spikes.shape", [3, 1, 4]),
    ("data.0.results.spikes.shape", [-1]),
    ("data.0.results.spikes.shape", "wide"),
    ("data.0.results.spikes.dtype", "f64"),
    ("metadata", None),
    ("metadata", "removed"),
    ("passthrough_data", None),
    ("passthrough_data", {"post_processor": 3}),
]


def test_a_damaged_answer_about_a_job(service: LoopbackService, command: Command) -> None:
    service.state.auto = False
    command(*RUN, "--yes")
    for path, value in (("", None), ("", []), ("", "x"), ("state", None), ("status", 3)):
        service.faults.order("GET /jobs/{id}", Fault.edited(path, value), times=2)
        asked = command("jobs", "status", "--json")
        service.faults.clear()
        assert asked.code in {1, 3}, (path, value, asked.err)
        assert not any(word in asked.err for word in PYTHON), asked.err
        assert asked.code == 3 or "asking again is safe" in asked.err, asked.err
    assert command("jobs", "status").code == 3


def test_one_404_does_not_lose_a_job(
    service: LoopbackService, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:

    service.state.auto = False
    sent = command(*RUN, "--yes", "--json").json
    provider_id = sent["jobs"][0]["provider_id"]
    job = service.jobs.pop(provider_id)
    for _ in range(2):
        unknown = command("jobs", "status")
        assert unknown.code == 1
        assert "may have it again later, and nothing was changed" in unknown.err
        assert command("jobs", "show", "--json").json["state"] == "queued"
    service.jobs[provider_id] = job
    again = command("jobs", "status", "--json")
    assert (again.code, again.json["message"]) == (3, "")
    notes = [event["note"] for event in command("jobs", "show", "--json").json["history"]]
    assert notes[-1] == "the service has it again"
    assert sum("did not have it" in note for note in notes) == 1

    # Minutes later it counts as lost, until somebody asks again.
    without_grace(monkeypatch)
    del service.jobs[provider_id]
    assert command("jobs", "status").code == 1
    lost = command("jobs", "status", "--json")
    assert (lost.code, lost.json["state"]) == (1, "lost")
    assert "jobs retrieve" in command("jobs", "status").out
    assert command("jobs", "retrieve", sent["job"]).code == 1
    service.jobs[provider_id] = job
    unfinished = command("jobs", "retrieve", sent["job"])
    assert unfinished.code == 3
    assert command("jobs", "show", "--json").json["state"] == "queued"
    service.finish(provider_id)
    home = command("jobs", "retrieve", sent["job"], "--json")
    assert (home.code, home.json["samples"], home.json["message"]) == (0, 20, ""), home.err
    states = [event["state"] for event in command("jobs", "show", "--json").json["history"]]
    assert states[-4:] == ["lost", "queued", "done", "retrieved"]
    assert service.created == 1


@pytest.mark.parametrize("code", [404, 410])
def test_a_result_that_was_not_there_is_asked_for_again(
    service: LoopbackService, command: Command, code: int
) -> None:
    job = command(*RUN, "--yes", "--json").json["job"]
    assert command("jobs", "status").code == 0
    service.faults.order(RESULTS, Fault.status(code, "Nothing of that name."))
    outcome = command("jobs", "retrieve")
    assert outcome.code == 1
    assert f"HTTP {code}" in outcome.err
    state = command("jobs", "show", "--json").json["state"]
    assert state == ("lost" if code == 410 else "done")
    assert command("jobs", "retrieve", job).code == 0
    assert command("jobs", "show", "--json").json["message"] == ""
