"""Methods choose each point once, and the same ones however often they are cut off."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.errors import ConfigError
from neuroqgan.runs.sweep.method import METHODS, Search, find_method
from neuroqgan.runs.sweep.sweep_file import SweepFile

FILE = SweepFile(
    Path("x"), {}, {"a": (0.1, 1.0, 0.5), "b": ("x", "y"), "c": (True, False), "d": (3,)}
)


def _value(point: int) -> float | None:
    settings = FILE.settings(point)
    return None if point == 7 else (settings["a"] - 0.5) ** 2 + (settings["b"] == "x")


def _search(folder: Path, n_trials: int, file: SweepFile = FILE, seed: int = 3) -> Search:
    return Search(file, n_trials, seed, False, _value, folder)


def _chosen(name: str, search: Search) -> list[int]:
    return list(chain.from_iterable(find_method(name).start(search)))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 12), st.integers(0, 5))
def test_more_random_trials_only_add_points(n_trials: int, seed: int) -> None:
    every = _chosen("random", _search(Path(), 12, seed=seed))
    assert sorted(every) == list(range(12))
    assert _chosen("random", _search(Path(), n_trials, seed=seed)) == every[:n_trials]


def test_random_points_of_a_grid_that_nobody_could_list() -> None:
    file = SweepFile(Path("x"), {}, {key: tuple(range(1000)) for key in "abcd"})
    assert len(set(_chosen("random", _search(Path(), 50, file)))) == 50


def test_numbers_of_trials() -> None:
    grid, random = METHODS["grid"], METHODS["random"]
    assert (grid.check(FILE, None), random.check(FILE, None), random.check(FILE, 4)) == (12, 12, 4)
    with pytest.raises(ConfigError, match="grid tries all 12 points"):
        grid.check(FILE, 4)
    many = SweepFile(Path("x"), {}, {key: tuple(range(300)) for key in "ab"})
    for method, number in ((grid, None), (random, 10_001)):
        with pytest.raises(ConfigError, match="too many points"):
            method.check(many, number)
    with pytest.raises(ConfigError, match="no method 'bayes'"):
        find_method("bayes")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'pip install "neuroqgan\[optuna\]"'):
        METHODS["optuna"].check(FILE, 4)
