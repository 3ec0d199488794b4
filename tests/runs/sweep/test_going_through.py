"""A sweep trains what is missing, repeats what failed a few times, and nothing that is finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.errors import ConfigError, RunExistsError, StorageError
from neuroqgan.runs.stages import train_run
from neuroqgan.runs.store import RunStore
from neuroqgan.runs.sweep import going_through
from neuroqgan.runs.sweep.effects import key_effects
from neuroqgan.runs.sweep.going_through import Listener, go_through
from neuroqgan.runs.sweep.point_training import PointOutcome, PointState, train_point
from neuroqgan.runs.sweep.sweep import Sweep
from neuroqgan.runs.sweep.sweep_table import sweep_rows
from neuroqgan.workers.cluster_registry import open_executor
from tests.runs.sweep.tiny import Inline, open_sweep, weights, write_sweep


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "home"))
    return write_sweep(tmp_path)


def _go(sweep: Sweep, **options: Any) -> list[PointOutcome]:
    """Go through a sweep, and return what was trained."""
    outcomes: list[PointOutcome] = []
    with sweep.folder.locked():
        sweep.begin()
        go_through(sweep, Inline(), Listener(on_outcome=outcomes.append), **options)
    return outcomes


def _on_trainings(monkeypatch: pytest.MonkeyPatch, before: Callable[[str], None]) -> None:
    def watched(folder: Any, *arguments: Any, **keywords: Any) -> Any:
        before(folder.name)
        return train_run(folder, *arguments, **keywords)

    monkeypatch.setattr("neuroqgan.runs.stages.train_run", watched)


def test_only_what_is_missing_is_trained(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[str] = []
    _on_trainings(monkeypatch, trained.append)
    sweep = open_sweep(file)
    assert [outcome.state for outcome in _go(sweep)] == [PointState.DONE] * 4
    first, rows = weights(sweep), sweep_rows(sweep)
    assert [row.value for row in rows] == sorted(row.value for row in rows if row.value is not None)
    assert all(row.seconds is not None for row in rows)
    # A run that is gone is made again, the same; one whose figure is gone is only judged again.
    RunStore().remove("tiny-2")
    sweep.run(1).validation_path.unlink()
    assert sorted(outcome.point for outcome in _go(open_sweep(file))) == [1, 2]
    assert trained == ["tiny-0", "tiny-1", "tiny-2", "tiny-3", "tiny-2"]
    assert weights(sweep) == first
    assert [(row.point, row.value) for row in sweep_rows(sweep)] == [
        (row.point, row.value) for row in rows
    ]
    assert {effect.key for effect in key_effects(sweep.file, rows)} == {"learning_rate", "seed"}
    # The other figures of the same trainings.
    other = open_sweep(file, objective="likelihood")
    assert len(_go(other)) == 4
    assert len(trained) == 5
    found = [row.value for row in sweep_rows(other) if row.value is not None]
    assert found == sorted(found, reverse=True)
    assert found != [row.value for row in sweep_rows(sweep)]


def test_what_failed_is_tried_three_times(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def fail(run: str) -> None:
        begun.append(run)
        if run == "tiny-3":
            raise ZeroDivisionError("no\x1b memory")

    _on_trainings(monkeypatch, fail)
    sweep = open_sweep(file)
    for _ in range(5):
        _go(sweep)
    assert begun == ["tiny-0", "tiny-1", "tiny-2", *["tiny-3"] * 3]
    last = sweep_rows(sweep)[-1]
    assert (last.point, last.state, last.value) == (3, PointState.FAILED, None)
    assert last.error == "ZeroDivisionError: no\x1b memory"
    monkeypatch.undo()
    monkeypatch.setenv("NEUROQGAN_HOME", str(file.parent / "home"))
    assert _go(sweep) == []
    (outcome,) = _go(sweep, retries=True)
    assert (outcome.point, outcome.state) == (3, PointState.DONE)
    assert {row.state for row in sweep_rows(sweep)} == {PointState.DONE}


def test_points_of_another_process_are_waited_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep, waited = open_sweep(file), []
    sweep.begin()
    # Begun by a process that still holds its lock.
    _on_trainings(monkeypatch, _interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_point(sweep.task(2))
    monkeypatch.undo()
    monkeypatch.setenv("NEUROQGAN_HOME", str(file.parent / "home"))
    lock = RunStore().locked(sweep.run(2))
    lock.__enter__()

    def stop_waiting(_: float) -> None:
        waited.append({point for point in range(4) if sweep.value(point) is None})
        lock.__exit__(None, None, None)

    monkeypatch.setattr(going_through.time, "sleep", stop_waiting)
    assert len(_go(sweep)) == 4
    assert waited == [{2}]


def _interrupted(run: str) -> None:
    raise KeyboardInterrupt


def test_one_process_at_a_time(file: Path) -> None:
    sweep = open_sweep(file)
    with (
        sweep.folder.locked(),
        pytest.raises(StorageError, match="Another process is going through the sweep tiny"),
        open_sweep(file).folder.locked(),
    ):
        pass


def test_another_sweep_under_the_same_name_is_refused(file: Path) -> None:
    open_sweep(file).begin()
    assert open_sweep(file).method.name == "grid"
    write_sweep(file.parent, "learning_rate = [0.01, 0.2]\nseed = [0, 1]")
    with pytest.raises(ConfigError) as refused:
        open_sweep(file, method="random")
    assert refused.value.expected == "learning_rate=[0.01, 0.1], method=grid"
    assert refused.value.got == "learning_rate=[0.01, 0.2], method=random"


def test_what_was_chosen_is_remembered(file: Path) -> None:
    first = Sweep.of(open_sweep(file).file, "other", {"method": "random", "n_trials": 2, "seed": 5})
    first.begin()
    again = Sweep.of(first.file, "other", {})
    assert (again.method.name, again.n_trials, again.points()) == ("random", 2, first.points())
    more = Sweep.of(first.file, "other", {"n_trials": 3})
    assert more.points()[:2] == first.points()
    for name in ("../x", "", "x" * 90):
        with pytest.raises(ConfigError, match="cannot be called"):
            Sweep.of(first.file, name or ".", {})


def test_runs_of_something_else_are_left_alone(file: Path) -> None:
    other = open_sweep(file)
    sweep = open_sweep(write_sweep(file.parent, "seed = [5]"))
    assert sweep.run_name(0) == "tiny-0"
    other.begin()
    train_point(other.task(0))
    other.folder.record_path.unlink()
    before = weights(other)
    with pytest.raises(RunExistsError, match="'tiny-0' exists already"):
        sweep.check()
    assert train_point(sweep.task(0)).state is PointState.FAILED
    assert weights(other) == before


def test_a_preset_without_likelihood_is_refused(file: Path) -> None:
    text = file.read_text().replace("memory_qubits = 2", "").replace("mixing_layers = 4", "")
    file.write_text(text.replace('"memory"', '"stationary"'))
    with pytest.raises(ConfigError, match="stationary has no exact likelihood"):
        open_sweep(file, objective="likelihood").check()
    assert open_sweep(file).check() == 4


def test_too_few_validation_windows_for_judges(file: Path) -> None:
    sweep = open_sweep(file, objective="judge")
    sweep.begin()
    outcome = train_point(sweep.task(0))
    assert outcome.state is PointState.FAILED
    assert "too few validation windows for judges" in outcome.error


@pytest.mark.slow
def test_any_number_of_workers_trains_the_same_weights(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sweep(file.parent, "seed = [0, 1]")
    serial = open_sweep(file)
    assert len(_go(serial)) == 2
    expected = weights(serial)
    assert len(expected) == 2
    assert expected["tiny-0"] != expected["tiny-1"]
    monkeypatch.setenv("NEUROQGAN_HOME", str(file.parent / "other"))
    sweep = open_sweep(file)
    with sweep.folder.locked(), open_executor("processes", 2) as executor:
        sweep.begin()
        go_through(sweep, executor)
    assert weights(sweep) == expected
    assert [sweep.value(point) for point in (0, 1)] == [serial.value(point) for point in (0, 1)]
