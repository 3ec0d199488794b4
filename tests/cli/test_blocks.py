"""A past of one bin, and bins that a job measures together, from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroqgan.data.load import load
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import Command, serve

DEVICE = "ibm_nighthawk"
LATTICE = ("--multi-bin-circuit", "lattice")
LAST_BIN = ("--preset", "history", "--past", "bin", "--bins", 4, "--steps", 4, "--batch", 8)

pytestmark = [
    pytest.mark.filterwarnings("ignore:Properties of fake_nighthawk"),
    pytest.mark.usefixtures("undrawn"),
]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> Iterator[LoopbackService]:
    """A service with one device, whose qubits form a square lattice."""
    with serve(monkeypatch, DEVICE) as started:
        yield started


def _run(recording: Path, backend: str) -> tuple[object, ...]:
    flags = ("--samples", 20, "--backend", backend)
    return ("run", "--data", recording, "--name", "last", *flags, *LAST_BIN)


@pytest.mark.slow
def test_both_ways_are_planned_and_the_shorter_one_is_taken(
    service: LoopbackService, command: Command, recording: Path
) -> None:
    run = _run(recording, DEVICE)
    planned = command(*run, "--dry-run", "--json").json["plan"]
    one, *several = planned["ways"]
    assert (one["bins_per_job"], one["n_requests"], one["jobs"]) == (1, 4, 4)
    lattice = next(way for way in several if way["multi_bin_circuit"] == "lattice")
    assert (lattice["bins_per_job"], lattice["n_requests"], lattice["jobs"]) == (4, 1, 1)
    assert all(way["seconds"] < one["seconds"] for way in several)
    assert planned["seconds"] == min(way["seconds"] for way in several)
    assert (planned["bins_per_job"], planned["jobs"]) == (4, 1)
    shown = command(*run, "--dry-run").out
    assert "4 bins per job (lattice): 1 request, " in shown
    assert f"Chosen      4 bins per job ({planned['multi_bin_circuit']}): " in shown

    outcome = command(*run, "--yes", "--wait", "--json")
    assert outcome.code == 0, outcome.err
    assert service.created == 1
    assert load(Path(outcome.json["raster"])).spikes.shape == (20, 4, 4)
    again = command(*run, "--json")
    assert (again.code, service.created) == (0, 1), again.err


@pytest.mark.slow
def test_a_raster_goes_on_with_the_blocks_it_was_begun_with(
    service: LoopbackService, command: Command, recording: Path
) -> None:
    run = _run(recording, DEVICE)
    first = command(*run, "--yes", "--bins-per-job", 3, "--mitigate", "readout")
    assert first.code == 3, first.err
    assert "needs 2 requests, one after the other. This one measures bins 1 to 3 of 4" in first.out
    assert "--bins-per-job 3" in first.out
    assert "1 to 3 of 4" in command("jobs", "show").out
    codes = [command(*run, "--mitigate", "readout").code for _ in range(2)]
    assert codes == [3, 0]
    assert service.created == 2
    raster = command(*run, "--mitigate", "readout", "--json")
    assert load(Path(raster.json["raster"])).spikes.shape == (20, 4, 4)


@pytest.mark.slow
def test_a_simulated_device_says_what_the_device_would_take(
    command: Command, recording: Path, own_home: Path
) -> None:
    planned = command(*_run(recording, "fake_nighthawk"), "--dry-run", "--json").json["plan"]
    assert {way["multi_bin_circuit"] for way in planned["ways"]} >= {"", "lattice", "qubit-reuse"}
    assert planned["bins_per_job"] == 1
    assert "4 bins per job" in planned["reason"]
    other = command(*_run(recording, "fake_nairobi"), "--dry-run", "--json").json["plan"]
    assert "lattice needs a square lattice" in other["left_out"][0]
    assert "qubit-reuse needs a ladder" in other["left_out"][1]
    asked = command(*_run(recording, "fake_nairobi"), "--redundant-readout", 1, "--dry-run")
    assert "redundant readout needs one bin per job" in asked.out
    assert not own_home.exists()


@pytest.mark.usefixtures("own_home")
def test_blocks_through_aer(command: Command, recording: Path) -> None:
    outcome = command(*_run(recording, "aer"), "--bins-per-job", 3, "--json")
    assert outcome.code == 0, outcome.err
    assert load(Path(outcome.json["raster"])).spikes.shape == (20, 4, 4)
    jobs = command("jobs", "list", "--json").json
    assert sorted(job["first_bin"] for job in jobs) == [0, 3]
    shown = command("circuits", "show", "last", "--json").json
    assert shown["parameters"] == 996


@pytest.mark.slow
@pytest.mark.usefixtures("own_home")
def test_qubit_reuse_from_the_command_line(command: Command, recording: Path) -> None:
    reuse = ("--multi-bin-circuit", "qubit-reuse")
    first = command(*_run(recording, "exact"), *reuse, "--json")
    assert first.code == 0, first.err
    (job,) = command("jobs", "list", "--json").json
    assert (job["n_requests"], job["options"]["multi_bin_circuit"]) == (1, "qubit-reuse")
    # As it was begun, without a word.
    again = command(*_run(recording, "exact"), "--json")
    assert again.json["job"] == first.json["job"]
    shown = command("circuits", "show", "last", *reuse, "--json").json["cells"]
    assert [(cell["neurons"], cell["qubits"], cell["bins"]) for cell in shown] == [(4, 8, 4)]
    replayed = command("run", "--replay", "last", "--kept-weights")
    assert replayed.code == 0, replayed.err
    assert "the same raster" in replayed.out
    wrong = command(*_run(recording, "exact"), "--multi-bin-circuit", "reuse")
    assert wrong.code == 2
    assert "'qubit-reuse'" in wrong.err


@pytest.mark.parametrize(
    ("flags", "problem", "hint"),
    [
        (("--preset", "stationary", "--past", "bin"), "no use of past", "--preset history"),
        (("--preset", "history", "--past", "all"), "Impossible value for past", "--past filters"),
        (
            ("--preset", "history", "--bins-per-job", 2),
            "No circuit of this generator",
            "leave --bins-per-job out",
        ),
        (
            ("--preset", "stationary", "--bins-per-job", 1),
            "measures all bins",
            "--bins-per-job out",
        ),
        ((*LAST_BIN, "--bins-per-job", 5), "more bins than the raster", "--bins-per-job 4"),
        ((*LAST_BIN, "--bins-per-job", 0), "Impossible value", "--bins-per-job"),
        (
            (*LAST_BIN, "--bins-per-job", 1, "--multi-bin-circuit", "lattice"),
            "needs no circuit of several bins",
            "leave --bins-per-job out",
        ),
        (
            ("--preset", "history", "--multi-bin-circuit", "qubit-reuse"),
            "lets the spikes of a bin act on the next",
            "leave --multi-bin-circuit out",
        ),
        (
            (*LAST_BIN, "--multi-bin-circuit", "qubit-reuse", "--backend", "fake_fez"),
            "qubit-reuse needs a ladder",
            "another --multi-bin-circuit",
        ),
        (
            (*LAST_BIN, "--bins-per-job", 2, *LATTICE, "--backend", "fake_fez"),
            "no room",
            "--bins-per-job",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(
    command: Command,
    recording: Path,
    own_home: Path,
    flags: tuple[object, ...],
    problem: str,
    hint: str,
) -> None:
    outcome = command("run", "--data", recording, *flags)
    assert outcome.code == 2, outcome.err
    assert problem in outcome.err
    assert hint in outcome.err
    assert not (own_home / "runs").exists()
