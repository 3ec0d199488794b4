"""Tracking in the background: what it hands on, and that nothing holds a training up."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import torch

import neuroqgan as nq
from neuroqgan.errors import ConfigError
from neuroqgan.training.base import StepReport
from neuroqgan.training.trackers import tracker_registry
from neuroqgan.training.trackers.tracker import TrackedRun
from neuroqgan.training.trackers.tracker_registry import TrackerKind, open_tracker
from neuroqgan.training.trackers.tracking import TrackerWarning, Tracking

QUICK: dict[str, Any] = {"steps": 3, "batch": 8, "progress": False, "covariates": "none"}


class Recorder:
    """A tracker that remembers what it was told, and can fail at a call."""

    where = "nowhere"

    def __init__(self, fails_at: str = "") -> None:
        self.calls: list[tuple[str, Any]] = []
        self.threads: set[int] = set()
        self._fails_at = fails_at

    def _note(self, name: str, value: Any) -> None:
        self.calls.append((name, value))
        self.threads.add(threading.get_ident())
        if name == self._fails_at:
            raise OSError("server down\nand more")

    def begin(self, run: TrackedRun) -> None:
        self._note("begin", run)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._note("log", (step, dict(values)))

    def picture(self, path: Path, step: int) -> None:
        self._note("picture", (path.name, step))

    def end(self, ending: str) -> None:
        self._note("end", ending)


@pytest.fixture(scope="module")
def parts() -> nq.Split:
    return nq.split(nq.load("simulated", neurons=slice(0, 3)), 6)


def test_a_training_is_handed_on_in_order(parts: nq.Split) -> None:
    recorder = Recorder()
    model = nq.Generator("stationary").fit(parts, seed=4, tracker=recorder, **QUICK)
    names = [name for name, _ in recorder.calls]
    assert names == ["begin", "log", "log", "log", "end"]
    run = recorder.calls[0][1]
    assert run.settings["preset"] == "stationary"
    assert (run.settings["seed"], run.settings["n_own"]) == (4, model.shape.n_own)
    assert [value[0] for name, value in recorder.calls if name == "log"] == [1, 2, 3]
    assert set(recorder.calls[1][1][1]) >= {"training/loss", "training/learning_rate"}
    assert recorder.calls[-1][1] == "finished"
    assert threading.get_ident() not in recorder.threads


@pytest.mark.parametrize("fails_at", ["begin", "log", "end"])
def test_a_tracker_that_fails_warns_once_and_changes_nothing(
    parts: nq.Split, fails_at: str
) -> None:
    plain = nq.Generator("stationary").fit(parts, **QUICK)
    recorder = Recorder(fails_at)
    with pytest.warns(TrackerWarning, match="OSError: server down") as warned:
        model = nq.Generator("stationary").fit(parts, tracker=recorder, **QUICK)
    assert len(warned) == 1
    assert "and more" not in str(warned[0].message)
    assert sum(name == fails_at for name, _ in recorder.calls) == 1
    for (_, one), (_, other) in zip(
        plain.named_parameters(), model.named_parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_a_slow_tracker_is_not_waited_for_for_ever() -> None:
    release = threading.Event()

    class Slow(Recorder):
        def log(self, step: int, values: Mapping[str, float]) -> None:
            release.wait(20)

    start = time.monotonic()
    tracking = Tracking(Slow(), "slow", seconds=0.2)
    tracking.begin(TrackedRun("run"))
    for step in range(1000):
        tracking.step(StepReport(step, 1.0, None, None, 1.0, 0.1))
    with pytest.warns(TrackerWarning, match=r"within 0\.2 s"):
        tracking.close()
    assert time.monotonic() - start < 10
    release.set()


def test_evaluation_and_endings(parts: nq.Split, tmp_path: Path) -> None:
    evaluation = nq.judge(parts.train.take(slice(0, 60)), parts, n_bootstrap=0)
    recorder = Recorder()
    with Tracking(recorder) as tracking:
        tracking.begin(TrackedRun("run", steps_done=7))
        tracking.evaluation(evaluation, [tmp_path / "one.png", tmp_path / "one.svg"])
    step, figures = recorder.calls[1][1]
    assert step == 7
    ratio = evaluation.statistics["pair_covariance"].ratio
    assert figures["evaluation/ratio/pair_covariance"] == ratio
    assert [value for name, value in recorder.calls if name == "picture"] == [("one.png", 7)]
    assert recorder.calls[-1] == ("end", "stopped")
    failing = Recorder()

    def fails() -> None:
        with Tracking(failing) as tracking:
            tracking.begin(TrackedRun("run"))
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fails()
    assert failing.calls[-1] == ("end", "failed")


def test_an_opened_tracking_stays_open(parts: nq.Split) -> None:
    recorder = Recorder()
    with open_tracker(recorder) as tracking:
        nq.Generator("stationary").fit(parts, tracker=tracking, **QUICK)
        tracking.log(3, {"mine": 1.0})
    assert [name for name, _ in recorder.calls][-2:] == ["log", "end"]


def test_trackers_of_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, Path | None]] = []

    def opener(place: str, folder: Path | None) -> Recorder:
        made.append((place, folder))
        return Recorder()

    monkeypatch.setattr(tracker_registry, "_test_opener", opener, raising=False)
    kind = TrackerKind("paper", "on paper", f"{tracker_registry.__name__}:_test_opener")
    monkeypatch.setattr(tracker_registry, "_test_kind", kind, raising=False)
    point = EntryPoint(
        "paper", f"{tracker_registry.__name__}:_test_kind", tracker_registry.TRACKER_GROUP
    )
    monkeypatch.setattr(tracker_registry, "entry_points", lambda group: [point])
    open_tracker("paper:a:b", Path("here"))
    assert made == [("a:b", Path("here"))]
    assert list(tracker_registry.trackers()) == ["tensorboard", "mlflow", "paper"]


def test_unknown_and_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="no tracker 'nothing'"):
        open_tracker("nothing:here")
    missing = TrackerKind("gone", "", "package_that_is_not_there:opener", "gone")
    monkeypatch.setattr(tracker_registry, "_KINDS", (missing,))
    with pytest.raises(ConfigError, match="not installed") as raised:
        open_tracker("gone")
    assert raised.value.hint == 'pip install "neuroqgan[gone]"'


def test_nothing_is_handed_to_a_tracker_that_failed() -> None:
    release = threading.Event()

    class Failing(Recorder):
        def begin(self, run: TrackedRun) -> None:
            release.wait(20)
            super().begin(run)

    recorder = Failing("begin")
    tracking = Tracking(recorder)
    tracking.begin(TrackedRun("run"))
    for step in range(5):
        tracking.log(step, {"mine": 1.0})
    release.set()
    with pytest.warns(TrackerWarning, match="server down"):
        tracking.close()
    assert [name for name, _ in recorder.calls] == ["begin"]
