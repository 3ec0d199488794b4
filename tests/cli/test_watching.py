"""``train --watch``: what it shows, and that it changes nothing of what is trained."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import neuroqgan as nq
from neuroqgan.cli.command import Output
from neuroqgan.cli.watching import Watch, blocks_for, sparkline, watched
from neuroqgan.training.base import StepReport
from neuroqgan.training.course import Course

TRAIN = ("train", "--covariates", "none", "--neurons", "0:3", "--bins", 4, "--steps", 6)
MORE = ("--batch", 8, "--checkpoint-every", 2)


def report(step: int) -> StepReport:
    return StepReport(step, 8.0 / step, 8.0 / step, None, 1.0, 0.01)


@pytest.fixture
def watch() -> Watch:
    return Watch("mine", Course(10, [report(1).to_dict()]), None)  # type: ignore[arg-type]


def text_of(watch: Watch) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(watch.view("_-^"))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_view(watch: Watch) -> None:
    watch.on_step(report(2))
    watch.on_step(report(3))
    watch.ratios, watch.ratios_at = {"pair covariance": 1.26}, 2
    text = text_of(watch)
    assert "3 of 10 (30%)" in text
    assert "checkpoint       step 1" in text
    assert "statistics loss  ^__  2.67" in text
    assert "ratios, step 2" in text
    assert "1.3" in text
    assert "Ctrl-C saves a checkpoint" in text
    assert "ratios at step 2: pair covariance 1.3" in watch.lines()


def test_curves_of_characters() -> None:
    assert sparkline([], 5) == ""
    assert sparkline([2.0, 2.0], 5, "_^") == "__"
    assert len(sparkline(list(range(1000)), 48)) == 48
    # Decades are equally high.
    assert sparkline([1.0, 10.0, 100.0], 5, "_-^") == "_-^"
    ascii_only = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert blocks_for(ascii_only).isascii()


def test_a_terminal_gets_a_view_that_ends_with_the_last_step(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(Output, "progress", property(lambda _: console))
    with watched(watch, Output(False, False)) as (on_step, _):
        on_step(report(10))
    assert "10 of 10 (100%)" in console.file.getvalue()  # type: ignore[attr-defined]


def test_watching_changes_nothing_and_says_what_happens(command: Any, own_home: Path) -> None:
    plain = command(*TRAIN, *MORE, "--name", "plain")
    assert plain.code == 0, plain.err
    followed = command(*TRAIN, *MORE, "--name", "followed", "--watch")
    assert followed.code == 0, followed.err
    lines = [line for line in followed.err.splitlines() if line.startswith("followed: step ")]
    # The first step, and every checkpoint.
    assert [line.split()[2] for line in lines] == ["1", "2", "4", "6"]
    assert "ratios at step 2: spike probability" in lines[1]
    assert "checkpoint at step 6" in lines[-1]
    one, other = (nq.load_run(name).generator.state_dict() for name in ("plain", "followed"))
    assert all((one[name] == other[name]).all() for name in one)


def test_a_tracker_that_is_unknown_is_refused_before_the_training(command: Any) -> None:
    outcome = command(*TRAIN, "--name", "mine", "--tracker", "paper")
    assert outcome.code == 2
    assert "no tracker 'paper'" in outcome.err
    assert not command("runs", "list", "--json").json


@pytest.mark.slow
def test_run_tracks_training_evaluation_and_pictures(command: Any, own_home: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    asked = ("run", *TRAIN[1:], *MORE, "--name", "mine", "--samples", 200)
    outcome = command(*asked, "--tracker", "tensorboard")
    assert outcome.code == 0, outcome.err
    folder = own_home / "runs" / "mine" / "tensorboard"
    assert f"tensorboard --logdir {folder}" in outcome.err
    found = EventAccumulator(str(folder)).Reload()
    assert [event.step for event in found.Scalars("training/loss")] == list(range(1, 7))
    (ratio,) = found.Scalars("evaluation/ratio/spike_probability")
    assert ratio.step == 6
    assert "rasters" in found.Tags()["images"]
