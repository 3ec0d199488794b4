"""Tables of spike times on the command line: what is said, and that nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.save import save
from neuroqgan.raster import SpikeRaster
from tests.cli.conftest import Command


@pytest.fixture
def spikes(tmp_path: Path) -> Path:
    """Five units over forty seconds, whose labels are not their positions."""
    random = np.random.default_rng(0)
    unit = np.repeat([2, 10, 3, 8, 1], [120, 200, 160, 240, 280])
    times = random.uniform(0, 40, len(unit)).round(4)
    frame = pd.DataFrame({"time": times, "neuron": [f"unit_{n}" for n in unit]})
    frame.to_csv(tmp_path / "spikes.csv", index=False)
    return tmp_path / "spikes.csv"


def test_show_says_what_was_understood(command: Command, spikes: Path) -> None:
    shown = command("data", "show", spikes, "--bin-width", 0.02)
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert any(line.split()[:3] == ["0", "unit_1", "6.45"] for line in lines), shown.out
    assert "bin width          0.02 s" in lines
    assert "already held a spike" in shown.err
    answer = command("data", "show", spikes, "--bin-width", 0.02, "--json").json
    assert answer["labels"] == ["unit_1", "unit_2", "unit_3", "unit_8", "unit_10"]


def test_rates_of_rare_spikes_are_not_zero(command: Command, tmp_path: Path) -> None:
    rare = np.zeros((1, 100_000, 2), bool)
    rare[0, 7, 0] = True
    save(tmp_path / "rare.npz", SpikeRaster(rare, 0.1))
    shown = command("data", "show", tmp_path / "rare.npz")
    assert "0.0001" in shown.out
    assert "silent neurons     1" in shown.out


def test_units_and_positions(command: Command, spikes: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.npz"
    convert = ("data", "convert", spikes, target, "--bin-width", 0.02, "--overwrite")
    assert command(*convert, "--units", "unit_8,unit_2").code == 0
    assert load(target).neuron_labels == ("unit_8", "unit_2")
    done = command(*convert, "--neurons", "3")
    assert "--neurons 3 chooses by position: unit_8. --units chooses by label." in done.err
    assert load(target).neuron_labels == ("unit_8",)


@pytest.mark.parametrize(
    ("suffix", "labels", "lost"),
    [
        (".npz", ("a", "b"), ""),
        (".mat", ("a", "b"), ""),
        (".npy", (), "the bin width. "),
        (".npy", ("a", "b"), "the bin width and the labels of neurons. "),
        (".csv", ("a", "b"), "the bin width. "),
        (".parquet", (), "the bin width. "),
    ],
)
def test_convert_says_what_a_format_has_no_place_for(
    command: Command, tmp_path: Path, suffix: str, labels: tuple[str, ...], lost: str
) -> None:
    source, target = tmp_path / "r.npz", tmp_path / f"s{suffix}"
    save(source, SpikeRaster(np.ones((2, 4, 2), bool), 0.02, labels))
    done = command("data", "convert", source, target)
    assert done.code == 0, done.err
    said = [line for line in done.err.splitlines() if "does not store" in line]
    whole = f"{target} does not store {lost}To read the file again, use --bin-width 0.02."
    assert said == ([whole] if lost else [])


def test_time_units_on_the_command_line(command: Command, spikes: Path, tmp_path: Path) -> None:
    table = pd.read_csv(spikes)
    table["time"] = (table["time"] * 20_000).round().astype(int)
    table.to_csv(tmp_path / "samples.csv", index=False)
    show = ("data", "show", tmp_path / "samples.csv", "--bin-width", 0.02, "--json")
    shown = command(*show, "--time-unit", "samples", "--sampling-rate", 20_000)
    assert "Warning" not in shown.err
    same = command("data", "show", spikes, "--bin-width", 0.02, "--json").json
    assert shown.json["rates_hz"] == same["rates_hz"]
    assert command(*show, "--time-unit", "samples").code == 2
    assert command(*show, "--sampling-rate", 20_000).code == 2
    wrong = command(*show, "--time-unit", "hours")
    assert wrong.code == 2
    assert "time_unit" in wrong.err


def test_notes_are_printed_before_training(
    command: Command, spikes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neuroqgan.errors import TrainingError

    def stop(*_: Any, **__: Any) -> None:
        raise TrainingError("Stopped here.")

    monkeypatch.setattr("neuroqgan.runs.stages.train_run", stop)
    arguments = ("--data", spikes, "--bin-width", 0.02, "--neurons", "1,4", "--bins", 8)
    done = command("train", *arguments)
    assert done.code == 1
    said, _, rest = done.err.partition("Training ")
    assert "fell into a bin that already held a spike of the same neuron" in said
    assert "chooses by position: unit_2, unit_10" in said
    assert "Stopped here" in rest


def test_evaluate_reads_its_files_as_other_commands_do(
    command: Command, spikes: Path, tmp_path: Path
) -> None:
    real = load(spikes, bin_width=0.02)
    windows = real.windows(8)
    save(tmp_path / "mine.npz", windows)
    judge = ("evaluate", tmp_path / "mine.npz", "--json")
    done = command(*judge, "--against", spikes, "--bin-width", 0.02)
    assert done.code == 0, done.err
    assert "already held a spike" in done.err
    assert done.json["evaluation"]["statistics"]["spike_probability"]["error"] < 0.01

    # An array beside another: the hint of the error is a flag that there is.
    noise = np.random.default_rng(0).normal(size=real.spikes.shape)
    np.savez(tmp_path / "two.npz", spk=real.spikes, lfp=noise, bin_width=0.02)
    refused = command(*judge, "--against", tmp_path / "two.npz")
    assert "--array spk" in refused.err
    named = command(*judge, "--against", tmp_path / "two.npz", "--array", "spk")
    assert named.code == 0, named.err
    assert named.json["evaluation"]["statistics"] == done.json["evaluation"]["statistics"]
    # Where the raster itself cannot be read without it, the flag is about that one too.
    np.savez(tmp_path / "pair.npz", spk=windows.spikes, lfp=windows.spikes * 1.0, bin_width=0.02)
    both = command(
        "evaluate", tmp_path / "pair.npz", "--against", tmp_path / "two.npz", "--array", "spk"
    )
    assert both.code == 0, both.err

    units = command(*judge, "--against", spikes, "--bin-width", 0.02, "--units", "unit_3,unit_8")
    assert units.code == 0, units.err


def test_flags_about_recordings_have_no_effect_on_a_run(command: Command) -> None:
    done = command("evaluate", "tiny", "--array", "spk")
    assert done.code == 2
    assert "--array" in done.err
    assert "trained on" in done.err
