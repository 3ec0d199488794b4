from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from tests.helpers import TRAINING, files_below


def test_the_whole_job(command, recording: Path, own_home: Path, tmp_path: Path) -> None:
    output = tmp_path / "made.npz"
    arguments = ("--data", recording, "--name", "whole", *TRAINING, "--samples", 60)
    outcome = command("run", "--backend", "aer", *arguments, "--output", output, "--json")
    assert outcome.code == 0, outcome.err
    result = outcome.json
    assert result["run"] == "whole"
    assert result["backend"] == "aer"
    assert result["parameters"] > 0
    assert result["seconds"] > 0
    assert set(result["evaluation"]) >= {"statistics", "c2st"}
    assert result["raster"] == str(output)
    with np.load(output, allow_pickle=False) as file:
        assert file["spikes"].dtype == bool
        assert file["spikes"].shape == (60, 8, 4)
        assert float(file["bin_width"]) == 0.02
    folder = own_home / "runs" / "whole"
    for picture in ("rasters", "statistics", "autocovariance", "training"):
        assert (folder / "figures" / f"{picture}.png").stat().st_size > 5000
        assert (folder / "figures" / f"{picture}.svg").exists()
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 3
    assert "C2ST" in outcome.err


def test_a_trained_run_is_reused(command, tiny: Path) -> None:
    weights = (tiny / "generator.safetensors").read_bytes()
    first = command("run", "--name", "tiny", "--samples", 50, "--seed", 3, "--json")
    assert first.code == 0, first.err
    assert "Using the trained run tiny" in first.err
    again = command("run", "--name", "tiny", "--samples", 50, "--seed", 3, "--json")
    other = command("run", "--name", "tiny", "--samples", 50, "--seed", 4, "--json")
    one, two, three = (load(Path(o.json["raster"])) for o in (first, again, other))
    assert one == two
    assert one != three
    assert first.json["evaluation"] == again.json["evaluation"]
    assert (tiny / "generator.safetensors").read_bytes() == weights


@pytest.mark.slow
def test_a_trained_run_is_sampled_on_a_noisy_device(command, tiny: Path) -> None:
    outcome = command(
        "run", "--name", "tiny", "--backend", "aer:nairobi", "--samples", 40, "--json"
    )
    assert outcome.code == 0, outcome.err
    raster = Path(outcome.json["raster"])
    assert raster.parent == tiny / "rasters"
    assert raster.name.startswith("fake_nairobi-seed0-40-")
    # Another plan is another raster, and replaces none.
    again = command(
        *("run", "--name", "tiny", "--backend", "fake_nairobi", "--samples", 40, "--json"),
        *("--redundant-readout", 1),
    )
    assert again.code == 0, again.err
    assert again.json["raster"] != str(raster)
    assert raster.exists()


def test_a_dry_run_trains_and_writes_nothing(command, recording: Path, own_home: Path) -> None:
    asked = ("run", "--data", recording, "--bins", 8, "--dry-run", "--json")
    planned = command(*asked, "--backend", "fake_nairobi")
    assert planned.code == 0, planned.err
    # Four neurons a cell: one chain of a 7-qubit device, a page a bin.
    assert planned.json["plan"]["pages"] == 8
    assert command(*asked, "--backend", "aer").code == 2
    assert files_below(own_home) == {}


def test_the_same_seed_trains_the_same_generator(command, recording: Path, own_home: Path) -> None:
    for name in ("one", "two"):
        outcome = command("train", "--data", recording, "--name", name, *TRAINING, "--seed", 5)
        assert outcome.code == 0
    runs = own_home / "runs"
    assert (runs / "one/generator.safetensors").read_bytes() == (
        runs / "two/generator.safetensors"
    ).read_bytes()


def test_a_run_without_a_name_gets_one_that_fits_its_settings(command, recording: Path) -> None:
    first = command("train", "--data", recording, *TRAINING, "--json")
    other = command("train", "--data", recording, *TRAINING, "--seed", 1, "--json")
    assert first.json["run"].startswith("four-stationary-")
    assert first.json["run"] != other.json["run"]


def test_settings_that_differ_from_the_trained_ones_are_refused(command, tiny: Path) -> None:
    before = files_below(tiny)
    outcome = command("run", "--name", "tiny", "--bins", 10)
    assert outcome.code == 2
    assert "trained with other settings" in outcome.err
    assert "bins = 8" in outcome.err
    assert "bins = 10" in outcome.err
    assert files_below(tiny) == before


def test_a_recording_that_changed_is_refused(command, own_home, recording, tmp_path: Path) -> None:
    own = tmp_path / "own.npz"
    own.write_bytes(recording.read_bytes())
    assert command("train", "--data", own, "--name", "x", *TRAINING).code == 0
    assert command("data", "simulate", own, "--neurons", 4, "--seed", 9, "--overwrite").code == 0
    outcome = command("run", "--name", "x")
    assert outcome.code == 2
    assert "has changed since" in outcome.err


def test_a_configuration_file_and_flags_before_it(command, recording: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        f'data = "{recording}"\nbins = 8\nsteps = 3\nbatch = 16\nshots = 2\nname = "toml"\n'
    )
    shown = command("config", "show", "--config", file, "--seed", 2, "--json").json
    assert (shown["seed"], shown["bins"], shown["layers"]) == (2, 8, 3)
    assert command("train", "--config", file).code == 0
    kept = command("runs", "show", "toml", "--json").json
    assert kept["config"]["steps"] == 3
    assert kept["state"] == "trained"


@pytest.mark.parametrize(
    "flags",
    [
        ("--preset", "spiqgan", "--layers", "2"),
        ("--group-size", "2"),
        ("--exact",),
        ("--critic-weight", "0"),
        ("--gradient", "parameter-shift", "--gradient-cells", "4"),
        ("--gradient", "spsa"),
        ("--entangling", "ring"),
        ("--neurons", "3,1"),
    ],
    ids=" ".join,
)
def test_every_kind_of_training(command, recording: Path, flags: tuple[str, ...]) -> None:
    # Without a critic no shots are taken, and asking for some is refused.
    training = TRAINING[: TRAINING.index("--shots")] if "--critic-weight" in flags else TRAINING
    arguments = ("--data", recording, "--name", "kind", *training, *flags)
    outcome = command("run", *arguments, "--samples", 40, "--json", "--quiet")
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    n_neurons = 2 if "--neurons" in flags else 4
    assert load(Path(outcome.json["raster"])).spikes.shape == (40, 8, n_neurons)


def test_a_silent_neuron_is_a_warning_and_the_run_works(command, make_raster, tmp_path) -> None:
    raster = make_raster(n_samples=20, n_bins=80)
    raster.spikes[:, :, 1] = False
    np.savez(tmp_path / "silent.npz", spikes=raster.spikes, bin_width=0.02)
    arguments = ("--data", tmp_path / "silent.npz", *TRAINING, "--samples", 40)
    outcome = command("run", *arguments, "--json")
    assert outcome.code == 0, outcome.err
    assert "Warning: 1 of 4 neurons never fire: 1" in outcome.err
    assert outcome.json["evaluation"]["statistics"]["spike_probability"]["ratio"] is not None


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_training_goes_on_bit_for_bit(
    command, recording: Path, own_home: Path, number: signal.Signals
) -> None:
    training = (*TRAINING, "--steps", "60", "--data", str(recording))
    started = subprocess.Popen(
        [sys.executable, "-m", "neuroqgan", "train", "--name", "stopped", *training],
        env=os.environ | {"NEUROQGAN_HOME": str(own_home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    folder = own_home / "runs" / "stopped"
    _wait_for_step(folder, started)
    started.send_signal(number)
    _, err = started.communicate(timeout=120)
    assert started.returncode == 130
    assert "neuroqgan train --name stopped --resume" in err
    assert "Traceback" not in err
    assert command("runs", "list", "--json").json[0]["state"] == "unfinished"

    again = command("train", "--name", "stopped", *training)
    assert again.code == 2
    assert "--resume" in again.err
    resumed = command("train", "--name", "stopped", "--resume")
    assert resumed.code == 0, resumed.err
    assert command("train", "--name", "straight", *training).code == 0
    straight = own_home / "runs" / "straight"
    weights = "generator.safetensors"
    assert (folder / weights).read_bytes() == (straight / weights).read_bytes()
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == list(range(1, 61))


def _wait_for_step(folder: Path, process: subprocess.Popen) -> None:
    """Wait until a step was done, which the metrics show only once their buffer is full."""
    limit = time.monotonic() + 240
    while not (folder / "config.toml").exists() or not (folder / "metrics.jsonl").exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < limit
        time.sleep(0.05)
