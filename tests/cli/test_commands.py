"""The smaller commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qiskit import qpy

from neuroqgan.data.load import load
from tests.helpers import files_below


def test_runs_list_show_remove(command, tiny: Path) -> None:
    (row,) = command("runs", "list", "--json").json
    assert (row["run"], row["state"], row["c2st"], row["ratios"]) == ("tiny", "trained", None, {})
    assert (row["preset"], row["seed"], row["neurons"]) == ("stationary", 0, 4)
    assert row["parameters"] > 100
    assert "tiny" in command("runs", "list").out
    shown = command("runs", "show", "tiny", "--json").json
    assert shown["provenance"]["recording"]["neurons"] == 4
    assert set(shown["provenance"]["packages"]) >= {"neuroqgan", "torch", "qiskit", "qiskit-aer"}
    assert "bins = 8" in command("runs", "show", "tiny").out
    kept = command("runs", "remove", "tiny", input="n\n")
    assert kept.code != 0
    assert tiny.exists()
    assert command("runs", "remove", "tiny", "--yes").code == 0
    assert not tiny.exists()
    assert "There are no runs in" in command("runs", "list").out


@pytest.mark.slow
def test_evaluate_and_report_of_a_run(command, tiny: Path) -> None:
    for name in ("evaluate", "report"):
        outcome = command(name, "tiny")
        assert outcome.code == 2
        assert "no raster yet" in outcome.err
    made = command("run", "--name", "tiny", "--samples", 60, "--json").json
    again = command("evaluate", "tiny", "--json").json
    assert again["evaluation"] == made["evaluation"]
    before = files_below(tiny / "figures")
    drawn = command("report", "tiny", "--json").json
    assert drawn["pictures"] == made["pictures"]
    assert files_below(tiny / "figures") == before


def test_evaluate_two_files(command, recording: Path, tmp_path: Path) -> None:
    windows = load(recording).windows(8)
    np.savez(tmp_path / "a.npz", spikes=windows.spikes[::2], bin_width=0.02)
    flipped = windows.spikes[1::2, :, ::-1]
    np.savez(tmp_path / "b.npz", spikes=flipped, bin_width=0.02)
    same = command("evaluate", tmp_path / "a.npz", "--against", recording, "--json")
    assert same.code == 0, same.err
    other = command("evaluate", tmp_path / "b.npz", "--against", recording, "--json").json
    rates = [
        o["evaluation"]["statistics"]["spike_probability"]["error"] for o in (same.json, other)
    ]
    assert rates[1] > 3 * rates[0]
    arguments = ("--against", recording, "--training", recording, "--neurons", "0:2", "--json")
    assert command("evaluate", tmp_path / "a.npz", *arguments).code == 0
    alone = command("evaluate", tmp_path / "a.npz")
    assert alone.code == 2
    assert "--against" in alone.err


def test_data_commands(command, tmp_path: Path) -> None:
    assert set(command("data", "list", "--json").json["recordings"]) == {"simulated", "salamander"}
    made = command("data", "simulate", tmp_path / "p.npz", "--neurons", 3, "--trials", 4, "--json")
    assert made.json["neurons"] == 3
    assert len(made.json["rates_hz"]) == 3
    for suffix in (".mat", ".parquet", ".csv", ".npy"):
        target = tmp_path / f"p{suffix}"
        assert command("data", "convert", tmp_path / "p.npz", target).code == 0
        width = () if suffix == ".mat" else ("--bin-width", 0.02)
        shown = command("data", "show", target, *width, "--json").json
        assert shown["rates_hz"] == pytest.approx(made.json["rates_hz"], rel=0.05)
    chosen = command(
        "data", "convert", tmp_path / "p.npz", tmp_path / "q.npz", "--neurons", "2,0", "--json"
    )
    assert chosen.json["neurons"] == 2
    again = command("data", "convert", tmp_path / "p.npz", tmp_path / "q.npz")
    assert again.code == 2
    assert "exists already" in again.err
    page = command("data", "show", tmp_path / "p.npz").out
    assert "firing rate in Hz" in page
    assert all(len(line) <= 80 for line in page.splitlines())


def test_the_stimulus_goes_along(command, tmp_path: Path) -> None:
    made = ("data", "simulate", tmp_path / "p.npz", "--n-neurons", 3, "--bins", 60)
    command(*made, "--trials", 20, "--stimuli", 4)
    page = command("data", "show", tmp_path / "p.npz").out
    assert "left, middle, right (of 20 trials)" in page
    assert "aligned trials" in page
    command("data", "convert", tmp_path / "p.npz", tmp_path / "q.npz", "--stop", 1)
    shown = command("data", "show", tmp_path / "q.npz", "--json").json
    assert shown["covariates"] == ["left", "middle", "right"]
    assert shown["trials_look_aligned"] in (True, False)
    lost = command("data", "convert", tmp_path / "p.npz", tmp_path / "q.csv").err
    assert "does not store the bin width and the covariates" in " ".join(lost.split())
    bare = command("data", "show", tmp_path / "q.csv", "--bin-width", 0.02, "--json").json
    assert bare["covariates"] == []


def test_fetch_asks_and_refuses(command, own_home: Path) -> None:
    outcome = command("data", "fetch", "salamander", "--url", "http://127.0.0.1:9/x", "--quiet")
    assert outcome.code == 1
    assert "could not be downloaded" in outcome.err
    assert "Traceback" not in outcome.err
    assert command("data", "fetch", "salamandre").code == 2


def test_circuits_show_and_export(command, tiny: Path, tmp_path: Path) -> None:
    outcome = command("circuits", "show", "--preset", "spiqgan", "--neurons", "0:5", "--json")
    cells = outcome.json["cells"]
    assert outcome.json["parameters"] == 2 * 16 * 5 * 5
    assert cells[0]["two_qubit_gates"] == 16
    shown = command("circuits", "show", "tiny", "--device", "fake_brisbane")
    assert shown.code == 0, shown.err
    assert "RY" in shown.out.upper()
    assert "fake_brisbane" in shown.out
    wrong = command("circuits", "show", "tiny", "--device", "fake_nowhere")
    assert wrong.code == 2
    assert "expected: " in wrong.err
    exported = command("circuits", "export", "tiny", tmp_path / "cells", "--json").json
    qpy_file = next(Path(name) for name in exported["files"] if name.endswith(".qpy"))
    with qpy_file.open("rb") as handle:
        (circuit,) = qpy.load(handle)
    assert circuit.num_qubits == 4
    before = files_below(tmp_path / "cells")
    again = command("circuits", "export", "tiny", tmp_path / "cells")
    assert again.code == 2
    assert "exists already" in again.err
    assert files_below(tmp_path / "cells") == before


def test_config_show_is_ready_for_config(command, tmp_path: Path) -> None:
    text = command("config", "show", "--preset", "spiqgan", "--neurons", "0:6", "--samples", 9).out
    (tmp_path / "run.toml").write_text(text)
    again = command("config", "show", "--config", tmp_path / "run.toml")
    assert again.out == text


@pytest.mark.slow
def test_quiet_says_nothing(command, tiny: Path) -> None:
    for arguments in (("runs", "list"), ("data", "show", "simulated"), ("run", "--name", "tiny")):
        outcome = command(*arguments, "--quiet")
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_json_is_one_object_on_standard_output(command, tiny: Path, recording: Path) -> None:
    for arguments in (
        ("run", "--name", "tiny", "--samples", 30),
        ("runs", "show", "tiny"),
        ("data", "list"),
        ("data", "show", recording),
        ("circuits", "show", "tiny"),
        ("config", "show"),
    ):
        assert command(*arguments, "--json").json


def test_backends_commands(command, tiny: Path) -> None:
    listed = {row["backend"]: row["qubits"] for row in command("backends", "list", "--json").json}
    assert listed["aer"] is None
    assert listed["fake_brisbane"] == 127
    shown = command("backends", "show", "fake_nairobi", "--run", tiny.name, "--json")
    assert shown.code == 0, shown.err
    assert (shown.json["qubits"], shown.json["run"]["pages"]) == (7, 8)
    assert "ideal" in command("backends", "show", "aer").out
    wrong = command("backends", "show", "fake_nairob")
    assert wrong.code == 2
    assert "fake_nairobi" in wrong.err
