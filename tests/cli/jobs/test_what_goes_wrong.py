"""Jobs from the command line that are lost, refused, fail, expire, or outlive their run."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuroqgan.data.load import load
from neuroqgan.errors import PlanError
from neuroqgan.testing import Fault, LoopbackService
from tests.cli.conftest import Command
from tests.cli.jobs.conftest import DEVICE, RUN, without_grace


def test_an_answer_that_never_came(service: LoopbackService, command: Command) -> None:
    service.faults.order("POST /jobs", Fault.DROP_AFTER)
    service.faults.order("GET /jobs", Fault.status(503), times=8)
    outcome = command(*RUN, "--yes", "--json")
    assert outcome.code == 1
    assert outcome.json["state"] == "uncertain"
    assert "jobs recover" in outcome.err
    service.faults.clear()
    recovered = command("jobs", "recover", "--submit", "--json")
    assert recovered.code == 0, recovered.err
    assert [job["state"] for job in recovered.json] in (["done"], ["queued"])
    assert command("jobs", "retrieve").code == 0
    assert service.created == 1


def test_the_same_command_finds_a_job_without_an_answer(
    service: LoopbackService, command: Command
) -> None:
    service.faults.order("POST /jobs", Fault.DROP_AFTER)
    service.faults.order("GET /jobs", Fault.status(503), times=8)
    assert command(*RUN, "--yes").code == 1
    assert command("jobs", "status", "--json").code == 1
    service.faults.clear()
    again = command(*RUN)
    assert again.code == 0, again.err
    assert "requested before" in again.err
    assert service.created == 1


def test_a_request_that_never_arrived(service: LoopbackService, command: Command) -> None:
    service.faults.order("POST /jobs", Fault.DROP_BEFORE)
    assert command(*RUN, "--yes").code == 1
    unknown = command("jobs", "recover", "latest", "--json")
    assert (unknown.code, unknown.json["state"]) == (3, "uncertain")
    assert command("jobs", "status").code == 3
    early = command("jobs", "recover", "latest", "--submit")
    assert early.code == 3
    assert "may still turn up" in early.err
    assert service.created == 0


def test_what_was_left_unsent_is_sent_by_the_same_command(
    service: LoopbackService, command: Command
) -> None:
    service.faults.order("GET /backends/{name}/status", Fault.status(403), times=9)
    first = command(*RUN, "--yes")
    assert (first.code, service.created) == (2, 0), first.err
    (job,) = command("jobs", "list", "--json").json
    assert job["state"] == "planned"
    service.faults.clear()
    assert command(*RUN).code == 2
    again = command(*RUN, "--yes", "--json")
    assert (again.code, again.json["job"], service.created) == (0, job["id"], 1), again.err


def test_what_failed_is_asked_for_anew(service: LoopbackService, command: Command) -> None:
    service.state.auto = False
    job = command(*RUN, "--yes", "--json").json["jobs"][0]
    service.fail(job["provider_id"], "the fridge is warm")
    again = command(*RUN, "--yes", "--json")
    assert (again.code, again.json["state"]) == (0, "queued")
    assert again.json["job"] != job["id"]
    assert command("jobs", "show", job["id"], "--json").json["state"] == "failed"


def test_a_refusal(service: LoopbackService, command: Command) -> None:
    service.faults.order("POST /jobs", Fault.status(413))
    outcome = command(*RUN, "--yes")
    assert outcome.code == 1
    assert "--samples" in outcome.err
    assert command("jobs", "status").code == 1
    assert command("jobs", "recover").out.startswith("Nothing to recover")
    assert command(*RUN, "--yes").code == 0


def test_watching_what_never_arrived_comes_to_an_end(
    service: LoopbackService, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.faults.order("POST /jobs", Fault.DROP_BEFORE)
    assert command(*RUN, "--yes").code == 1
    without_grace(monkeypatch)
    outcome = command("jobs", "watch", "--every", 0.1)
    assert outcome.code == 3
    assert "--submit" in outcome.err
    assert command("jobs", "recover", "--submit").code == 0
    assert service.created == 1


def test_a_plan_that_the_device_cannot_run_is_given_up(
    service: LoopbackService, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PlanError("Qubit 3 is faulty today.")

    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.backends.ibm.device.check_circuits", refuse)
        assert command(*RUN, "--yes").code == 2
    (job,) = command("jobs", "list", "--json").json
    assert (job["state"], job["message"]) == ("abandoned", "Qubit 3 is faulty today.")
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    assert command(*RUN, "--yes").code == 0


def test_failures(service: LoopbackService, command: Command) -> None:
    service.state.auto = False
    job = command(*RUN, "--yes", "--json").json["jobs"][0]["provider_id"]
    service.fail(job, "the fridge is warm")
    for words in (("status",), ("watch",), ("retrieve", job)):
        outcome = command("jobs", *words)
        assert outcome.code == 1
        assert "the fridge is warm" in outcome.out + outcome.err
    assert "Traceback" not in outcome.err


def test_a_private_result_that_somebody_else_read(
    service: LoopbackService, command: Command
) -> None:
    job = command(*RUN, "--yes", "--private", "--json").json["jobs"][0]["provider_id"]
    assert command("jobs", "status").code == 0
    service.jobs[job].n_read = 1
    service.faults.order("GET /jobs/{id}/results", Fault.DROP_AFTER, times=1)
    outcome = command("jobs", "retrieve")
    assert outcome.code == 1
    assert "private" in outcome.err
    assert command("jobs", "status").code == 1


def test_a_result_that_expired(service: LoopbackService, command: Command) -> None:
    job = command(*RUN, "--yes", "--json").json["jobs"][0]["provider_id"]
    command("jobs", "status")
    service.expire(job)
    outcome = command("jobs", "retrieve")
    assert outcome.code == 1
    assert "expired" in outcome.err
    assert command("jobs", "status", job).code == 1


def test_a_device_that_retired_since(service: LoopbackService, command: Command) -> None:
    command(*RUN, "--yes")
    service.retire(DEVICE)
    assert command("jobs", "status").code == 0
    assert command("jobs", "retrieve").code == 0


def test_a_client_of_another_version(
    service: LoopbackService, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        versions = {"qiskit": "1.4.0", "qiskit-ibm-runtime": "0.36.1"}
        patch.setattr("neuroqgan.jobs.new_records.package_versions", lambda: versions)
        command(*RUN, "--yes")
    home = command("jobs", "retrieve", "latest", "--json")
    assert home.code == 0
    assert "made with qiskit-ibm-runtime 0.36.1" in home.err
    assert home.json["client"] == versions
    assert "0.36.1" not in command("jobs", "retrieve", "latest").err


def test_an_interrupted_simulation_is_recovered(
    tiny: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("run", "--name", "tiny", "--backend", "fake_nairobi", "--samples", 12)
    whole = command(*asked, "--json").json["raster"]
    spikes = load(Path(whole))

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.backends.local.simulated.SimulatedBackend.run_pages", interrupt)
        assert command(*asked, "--fresh").code == 130
    status = command("jobs", "status")
    assert status.code == 3
    assert "jobs recover" in status.out
    assert command("jobs", "watch").code == 3
    recovered = command("jobs", "recover", "latest", "--json")
    assert (recovered.code, recovered.json["state"]) == (0, "retrieved")
    home = command("jobs", "retrieve", "latest", "--json")
    assert load(Path(home.json["raster"])) == spikes


def test_a_job_whose_run_is_gone(tiny: Path, command: Command, tmp_path: Path) -> None:
    command("run", "--name", "tiny", "--samples", 20, "--quiet")
    command("runs", "remove", "tiny", "--yes")
    home = command("jobs", "retrieve", "latest", "--json")
    assert home.code == 0
    assert home.json["raster"] is None
    out = tmp_path / "spikes.csv"
    assert command("jobs", "export", "latest", out).code == 0
    again = command("jobs", "export", "latest", out)
    assert again.code == 2
    assert "--overwrite" in again.err
    assert command("jobs", "export", "latest", out, "--overwrite").code == 0


def test_a_job_that_changed_while_the_question_was_shown_is_not_forgotten(
    service: LoopbackService, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.faults.order("GET /backends/{name}/status", Fault.status(403), times=9)
    assert command(*RUN, "--yes").code == 2
    service.faults.clear()

    def sent_meanwhile(_: str) -> None:
        assert command(*RUN, "--yes").code == 0

    monkeypatch.setattr("neuroqgan.cli.jobs.cancel_forget.ask", sent_meanwhile)
    refused = command("jobs", "forget", "latest")
    assert refused.code == 3
    assert "Another process" in refused.err
    assert command("jobs", "retrieve").code == 0
    assert service.created == 1
