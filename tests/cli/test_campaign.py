"""Campaigns from the command line: planned, sent, interrupted, finished, and looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroqgan.jobs.bundle.verification import verify_bundle
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import Command, serve

DEVICE = "ibm_nairobi"
STEPS = "latent-ideal,latent-readout"
CAMPAIGN = ("campaign", DEVICE, "--run", "tiny", "--samples", 20)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Iterator[LoopbackService]:
    """A service with a small device, and a trained run ``tiny``."""
    with serve(monkeypatch, DEVICE) as started:
        yield started


@pytest.mark.slow
def test_a_campaign_goes_on_without_paying_twice(
    service: LoopbackService, command: Command, own_home: Path
) -> None:
    campaign = (*CAMPAIGN, "--steps", STEPS, "--json")
    plan = command(*campaign, "--dry-run")
    assert plan.code == 0, plan.err
    steps = {step["step"]: step for step in plan.json["steps"]}
    assert list(steps) == STEPS.split(",")
    assert [step["backend"] for step in steps.values()] == ["exact", DEVICE]
    estimated = steps["latent-readout"]["plan"]["seconds"]
    assert plan.json["qpu_seconds"] == pytest.approx(estimated)
    assert "Total: about" in plan.err

    # Nothing happens without consent, or beyond the limit.
    assert command(*campaign).code == 2
    limited = command(*campaign, "--yes", "--max-qpu-seconds", 1)
    assert (limited.code, "at most 1 s" in limited.err) == (2, True)
    assert (service.created, (own_home / "campaigns").exists()) == (0, False)

    service.state.auto = False
    sent = command(*campaign, "--yes", "--no-wait")
    assert (sent.code, service.created) == (3, 1), sent.err
    states = {step["step"]: step["state"] for step in sent.json["steps"]}
    assert states == {
        "latent-ideal": "here",
        "latent-readout": "queued",
    }

    # Nobody is asked again, and nothing is sent twice.
    service.state.auto = True
    done = command(*campaign)
    assert (done.code, service.created) == (0, 1), done.err
    for step in done.json["steps"]:
        assert step["state"] == "here"
        assert step["ratios"]["spike_probability"] > 0
        check = verify_bundle(step["bundle"], sha256=step["sha256"])
        assert check.ok, check.problems
        assert [job.id for job in check.jobs] == step["jobs"]
    page = Path(done.json["page"]).read_text()
    assert "Campaign on ibm_nairobi" in page
    assert all(f"{key} (tiny)" in page for key in STEPS.split(","))
    kept = json.loads((own_home / "campaigns" / DEVICE / "results.json").read_text())
    assert kept["steps"] == done.json["steps"]

    other = command(*campaign, "--seed", 1)
    assert (other.code, "samples something else" in other.err) == (2, True)


@pytest.mark.slow
def test_a_step_that_failed_is_sent_again_after_asking(
    service: LoopbackService, command: Command
) -> None:
    campaign = (*CAMPAIGN, "--steps", "latent-raw,latent-twirled", "--json")
    service.state.auto = False
    assert command(*campaign, "--yes", "--no-wait").code == 3
    first, second = service.jobs
    service.fail(first, "the fridge is warm")
    service.finish(second)
    plan = command(*campaign, "--dry-run")
    assert [step["state"] for step in plan.json["steps"]] == ["to repeat", "done"]
    assert "the fridge is warm" in plan.err
    # The plan has it once more, and asks.
    assert command(*campaign).code == 2
    service.state.auto = True
    done = command(*campaign, "--yes")
    assert (done.code, service.created) == (0, 3), done.err


@pytest.mark.slow
def test_all_steps_on_a_simulated_device_without_an_account(command: Command, tiny: Path) -> None:
    done = command("campaign", "fake_montreal", "--run", "tiny", "--samples", 40, "--json")
    assert done.code == 0, done.err
    keys = [step["step"] for step in done.json["steps"]]
    assert {"latent-ideal", "latent-raw", "latent-readout", "latent-read-twice"} <= set(keys)
    assert not any("simulated" in key for key in keys)
    assert done.json["qpu_seconds_used"] == 0
    assert all(step["c2st"] is not None for step in done.json["steps"])
    corrected = [step["step"] for step in done.json["steps"] if step["readout"] is not None]
    assert corrected == ["latent-readout"]


@pytest.mark.slow
def test_noise_of_the_device_is_simulated_before_it_measures(
    service: LoopbackService, command: Command
) -> None:
    done = command(*CAMPAIGN, "--steps", "latent-simulated,latent-raw", "--yes", "--json")
    assert done.code == 0, done.err
    backends = [step["backend"] for step in done.json["steps"]]
    assert backends == ["fake_nairobi", DEVICE]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--steps", "nonsense"), "no such step"),
        (("--steps", "memory"), "nothing to sample"),
        (("--run", "none"), "no run 'none'"),
        (("--name", "../x"), "cannot be called"),
        (("--samples", "0"), "range"),
    ],
)
def test_what_makes_no_sense_is_refused(
    command: Command, tiny: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = command("campaign", "fake_nairobi", "--run", "tiny", *arguments)
    assert refused.code == 2
    assert said in refused.err


def test_a_campaign_names_its_device(command: Command) -> None:
    refused = command("campaign", "ibm:least-busy")
    assert (refused.code, "name of one device" in refused.err) == (2, True)
