"""``neuroqgan sweep`` as a user meets it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.runs.sweep.tiny import Inline, write_sweep

FAST = ("--objective", "energy")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from contextlib import nullcontext

    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "home"))
    # Other processes are tested elsewhere, and take seconds to start.
    opened = lambda *_, **__: nullcontext(Inline())  # noqa: E731
    monkeypatch.setattr("neuroqgan.workers.cluster_registry.open_executor", opened)
    return write_sweep(tmp_path)


def test_a_sweep_ends_in_a_table_and_a_picture(
    file: Path, command: Command, tmp_path: Path
) -> None:
    listed = command("sweep", file, "--dry-run", "--json").json
    assert [row["state"] for row in listed["points"]] == ["missing"] * 4
    assert not (tmp_path / "home" / "sweeps").exists()
    shown = command("sweep", file, *FAST, "--show")
    assert (shown.code, "4 points are missing" in shown.err) == (3, True)
    table = tmp_path / "table.csv"
    done = command("sweep", file, *FAST, "--output", table)
    assert done.code == 0
    assert "learning_rate seed" in done.out
    with table.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["state"] for row in rows] == ["done"] * 4
    values = [float(row["value"]) for row in rows]
    assert values == sorted(values)
    assert f"Best: {rows[0]['run']}" in done.out
    again = command("sweep", file, "--show", "--json").json
    assert (again["missing"], again["objective"]) == (0, "energy")
    assert [point["value"] for point in again["points"]] == values
    assert all(Path(picture).stat().st_size > 1000 for picture in again["pictures"])
    kept = command("sweep", file, "--show", "--output", table)
    assert (kept.code, "exists already" in kept.err) == (2, True)
    # The points are ordinary runs.
    assert {run["run"] for run in command("runs", "list", "--json").json} == {
        row["run"] for row in rows
    }
    refused = command("train", "--name", rows[0]["run"], "--resume")
    assert "trained already" in refused.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--method", "bayes"), "no method 'bayes'"),
        (("--objective", "luck"), "no objective 'luck'"),
        (("--n-trials", "3"), "tries all 4 points"),
        (("--show", "--dry-run"), "--dry-run and --show ask for different things"),
        (("--point", "4"), "no point 4"),
        (("--cluster", "cloud"), "no cluster 'cloud'"),
        (("--output", "table.txt"), "one of the suffixes .csv, .json"),
        (("--name", "../elsewhere"), "cannot be called"),
        (("--objective", "judge", "--point", "0"), "too few validation windows"),
    ],
)
def test_wrong_options_are_refused(
    file: Path, command: Command, options: tuple[str, ...], message: str
) -> None:
    refused = command("sweep", file, *options)
    assert refused.code in (1, 2)
    assert message in refused.err
    assert "Traceback" not in refused.err


def test_a_missing_recording_is_noticed_first(file: Path, command: Command) -> None:
    file.write_text(file.read_text().replace("recording.npz", "nowhere.npz"))
    refused = command("sweep", file)
    assert (refused.code, "no such file" in refused.err) == (2, True)


def test_points_of_optuna_are_no_array(file: Path, command: Command) -> None:
    pytest.importorskip("optuna", reason="NOT TESTED: needs the extra optuna")
    refused = command("sweep", file, "--method", "optuna", "--print-array")
    assert (refused.code, "not known in advance" in refused.err) == (2, True)
    done = command("sweep", file, "--method", "optuna", "--n-trials", "2", *FAST, "--json").json
    assert [point["state"] for point in done["points"]] == ["done"] * 2


def test_an_array_trains_what_is_missing(
    file: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("sweep", file, "--point", "1", *FAST).code == 0
    script = command("sweep", file, "--print-array", "--workers", "2").out
    assert "#SBATCH --array=0,2-3%2\n" in script
    # Slurm limits the numbers of tasks.
    monkeypatch.setattr("neuroqgan.runs.sweep.array_script.USUAL_LIMIT", 3)
    limited = command("sweep", file, "--print-array").out
    assert "#SBATCH --array=0-2\n" in limited
    assert "points=(0 2 3)\n" in limited


@pytest.mark.slow
def test_a_task_of_an_array_trains_its_point(file: Path, command: Command, tmp_path: Path) -> None:
    script = tmp_path / "array.sh"
    script.write_text(command("sweep", file, "--print-array", *FAST).out)
    environment = os.environ | {"SLURM_ARRAY_TASK_ID": "2"}
    # The script itself says where runs are kept.
    del environment["NEUROQGAN_HOME"]
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    done = subprocess.run(
        ["bash", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    states = json.loads(command("sweep", file, "--show", "--json").out)["points"]
    assert {row["point"] for row in states if row["state"] == "done"} == {2}
