"""A run once more from what it kept, and what keeps it from being the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.save import save
from neuroqgan.raster import SpikeRaster
from neuroqgan.runs.recording import spikes_sha256
from tests.cli.conftest import Command
from tests.helpers import files_below

pytestmark = pytest.mark.usefixtures("undrawn")

SAMPLING = ("--samples", 40, "--sample-seed", 5, "--backend", "exact")


@pytest.fixture
def sampled(command: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run ``tiny`` with a raster that was not sampled with its own settings."""
    monkeypatch.setattr("neuroqgan.cli.judging.judge_and_draw", _collect)
    assert command("run", "--name", "tiny", *SAMPLING, "--quiet").code == 0
    return tiny


def _collect(context, jobs, selection, seed, output):
    """Judging takes longer than all the rest."""
    from neuroqgan.cli.judging import Finished
    from neuroqgan.runs.rasters import collect

    path, spikes = collect(context, jobs, selection.folder)
    return Finished(spikes.raster, path, None, None, [])


def test_a_replay_trains_again_and_gives_the_same_raster(command: Command, sampled: Path) -> None:
    before = files_below(sampled)
    outcome = command("run", "--replay", "tiny", "--json")
    assert outcome.code == 0, outcome.err
    said = outcome.json
    assert (said["run"], said["replay_of"], said["retrained"]) == ("tiny-replay", "tiny", True)
    assert (said["equal"], said["weights_equal"], said["n_differing"]) == (True, True, 0)
    assert said["n_bits"] == 40 * 8 * 4
    made = sampled.with_name("tiny-replay")
    raster = load(Path(said["raster"]))
    assert Path(said["raster"]).parent == made / "rasters"
    assert spikes_sha256(raster) == said["sha256"]
    assert raster == load(Path(said["original"]))
    # Trained, not copied; and the original is as it was.
    assert (made / "metrics.jsonl").exists()
    assert json.loads((made / "provenance.json").read_text())["replay_of"] == "tiny"
    assert files_below(sampled) == before
    assert "replay of tiny\n" in command("runs", "show", "tiny-replay").out


def test_the_kept_weights_are_sampled_without_a_recording(
    command: Command, sampled: Path, recording: Path, tmp_path: Path
) -> None:
    config = (sampled / "config.toml").read_text()
    assert str(recording) in config
    (sampled / "config.toml").write_text(config.replace(str(recording), str(tmp_path / "gone.npz")))
    gone = command("run", "--replay", "tiny")
    assert gone.code == 2
    assert "The recording of the run tiny cannot be read" in gone.err
    assert not sampled.with_name("tiny-replay").exists()
    outcome = command("run", "--replay", "tiny", "--kept-weights", "--name", "again")
    assert outcome.code == 0, outcome.err
    assert "again gives the same raster as tiny, bit for bit" in outcome.out
    assert not (sampled.with_name("again") / "metrics.jsonl").exists()


def test_a_recording_that_has_changed_is_refused(
    command: Command, sampled: Path, recording: Path, tmp_path: Path
) -> None:
    other = load(recording)
    spikes = other.spikes.copy()
    spikes[0, 0, 0] ^= True
    save(tmp_path / "other.npz", SpikeRaster(spikes, other.bin_width))
    config = (sampled / "config.toml").read_text()
    changed = config.replace(str(recording), str(tmp_path / "other.npz"))
    (sampled / "config.toml").write_text(changed)
    outcome = command("run", "--replay", "tiny")
    assert outcome.code == 2
    assert "has changed since it began" in outcome.err
    assert "SHA-256" in outcome.err
    assert not sampled.with_name("tiny-replay").exists()


def test_another_raster_and_other_versions_are_said(command: Command, sampled: Path) -> None:
    (path,) = (sampled / "rasters").iterdir()
    raster = load(path)
    spikes = raster.spikes.copy()
    spikes[0, 0, :3] ^= True
    save(path, SpikeRaster(spikes, raster.bin_width), overwrite=True)
    (record,) = (sampled / "sampled").iterdir()
    kept = json.loads(record.read_text())
    kept["versions"]["qiskit-aer"] = "0.1"
    record.write_text(json.dumps(kept))
    outcome = command("run", "--replay", "tiny", "--kept-weights")
    assert outcome.code == 1
    assert "gives another raster than tiny: 3 of 1,280 bits differ" in outcome.out
    assert "Warning: made with other versions" in outcome.err
    assert "qiskit-aer 0.1 (now 0." in outcome.err


def test_a_replay_that_was_cut_short_goes_on(
    command: Command, sampled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuroqgan.runs.stages.train", lambda *_, **__: False)
    stopped = command("run", "--replay", "tiny")
    assert stopped.code == 130
    assert "neuroqgan run --replay tiny --name tiny-replay" in stopped.err
    monkeypatch.undo()
    monkeypatch.setenv("NEUROQGAN_HOME", str(sampled.parents[1]))
    outcome = command("run", "--replay", "tiny", "--name", "tiny-replay", "--json")
    assert outcome.json["run"] == "tiny-replay"
    taken = command("run", "--replay", "tiny", "--name", "tiny-replay")
    assert taken.code == 2
    assert "exists already" in taken.err
    more = command("run", "--replay", "tiny", "--kept-weights", "--json")
    assert more.json["run"] == "tiny-replay-2"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--replay", "tiny", "--samples", 9, "--yes"), "--samples, --yes"),
        (("--replay", "nobody"), "There is no run 'nobody'"),
        (("--replay", "tiny", "--name", "a/b"), "--name"),
        (("--replay", "tiny"), "no raster yet"),
        (("--kept-weights",), "--replay RUN"),
    ],
)
def test_what_makes_no_sense_is_refused(
    command: Command, tiny: Path, arguments: tuple[object, ...], told: str
) -> None:
    before = sorted(tiny.parent.iterdir())
    outcome = command("run", *arguments)
    assert outcome.code == 2
    assert told in outcome.err
    assert sorted(tiny.parent.iterdir()) == before


def test_what_a_device_measured_cannot_be_repeated(command: Command, sampled: Path) -> None:
    (record,) = (sampled / "sampled").iterdir()
    kept = json.loads(record.read_text())
    record.write_text(json.dumps(kept | {"kind": "ibm", "backend": "ibm_fez"}))
    outcome = command("run", "--replay", "tiny")
    assert outcome.code == 2
    assert "gives other spikes every time" in outcome.err
    record.write_text("{")
    assert "is missing or damaged" in command("run", "--replay", "tiny").err
    # An earlier version kept no such record: the settings are known if they were the run's own.
    record.unlink()
    assert "It is not known how" in command("run", "--replay", "tiny").err


def test_a_run_shows_what_it_was_made_of(command: Command, sampled: Path) -> None:
    shown = command("runs", "show", "tiny").out
    kept = command("runs", "show", "tiny", "--json").json
    digest = kept["provenance"]["recording"]["sha256"]
    assert f"recording SHA-256 {digest}" in shown
    assert "seed = 0" in shown
    versions = kept["provenance"]["packages"]
    assert all(f"{name} {version}" in shown for name, version in versions.items())
    assert {"scipy", "scikit-learn", "qiskit-ibm-runtime"} < set(versions)
    (how,) = kept["sampled"].values()
    assert (how["backend"], how["seed"], how["n_samples"]) == ("exact", 5, 40)
    (path,) = (sampled / "rasters").iterdir()
    assert how["sha256"] == spikes_sha256(load(path))
    assert f"(exact, 40 samples, seed 5, SHA-256 {how['sha256'][:12]}...)" in shown


def test_other_settings_of_the_sampling_are_repeated(command: Command, sampled: Path) -> None:
    """Whole trials have another shape, which only their own record knows."""
    shutil.rmtree(sampled / "rasters")
    assert command("run", "--name", "tiny", "--trials", 3, "--quiet").code == 0
    outcome = command("run", "--replay", "tiny", "--kept-weights", "--json")
    assert outcome.json["equal"]
    assert load(Path(outcome.json["raster"])).spikes.shape == (3, 160, 4)
    assert np.array_equal(
        load(Path(outcome.json["raster"])).spikes, load(Path(outcome.json["original"])).spikes
    )
