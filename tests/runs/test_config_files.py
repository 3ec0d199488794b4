"""A configuration file says what was chosen, and nothing that another flag decides."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.errors import ConfigError
from neuroqgan.models.presets import preset_names
from neuroqgan.runs.config_file import ConfigWarning, build_config, read_config

PRESETS = preset_names()


def _file(path: Path, flags: dict[str, Any], *, name: str | None = None) -> Path:
    """What `config show` writes."""
    resolved = build_config(flags).resolved().model_copy(update={"name": name})
    (path / "run.toml").write_text(resolved.to_toml())
    return path / "run.toml"


@pytest.mark.parametrize("theirs", PRESETS)
@pytest.mark.parametrize("mine", PRESETS)
def test_the_defaults_of_a_preset_are_not_those_of_another(
    tmp_path: Path, theirs: str, mine: str
) -> None:
    file = _file(tmp_path, {"preset": theirs, "seed": 3})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if theirs != mine else "error", ConfigWarning)
        taken = build_config({"preset": mine}, file).resolved()
    assert taken == build_config({"preset": mine, "seed": 3}).resolved()


def test_what_was_chosen_is_taken_over_and_what_was_not_is_named(tmp_path: Path) -> None:
    file = _file(tmp_path, {"preset": "spiqgan", "steps": 90})
    with pytest.warns(ConfigWarning, match="preset = spiqgan.*batch = 512") as said:
        config = build_config({"preset": "memory"}, file).resolved()
    assert "steps" not in str(said[0].message)
    assert (config.steps, config.value("layers"), config.batch) == (90, None, 256)
    with pytest.warns(ConfigWarning):
        kept = build_config({"preset": "history", "layers": 5}, file).resolved()
    assert kept.layers == 5


def test_a_key_of_another_preset_is_refused(tmp_path: Path) -> None:
    file = _file(tmp_path, {"preset": "stationary", "latents": 4})
    with (
        pytest.raises(ConfigError, match="memory preset makes no use of latents"),
        pytest.warns(ConfigWarning),
    ):
        build_config({"preset": "memory"}, file)


def test_the_defaults_of_a_gradient_are_not_those_of_another(tmp_path: Path) -> None:
    file = _file(tmp_path, {})
    with pytest.warns(ConfigWarning, match="gradient = adjoint"):
        config = build_config({"gradient": "spsa"}, file).resolved()
    assert config == build_config({"gradient": "spsa"}).resolved()
    assert (config.steps, config.shots) == (200, 64)


def test_a_name_that_was_resolved_is_not_pinned(tmp_path: Path) -> None:
    seed_3 = build_config({"seed": 3}).resolved()
    # As earlier versions wrote it, and as a run's own folder has it.
    file = _file(tmp_path, {"seed": 3}, name=seed_3.name)
    assert build_config({}, file).resolved().name == seed_3.name
    assert build_config({"samples": 50}, file).resolved().name == seed_3.name
    for flags in ({"seed": 4}, {"layers": 2}, {"bins": 8}):
        changed = build_config(flags, file)
        assert changed.name is None
        assert changed.resolved().name == build_config({"seed": 3} | flags).resolved().name
    assert build_config({"seed": 4, "name": "x"}, file).name == "x"
    assert read_config(file).name == seed_3.name
    chosen = _file(tmp_path, {"seed": 3}, name="mine")
    assert build_config({"seed": 4}, chosen).name == "mine"


def test_a_file_that_only_makes_sense_beside_flags_is_read(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("memory_qubits = 3\n")
    assert build_config({"preset": "memory"}, file).memory_qubits == 3
    with pytest.raises(ConfigError, match="no use of memory_qubits"):
        build_config({}, file)


def test_the_seed_of_samples_names_no_training() -> None:
    assert build_config({"sample_seed": 9}).resolved().name == build_config({}).resolved().name
    assert build_config({"seed": 3}).for_sampling().seed == 3
    assert build_config({"seed": 3, "sample_seed": 9}).for_sampling().seed == 9
    with pytest.raises(ConfigError, match="sample_seed"):
        build_config({"sample_seed": -1})


@pytest.mark.parametrize("stem", ["Mäuse 3", "日本語" * 30, "²a", "..x", "é" * 200])
def test_a_run_is_called_after_a_recording_in_any_alphabet(tmp_path: Path, stem: str) -> None:
    config = build_config({"data": stem}).resolved()
    assert read_config(_file(tmp_path, {"data": stem}, name=config.name)).name == config.name
    # With what a run is called before it has its name, in bytes as file systems count them.
    assert len(f".new-{config.name}-{'0' * 12}".encode()) < 256


@pytest.mark.parametrize("name", ["", ".a", "a/b", "a b", "a\n", "-a", "x" * 101])
def test_names_are_those_of_folders(name: str) -> None:
    with pytest.raises(ConfigError, match="name") as caught:
        build_config({"name": name})
    assert "letter or digit" in caught.value.expected


@pytest.mark.parametrize("key", ["critic_weight", "statistics_weight", "bin_width", "start"])
def test_numbers_are_finite(key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        build_config({key: float("inf")})


def test_a_file_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("seed = 4\n", encoding="utf-8-sig")
    assert build_config({}, tmp_path / "run.toml").seed == 4
