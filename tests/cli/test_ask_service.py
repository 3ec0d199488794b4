"""The service's own dry run, beside our plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroqgan.testing import Fault, LoopbackService
from tests.cli.conftest import Command, serve

DEVICE = "ibm_montreal"
RUN = ("run", "--name", "tiny", "--samples", 20, "--backend", DEVICE, "--dry-run")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Iterator[LoopbackService]:
    """A service with one device, and its mock."""
    with serve(monkeypatch, DEVICE) as started:
        yield started


def nothing_happened(service: LoopbackService, command: Command) -> bool:
    """Whether no job was made, stored or charged."""
    stored = command("jobs", "list", "--json").json
    charged = service.state.usage()["usage_consumed_seconds"]
    return service.created == 0 and stored == [] and charged == 0


@pytest.mark.parametrize(
    "options",
    [(), ("--mitigate", "readout", "--rep-delay", 0.0005, "--samples", 5000)],
)
def test_the_service_agrees(
    service: LoopbackService, command: Command, options: tuple[object, ...]
) -> None:
    outcome = command(*RUN, *options, "--ask-service", "--json")
    assert outcome.code == 0, outcome.err
    asked, ours = outcome.json["service"], outcome.json["plan"]["seconds"]
    assert asked["difference"] == pytest.approx(ours / asked["seconds"] - 1)
    assert abs(asked["difference"]) < 0.1
    assert {job.backend for job in service.jobs.values()} == {"mock_montreal"}
    assert nothing_happened(service, command)
    # Were it our own estimate, a service with another rule would say the same.
    (job,) = service.jobs.values()
    assert job.seconds == asked["seconds"]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault.status(403, "Dry runs are not enabled."), "gave no estimate"),
        (Fault.status(400, "Too many gates."), "would refuse this: HTTP 400: Too many gates."),
        (Fault.DROP_AFTER, "gave no estimate"),
    ],
)
def test_a_service_that_gives_none_leaves_the_plan(
    service: LoopbackService, command: Command, fault: Fault, text: str
) -> None:
    service.faults.order("POST /jobs", fault, times=9)
    outcome = command(*RUN, "--ask-service")
    assert outcome.code == 0, outcome.err
    assert text in outcome.out
    assert "QPU time" in outcome.out
    assert nothing_happened(service, command)


def test_an_account_without_mocks(service: LoopbackService, command: Command) -> None:
    service.state.mocks = False
    outcome = command(*RUN, "--ask-service", "--json")
    assert outcome.code == 0, outcome.err
    assert "no mock_montreal" in outcome.json["service"]["problem"]
    assert ("POST", "/jobs") not in service.requests


def test_a_device_that_charges_is_sent_no_dry_run(
    service: LoopbackService, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuroqgan.backends.ibm.dry_run.mock_name", lambda name: name)
    monkeypatch.setattr(
        "qiskit_ibm_runtime.executor_sampler.Sampler.run",
        _without_dry_run(),
    )
    outcome = command(*RUN, "--ask-service")
    assert "gave no estimate" in outcome.out
    assert ("POST", "/jobs") not in service.requests
    assert nothing_happened(service, command)


def _without_dry_run() -> object:
    """Return the sampler's run of a client that pays no heed to a dry run."""
    from qiskit_ibm_runtime.executor_sampler import Sampler

    inner = Sampler.run
    return lambda self, pubs, *, shots, dry_run: inner(self, pubs, shots=shots)


def test_it_is_asked_only_before(service: LoopbackService, command: Command) -> None:
    outcome = command(*RUN[:-1], "--ask-service", "--yes")
    assert (outcome.code, service.created) == (2, 0)
    assert "--dry-run --ask-service" in outcome.err
    elsewhere = ("run", "--name", "tiny", "--backend", "fake_nairobi", "--dry-run")
    here = command(*elsewhere, "--ask-service")
    assert (here.code, "no service to ask" in here.out) == (0, True)
