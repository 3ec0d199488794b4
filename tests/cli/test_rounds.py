"""Rasters that take a job a bin, from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.testing import Fault, LoopbackService
from tests.cli.conftest import Command, serve
from tests.conftest import Install
from tests.helpers import files_below
from tests.jobs.walks import MadeUpHistory

DEVICE = "ibm_montreal"
RUN = ("run", "--name", "tiny", "--samples", 20)
N_BINS = 8


@pytest.fixture
def _made_up(monkeypatch: pytest.MonkeyPatch, tiny: Path, undrawn: None) -> None:
    """Have the run ``tiny`` end in a generator that takes rounds."""
    from neuroqgan.runs.stages import generator_spec, load_trained

    def trained(selection: object, output: object, **_: object) -> MadeUpHistory:
        folder, config = selection.folder, selection.config  # type: ignore[attr-defined]
        found = load_trained(
            folder,
            config,
            selection.n_neurons,
            selection.bin_width,  # type: ignore[attr-defined]
        )
        return MadeUpHistory(found.spec)

    monkeypatch.setattr("neuroqgan.cli.training.train_with_progress", trained)
    monkeypatch.setattr(
        "neuroqgan.runs.stages.untrained",
        lambda config, n_neurons, bin_width, _covariates: MadeUpHistory(
            generator_spec(config, n_neurons, bin_width)
        ),
    )


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, _made_up: None) -> Iterator[LoopbackService]:
    """A service with one device."""
    with serve(monkeypatch, DEVICE) as started:
        yield started


@pytest.mark.usefixtures("_made_up")
@pytest.mark.parametrize("backend", ["aer", "fake_nairobi"])
def test_all_rounds_run_here_and_now(command: Command, backend: str, tmp_path: Path) -> None:
    outcome = command(*RUN, "--backend", backend, "--json")
    assert outcome.code == 0, outcome.err
    raster = load(Path(outcome.json["raster"]))
    assert raster.spikes.shape == (20, N_BINS, 4)
    jobs = command("jobs", "list", "--json").json
    assert [job["first_bin"] for job in jobs] == list(range(N_BINS))[::-1]
    assert {(job["n_bins"], job["state"]) for job in jobs} == {(N_BINS, "retrieved")}
    assert "bin 3 of 8" in command("jobs", "list", "--all").out
    # Again it is read from what is here, and any of its jobs gives the whole.
    before = files_below(tmp_path)
    again = command(*RUN, "--backend", backend, "--json")
    assert (again.code, again.json["job"]) == (0, outcome.json["job"]), again.err
    assert "all of it" in again.err
    assert len(command("jobs", "list", "--json").json) == N_BINS
    assert set(files_below(tmp_path)) == set(before)
    exported = command("jobs", "export", jobs[4]["id"], tmp_path / "out.npz", "--json")
    assert exported.code == 0, exported.err
    assert load(tmp_path / "out.npz") == raster
    assert len(json.loads((tmp_path / "out.json").read_text())["jobs"]) == N_BINS


@pytest.mark.slow
def test_one_command_walks_through_all_bins_in_one_batch(
    service: LoopbackService, command: Command
) -> None:
    outcome = command(*RUN, "--backend", DEVICE, "--yes", "--wait", "--json")
    assert outcome.code == 0, outcome.err
    assert service.created == N_BINS
    (batch,) = service.state.sessions.values()
    assert batch["mode"] == "batch"
    assert {job.session_id for job in service.jobs.values()} == {batch["id"]}
    assert batch["accepting_jobs"] is False
    raster = load(Path(outcome.json["raster"]))
    assert raster.spikes.shape == (20, N_BINS, 4)
    # Said and agreed to once.
    assert outcome.err.count("Allowance") == 1
    assert outcome.err.count("bin 3 of 8: done") == 1


@pytest.mark.slow
def test_the_same_command_goes_on_bin_by_bin(service: LoopbackService, command: Command) -> None:
    run = (*RUN, "--backend", DEVICE, "--twirling", "measure")
    first = command(*run, "--yes", "--json")
    assert first.code == 3, first.err
    assert (first.json["state"], service.created) == ("queued", 1)
    again = f"neuroqgan run --name tiny --backend {DEVICE} --samples 20 --seed 0 --twirling measure"
    assert again in first.err
    shown = command("jobs", "show")
    assert "bin       1 of 8" in shown.out
    assert next(iter(service.state.sessions)) in shown.out
    assert "20, in 4 shots" in shown.out  # several lie side by side

    # Bits that come home by another command are not fetched again, and not taken for the raster.
    home = command("jobs", "retrieve", "--json")
    assert (home.code, home.json[0]["raster"]) == (0, None), home.err
    assert again in home.err
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    assert again in command("jobs", "status").out
    unready = command("jobs", "export", "latest", "out.npz")
    assert unready.code == 3
    assert "not complete" in unready.err

    # Nobody is asked again, and no bin is sent twice.
    codes = [command(*run).code for _ in range(N_BINS)]
    assert codes == [3] * (N_BINS - 1) + [0]
    assert service.created == N_BINS
    assert len(service.state.sessions) == 1
    assert len({job["series"] for job in command("jobs", "list", "--json").json}) == 1


def test_a_new_calibration_between_two_bins_is_told(
    service: LoopbackService, command: Command
) -> None:
    run = (*RUN, "--backend", DEVICE, "--calibration", "refresh", "--avoid-qubits", "0-3")
    assert command(*run, "--yes").code == 3
    service.recalibrate(DEVICE, "2026-11-29T09:12:00+00:00", faulty=[9])
    second = command(*run)
    assert second.code == 3
    assert "now there is one of 2026-11-29 09:12 UTC" in second.err
    # The command that continues has the same settings.
    assert "--avoid-qubits 0-3 --calibration refresh" in second.out
    first, other = command("jobs", "list", "--json").json[::-1]
    assert (first["options"]["avoid_qubits"], first["options"]["calibration"]) == ("0-3", "refresh")
    assert other["series"] == first["series"]
    shown = command("backends", "show", DEVICE)
    assert "Calibrated  2026-11-29 09:12 UTC, " in shown.out
    assert "27, of which 26 are usable" in shown.out


def test_a_bin_that_failed_is_agreed_to_again(service: LoopbackService, command: Command) -> None:
    service.state.auto = False
    run = (*RUN, "--backend", DEVICE)
    command(*run, "--yes")
    (first,) = service.jobs
    assert command(*run).code == 3
    service.finish(first)
    assert command(*run).code == 3
    second = list(service.jobs)[1]
    service.fail(second, "the fridge is warm")
    refused = command(*run)
    assert (refused.code, service.created) == (2, 2)
    assert "--yes" in refused.err
    again = command(*run, "--yes")
    assert (again.code, service.created) == (3, 3)
    assert "Requests    8, one per bin" in again.err


@pytest.mark.slow
def test_an_answer_that_never_came_is_found(service: LoopbackService, command: Command) -> None:
    run = (*RUN, "--backend", DEVICE)
    command(*run, "--yes")
    service.faults.order("POST /jobs", Fault.DROP_AFTER)
    service.faults.order("GET /jobs", Fault.status(503), times=8)
    outcome = command(*run)
    assert outcome.code == 1
    assert "jobs recover" in outcome.err
    service.faults.clear()
    assert command(*run, "--wait").code == 0
    assert service.created == N_BINS


@pytest.mark.slow
def test_an_account_without_batches_sends_job_by_job(
    service: LoopbackService, command: Command
) -> None:
    service.faults.order("POST /sessions", Fault.status(403), times=N_BINS)
    outcome = command(*RUN, "--backend", DEVICE, "--yes", "--wait", "--json")
    assert outcome.code == 0, outcome.err
    assert {job.session_id for job in service.jobs.values()} == {None}


def test_a_batch_that_was_closed_in_between_is_followed_by_another(
    service: LoopbackService, command: Command
) -> None:
    run = (*RUN, "--backend", DEVICE)
    command(*run, "--yes")
    (batch,) = service.state.sessions.values()
    batch["accepting_jobs"] = False
    assert command(*run).code == 3
    first, second = (job.session_id for job in service.jobs.values())
    assert first != second
    assert second in service.state.sessions


@pytest.mark.usefixtures("_made_up")
def test_a_plugin_that_died_is_not_run_again_by_itself(
    install: Install,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from qiskit_ibm_runtime.fake_provider import FakeNairobiV2

    install(lambda _: FakeNairobiV2())
    run = (*RUN, "--backend", "acme:small")
    assert command(*run).code == 2

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.backends.local.qiskit_backend.QiskitBackend.run_page", die)
        assert command(*run, "--yes").code == 130
    outcome = command(*run)
    assert (outcome.code, "jobs recover" in outcome.err) == (1, True), outcome.err
    (job,) = command("jobs", "list", "--json").json
    assert job["state"] == "uncertain"
    # Run again on request, it is one of the bins that were agreed to.
    assert command("jobs", "recover", "--submit").code == 0
    whole = command(*run, "--json")
    assert whole.code == 0, whole.err
    assert len(command("jobs", "list", "--json").json) == N_BINS


@pytest.mark.slow
def test_fresh_asks_for_all_bins_anew(service: LoopbackService, command: Command) -> None:
    run = (*RUN, "--backend", DEVICE, "--wait", "--json")
    first = command(*run, "--yes")
    fresh = command(*run, "--yes", "--fresh")
    assert (fresh.code, service.created) == (0, 2 * N_BINS), fresh.err
    assert fresh.json["raster"] != first.json["raster"]
    again = command(*run)
    assert (again.code, again.json["job"]) == (0, fresh.json["job"])


def test_the_plan_is_for_the_whole_raster(service: LoopbackService, command: Command) -> None:
    flags = ("--backend", DEVICE, "--dry-run", "--mitigate", "readout", "--json")
    outcome = command(*RUN, *flags)
    assert outcome.code == 0, outcome.err
    plan = outcome.json["plan"]
    # Seven chains of four qubits would take more than 27.
    assert (plan["n_requests"], plan["jobs"]) == (N_BINS, N_BINS)
    assert 1 < plan["samples_a_shot"] <= 6
    rows = -(-20 // plan["samples_a_shot"])
    assert plan["parameter_sets"] == N_BINS * rows * plan["pages"]
    assert plan["calibration_shots"] == 4000
    assert plan["seconds"] > 2 * N_BINS
    assert service.created == 0


@pytest.mark.slow
def test_readout_is_calibrated_in_the_first_bin_alone(
    service: LoopbackService, command: Command
) -> None:
    service.state.draw = "simulate"
    run = (*RUN, "--backend", DEVICE, "--yes", "--wait", "--mitigate", "readout", "--json")
    outcome = command(*run, "--tiles", 2)
    assert outcome.code == 0, outcome.err
    calibrated = [any(len(b) == 2000 for b in job.bits) for job in service.jobs.values()]
    assert calibrated == [True] + [False] * (N_BINS - 1)
    readout = outcome.json["readout"]
    # The service reads without errors, so nothing changes.
    for name in ("spike_probability", "pair_covariance", "k_probability"):
        assert np.allclose(readout["raw"][name], readout["corrected"][name])


@pytest.mark.slow
def test_a_bin_that_comes_short_ends_the_walk(
    service: LoopbackService, command: Command, tiny: Path
) -> None:
    run = (*RUN, "--backend", DEVICE, "--yes", "--wait")
    service.faults.order("GET /jobs/{id}/results", Fault.misfit("rows as shots"), skip=1)
    short = command(*run, "--json")
    assert (short.code, short.out, service.created) == (1, "", 2)
    assert "2 shots per row instead of 1" in short.err
    (failed,) = command("jobs", "list", "--state", "failed", "--json").json
    assert failed["first_bin"] == 1
    # The service is asked again for what it was paid for, and the walk goes on after it.
    assert command("jobs", "retrieve", failed["id"]).code == 0
    outcome = command(*run, "--json")
    assert (outcome.code, service.created) == (0, N_BINS), outcome.err
