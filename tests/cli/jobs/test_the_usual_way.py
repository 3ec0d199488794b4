"""Jobs from the command line: planned, sent, watched, fetched and listed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import Command
from tests.cli.jobs.conftest import DEVICE, RUN
from tests.conftest import Install
from tests.helpers import files_below


def drawn_raster(service: LoopbackService, job: dict) -> np.ndarray:
    """The raster that the service drew, put together from the layout that the job exported."""
    bits = service.jobs[job["provider_id"]].bits
    layout = json.loads(Path(job["about"]).read_text())["layout"]
    spikes = np.zeros((job["samples"], layout["n_bins"], layout["n_neurons"]), bool)
    for page, measured in zip(layout["pages"], bits, strict=False):
        first = 0
        for tile in page["tiles"]:
            n_bits = len(tile["neurons"])
            spikes[:, tile["bins"][0], tile["neurons"]] = measured[:, first : first + n_bits]
            first += n_bits
    return spikes


def test_tomorrow_the_spikes_are_there(
    service: LoopbackService, command: Command, tmp_path: Path
) -> None:
    sent = command(*RUN, "--yes", "--json")
    assert sent.code == 0, sent.err
    assert "Allowance" in sent.err
    job = sent.json["job"]
    assert sent.json["state"] == "queued"
    service.state.auto = False

    waiting = command("jobs", "status", "--json")
    assert waiting.code == 3
    needed = {"id", "provider_id", "backend", "state", "run", "samples", "created"}
    assert needed <= set(waiting.json)
    assert waiting.json["id"] == job
    early = command("jobs", "retrieve")
    assert early.code == 3
    assert "not finished" in early.err

    service.finish(waiting.json["provider_id"])
    done = command("jobs", "status", job[:6])
    assert done.code == 0
    assert "jobs retrieve" in done.out
    home = command("jobs", "retrieve", "--json")
    assert home.code == 0, home.err
    (row,) = home.json
    raster = load(Path(row["raster"]))
    exported = command("jobs", "export", "latest", tmp_path / "out.npz", "--json")
    assert np.array_equal(raster.spikes, drawn_raster(service, exported.json))
    assert load(tmp_path / "out.npz") == raster

    # Paid once, and decoded again without the service.
    seen = len(service.requests)
    assert command("jobs", "retrieve", job).code == 0
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    assert len(service.requests) == seen
    again = command(*RUN, "--json", "--quiet")
    assert again.code == 0, again.err
    assert again.json["job"] == job
    assert service.created == 1
    fresh = command(*RUN, "--yes", "--fresh", "--json")
    assert fresh.json["job"] != job
    assert service.created == 2


def test_waiting_brings_everything_at_once(service: LoopbackService, command: Command) -> None:
    outcome = command(*RUN, "--yes", "--wait", "--mitigate", "readout", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["samples"] == 20
    assert outcome.json["pictures"]
    (job,) = service.jobs.values()
    assert sum(len(bits) == 2000 for bits in job.bits) == 2


def test_the_readout_is_corrected(
    service: LoopbackService, command: Command, tmp_path: Path
) -> None:
    service.state.draw = "simulate"
    outcome = command(*RUN, "--yes", "--wait", "--mitigate", "readout", "--json", "--tiles", 1)
    assert outcome.code == 0, outcome.err
    readout = outcome.json["readout"]
    assert readout, outcome.err
    assert set(readout) == {"raw", "corrected", "real"}
    # The service reads without errors, so nothing changes.
    for name in ("spike_probability", "pair_covariance", "k_probability"):
        assert np.allclose(readout["raw"][name], readout["corrected"][name])
    assert "corrected" in outcome.err


def test_nobody_agreed(service: LoopbackService, command: Command, own_home: Path) -> None:
    before = files_below(own_home / "runs")
    outcome = command(*RUN)
    assert outcome.code == 2
    assert "--yes" in outcome.err
    assert service.created == 0
    assert files_below(own_home / "runs") == before
    assert command("jobs", "list", "--json").json == []


def test_the_plan_costs_nothing(service: LoopbackService, command: Command) -> None:
    service.set_usage(590, 600)
    outcome = command(*RUN, "--dry-run", "--mitigate", "readout", "--json")
    assert outcome.code == 0, outcome.err
    plan = outcome.json["plan"]
    assert plan["calibration_shots"] % 4000 == 0 < plan["calibration_shots"]
    assert plan["seconds"] > 2
    assert outcome.json["allowance"] == {"used": 590.0, "limit": 600.0, "left": 10.0}
    assert "10 s left" in outcome.err
    assert service.created == 0


def test_more_than_is_left_is_said(service: LoopbackService, command: Command) -> None:
    service.set_usage(599, 600)
    refused = command(*RUN, "--yes")
    assert (refused.code, service.created) == (2, 0), refused.err
    assert "than the instance has left" in refused.err
    assert "--over-allowance" in refused.err
    outcome = command(*RUN, "--yes", "--over-allowance")
    assert (outcome.code, service.created) == (0, 1), outcome.err
    assert "more QPU time than the 1 s that are left" in outcome.err


def test_an_allowance_that_is_used_up(service: LoopbackService, command: Command) -> None:
    service.set_usage(0, 600, reached=True)
    refused = command(*RUN, "--yes")
    assert (refused.code, service.created) == (2, 0)
    assert "has used up its QPU time" in refused.err
    assert command("jobs", "list", "--json").json == []


@pytest.mark.parametrize(("used", "is_warned"), [(470, False), (480, True)])
def test_a_warning_from_four_fifths_of_an_allocation(
    service: LoopbackService, command: Command, used: float, is_warned: bool
) -> None:
    service.set_usage(used, 600, allocated=True)
    outcome = command(*RUN, "--dry-run")
    assert ("of its 600 s (80 %)" in outcome.out) is is_warned, outcome.out


def test_a_raster_that_may_take_so_much(service: LoopbackService, command: Command) -> None:
    plan = command(*RUN, "--dry-run", "--max-qpu-seconds", 2, "--json")
    assert plan.code == 0
    assert "QPU time than was allowed" in plan.json["refused"]
    refused = command(*RUN, "--yes", "--max-qpu-seconds", 2)
    assert (refused.code, service.created) == (2, 0)
    assert "--max-qpu-seconds 3" in refused.err
    outcome = command(*RUN, "--yes", "--max-qpu-seconds", 3)
    assert (outcome.code, service.created) == (0, 1), outcome.err


@pytest.mark.parametrize("name", ["ibm_brisban", "ibm_torino"])
def test_unknown_devices(service: LoopbackService, command: Command, name: str) -> None:
    outcome = command("run", "--name", "tiny", "--backend", name, "--yes")
    assert outcome.code == 2
    assert DEVICE in outcome.err
    assert "--backend" in outcome.err


def test_quiet_says_the_id(service: LoopbackService, command: Command) -> None:
    outcome = command(*RUN, "--yes", "--quiet")
    (job,) = command("jobs", "list", "--json").json
    assert (outcome.code, outcome.out) == (0, f"{job['id']}\n")


@pytest.mark.slow
def test_a_plugin_is_run_once_it_is_agreed_to(
    install: Install, tiny: Path, command: Command
) -> None:
    from qiskit_ibm_runtime.fake_provider import FakeNairobiV2

    install(lambda _: FakeNairobiV2())
    asked = ("run", "--name", "tiny", "--backend", "acme:small", "--samples", 12)
    refused = command(*asked)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    outcome = command(*asked, "--yes", "--mitigate", "readout", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["backend"] == "acme:small"
    assert "acme-small" in outcome.json["raster"]
    assert set(outcome.json["readout"]) == {"raw", "corrected", "real"}
    (job,) = command("jobs", "list", "--json").json
    assert (job["kind"], job["state"]) == ("plugin", "retrieved")
    again = command(*asked, "--mitigate", "readout", "--json")
    assert again.json["job"] == job["id"]


def test_watching(service: LoopbackService, command: Command) -> None:
    command(*RUN, "--yes")
    outcome = command("jobs", "watch", "--every", 0.1)
    assert outcome.code == 0, outcome.err
    assert "done" in outcome.out


def test_cancelling_is_not_forgetting(service: LoopbackService, command: Command) -> None:
    service.state.auto = False
    job = command(*RUN, "--yes", "--json").json["job"]
    refused = command("jobs", "forget", job, "--yes")
    assert refused.code == 2
    assert "jobs cancel" in refused.err
    cancelled = command("jobs", "cancel", job, "--json")
    assert (cancelled.code, cancelled.json["state"]) == (0, "cancelled")
    assert command("jobs", "cancel", job).code == 2
    assert command("jobs", "forget", job, input="n\n").code == 130
    assert command("jobs", "forget", job, "--yes").code == 0
    assert command("jobs", "list", "--json").json == []
    assert command("jobs", "show").code == 2


def test_a_private_result_is_kept(service: LoopbackService, command: Command) -> None:
    sent = command(*RUN, "--yes", "--private", "--json")
    assert "only once" in sent.err
    assert command("jobs", "retrieve").code == 0
    assert command("jobs", "retrieve", sent.json["job"]).code == 0
    shown = command("jobs", "show")
    assert "private" in shown.out
    assert "retrieved" in shown.out


def test_options_reach_the_service(service: LoopbackService, command: Command) -> None:
    flags = ("--dynamical-decoupling", "XY4", "--twirling", "both", "--max-execution-time", 60)
    outcome = command(*RUN, "--yes", *flags, "--rep-delay", 100e-6)
    assert outcome.code == 0, outcome.err
    (job,) = service.jobs.values()
    sent = json.dumps(job.body)
    assert "XY4" in sent
    assert "60" in sent
    assert all(len(bits) == 20 for bits in job.bits)
    assert command("jobs", "retrieve").code == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--twirling", "gates", "--fractional-gates"), "twirled"),
        (("--twirling", "some"), "twirling"),
        (("--rep-delay", 5), "rep"),
        (("--mitigate", "everything"), "mitigate"),
        (("--fractional-gates",), "fractional"),
    ],
)
def test_options_that_make_no_sense(
    service: LoopbackService, command: Command, flags: tuple, words: str
) -> None:
    for how in ("--yes", "--dry-run"):
        outcome = command(*RUN, how, *flags)
        assert outcome.code == 2
        assert words in outcome.err
    assert service.created == 0
    assert command("jobs", "list", "--json").json == []


def test_options_without_effect_are_said(tiny: Path, command: Command) -> None:
    outcome = command(
        *("run", "--name", "tiny", "--samples", 20),
        *("--private", "--tiles", 2, "--mitigate", "readout"),
    )
    assert outcome.code == 0
    assert "--private, --tiles has no effect on aer" in outcome.err
    assert "no readout errors" in outcome.err


@pytest.mark.slow
def test_filters_and_tables(tiny: Path, command: Command) -> None:
    assert "No jobs yet" in command("jobs", "list").out
    for seed in (0, 1):
        command("run", "--name", "tiny", "--samples", 20, "--seed", seed, "--quiet")
    everything = command("jobs", "list", "--json").json
    assert [job["seed"] for job in everything] == [1, 0]
    assert {job["state"] for job in everything} == {"retrieved"}
    for filters, number in (
        (("--state", "retrieved"), 2),
        (("--state", "queued", "--state", "running"), 0),
        (("--backend", "aer", "--run", "tiny", "--newer", "1h"), 2),
        (("--older", "1h"), 0),
        (("--limit", 1), 1),
    ):
        assert len(command("jobs", "list", *filters, "--json").json) == number
    assert "The newest 1 of 2 rasters" in command("jobs", "list", "--limit", 1).out
    assert "No such jobs" in command("jobs", "list", "--state", "lost").out
    for wrong in (("--state", "gone"), ("--newer", "soon"), ("--limit", 0)):
        outcome = command("jobs", "list", *wrong)
        assert outcome.code == 2
        assert "Traceback" not in outcome.err
