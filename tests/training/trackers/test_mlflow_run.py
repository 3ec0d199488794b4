"""Runs of MLflow, read back by MLflow itself."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.training.base import StepReport
from neuroqgan.training.trackers.tracker import TrackedRun
from neuroqgan.training.trackers.tracker_registry import open_tracker
from neuroqgan.training.trackers.tracking import TrackerWarning, Tracking

mlflow = pytest.importorskip("mlflow", reason="needs the extra mlflow")

# MLflow and what it imports warn of their own future.
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")


def report(step: int) -> StepReport:
    return StepReport(step, 1 / step, None, None, 1.0, 0.01)


def client(folder: Path) -> Any:
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")


def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    store, folder = tmp_path / "store", tmp_path / "run"
    folder.mkdir()
    (folder / "psth.png").write_bytes(b"picture")
    settings = {"preset": "history", "steps": 9, "learning_rate": 0.01, "long": "x" * 9000}
    for done, steps in ((0, range(1, 8)), (4, range(5, 10))):
        with open_tracker(f"mlflow:{store}", folder) as tracking:
            tracking.begin(TrackedRun("mine", settings, folder, done))
            for step in steps:
                tracking.step(report(step))
            if done:
                tracking.log(9, {"evaluation/c2st": 0.55})
                tracking.finish()
    (experiment,) = [e for e in client(store).search_experiments() if e.name == "neuroqgan"]
    (run,) = client(store).search_runs([experiment.experiment_id])
    kept = json.loads((folder / "mlflow.json").read_text())
    assert run.info.run_id == kept["run_id"]
    assert (run.info.run_name, run.info.status) == ("mine", "FINISHED")
    assert run.data.params["learning_rate"] == "0.01"
    history = client(store).get_metric_history(run.info.run_id, "training/loss")
    # Steps 5 to 7 were done twice, with the same numbers, and are there once.
    assert sorted(metric.step for metric in history) == list(range(1, 10))
    assert {metric.step: metric.value for metric in history}[8] == 1 / 8
    assert run.data.metrics["evaluation/c2st"] == 0.55


def test_stopped_runs_say_so_and_keep_pictures(tmp_path: Path) -> None:
    picture = tmp_path / "rasters.png"
    picture.write_bytes(b"picture")
    with open_tracker(f"mlflow:{tmp_path}") as tracking:
        tracking.begin(TrackedRun("mine"))
        tracking.step(report(1))
        tracking._call(lambda tracker: tracker.picture(picture, 1))
    (experiment,) = [e for e in client(tmp_path).search_experiments() if e.name == "neuroqgan"]
    (run,) = client(tmp_path).search_runs([experiment.experiment_id])
    assert run.info.status == "KILLED"
    assert [path.name for path in (tmp_path / "artifacts").rglob("*.png")] == ["rasters.png"]


def test_a_server_that_is_down_does_not_hold_a_training_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    start = time.monotonic()
    tracking: Tracking = open_tracker(f"mlflow:http://127.0.0.1:{port}", tmp_path)

    def train() -> None:
        tracking.begin(TrackedRun("mine", folder=tmp_path))
        for step in range(1, 200):
            tracking.step(report(step))
        tracking.close()

    with pytest.warns(TrackerWarning, match="mlflow failed") as warned:
        train()
    assert len(warned) == 1
    assert time.monotonic() - start < 20
    assert not (tmp_path / "mlflow.json").exists()
