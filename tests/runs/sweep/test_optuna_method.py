"""Optuna's proposals follow from the seed and the values, whatever happened in between."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from neuroqgan.runs.sweep.method import Search
from neuroqgan.runs.sweep.sweep_file import SweepFile

pytest.importorskip("optuna", reason="NOT TESTED: needs the extra optuna")

from neuroqgan.runs.sweep.optuna_method import JOURNAL, open_study, optuna_points

FILE = SweepFile(
    Path("x"), {}, {"a": (0.1, 1.0, 0.5), "b": ("x", "y"), "c": (True, False), "d": (3,)}
)
FAILS = 7


def _value(point: int) -> float | None:
    settings = FILE.settings(point)
    return None if point == FAILS else (settings["a"] - 0.5) ** 2 + (settings["b"] == "x")


def _rounds(folder: Path, n_trials: int = 12) -> list[list[int]]:
    folder.mkdir(exist_ok=True)
    search = Search(FILE, n_trials, 3, False, _value, folder)
    return [list(points) for points in optuna_points(search)]


def _trials(folder: Path) -> list[tuple[object, ...]]:
    trials = open_study(folder / JOURNAL, is_maximised=False).trials
    return [(trial.params, trial.user_attrs, trial.state, trial.values) for trial in trials]


def test_every_point_is_proposed_once(tmp_path: Path) -> None:
    first, second = _rounds(tmp_path / "all")
    assert len(first) == 8
    assert sorted(first + second) == list(range(12))
    # What failed may succeed the next time.
    assert _rounds(tmp_path / "all") == [[FAILS]]


def test_more_trials_go_on(tmp_path: Path) -> None:
    straight = _rounds(tmp_path / "straight")
    begun = _rounds(tmp_path / "more", 8)
    assert (
        begun + [points for points in _rounds(tmp_path / "more") if points != [FAILS]] == straight
    )


@pytest.mark.parametrize("share", [0.1, 0.45, 0.6, 0.8, 0.95])
def test_a_sweep_that_was_killed_goes_on_as_if_it_was_not(tmp_path: Path, share: float) -> None:
    straight = _rounds(tmp_path / "straight")
    journal = (tmp_path / "straight" / JOURNAL).read_bytes()
    cut = tmp_path / "cut"
    cut.mkdir()
    # In the middle of a line, with the lock of the process that wrote it.
    (cut / JOURNAL).write_bytes(journal[: int(share * len(journal))])
    (cut / f"{JOURNAL}.lock").touch()
    rest = list(chain.from_iterable(points for points in _rounds(cut) if points != [FAILS]))
    together = list(chain.from_iterable(straight))
    assert rest == together[len(together) - len(rest) :]
    assert _trials(cut) == _trials(tmp_path / "straight")
