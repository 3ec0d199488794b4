"""The file of a sweep: every point has a number, and what makes no sense is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.errors import ConfigError
from neuroqgan.runs.config import RunConfig
from neuroqgan.runs.sweep.sweep_file import SweepFile, read_sweep
from tests.runs.sweep.tiny import write_sweep


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_every_combination_has_one_number(sizes: list[int], data: st.DataObject) -> None:
    file = SweepFile(Path("x"), {}, {str(i): tuple(range(n)) for i, n in enumerate(sizes)})
    point = data.draw(st.integers(0, file.n_points - 1))
    assert file.number(file.places(point)) == point
    chosen = [tuple(file.settings(i).values()) for i in range(file.n_points)]
    assert chosen == sorted(set(chosen))


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("learnig_rate = [1]", r"Unknown key 'learnig_rate'[\s\S]*try: learning_rate"),
        ("seed = []", "no values to try for seed"),
        ("seed = 3", "no values to try for seed"),
        ("seed = [1, 1]", "names a value of seed twice"),
        ("seed = [[1], [2]]", "Impossible value for seed"),
        ("learning_rate = [nan]", "Impossible value for learning_rate"),
        ("seed = [2026-01-01]", "Impossible value for seed"),
        ("bins = [4, 8]", "both sets and varies bins"),
        ("samples = [10, 20]", "cannot vary samples"),
        ("validation_every = [2, 3]", "cannot vary validation_every"),
        ("seed = [0]\n[other]\nx = 1", "Unknown key 'other'"),
        ("", "nothing to vary"),
        ("= 3", "is not TOML"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, grid: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_sweep(write_sweep(tmp_path, grid))
    assert refused.match(message)


def test_a_sweep_without_a_grid_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sweep.toml"
    for text in ("", "grid = 3", "grid = []"):
        file.write_text(text)
        with pytest.raises(ConfigError, match="nothing to vary"):
            read_sweep(file)
    file.write_text("seed = [1, 2]\n[grid]\nbins = [4]")
    with pytest.raises(ConfigError, match=r"seed.*\n.*lists only in \[grid\]"):
        read_sweep(file)
    file.write_text("[grid]\n" + "\n".join(f"{k} = {list(range(1, 3000))}" for k in "ab"))
    with pytest.raises(ConfigError, match="Unknown key"):
        read_sweep(file)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("latents = [2, 3]", r"Point 0 of the sweep \(latents = 2\).*no use of latents"),
        ("learning_rate = [0.1, 5.0]", r"Point 1 of the sweep \(learning_rate = 5.0\)"),
        # The default, which one option on the command line would be refused for as well.
        ('device = ["cpu"]', "cannot vary device"),
        ("latents = [6]", "makes no use of latents"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    tmp_path: Path, grid: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        _configs(write_sweep(tmp_path, grid))
    # There are no options for what stands in a file.
    assert "`" not in refused.value.hint
    assert " = " not in refused.value.hint


def _configs(path: Path) -> list[RunConfig]:
    file = read_sweep(path)
    return [file.config(point, "x") for point in range(file.n_points)]


def test_a_point_is_a_configuration(tmp_path: Path) -> None:
    file = read_sweep(write_sweep(tmp_path, 'neurons = ["0:2", "0:3"]\nseed = [4]', 'name = "n"'))
    config = file.config(1, "run-1")
    assert (config.neurons, config.seed, config.steps, config.name) == ("0:3", 4, 2, "run-1")
    assert (config.validation_every, file.name, file.varied) == (5, "n", ("neurons",))
