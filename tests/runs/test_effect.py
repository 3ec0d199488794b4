"""Settings without effect are refused, wherever they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neuroqgan.cli.options import config_from_options
from neuroqgan.errors import ConfigError
from neuroqgan.models.hyper_parameters import hyper_parameters
from neuroqgan.models.presets import find_preset, preset_names
from neuroqgan.runs.config import RunConfig, keys
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.setting_rules import BY_GRADIENTS_ONLY

_OTHER: dict[str, Any] = {
    "layers": 4,
    "group_size": 3,
    "entangling": "none",
    "latents": 2,
    "own_latents": 2,
    "memory_qubits": 3,
    "mixing_layers": 7,
    "emission_qubits": 1,
    "shots": 5,
    "exact": True,
    "past": "one-bin",
    "filters": 3,
    "gradient_cells": 10,
    "device": "auto",
    "covariate_dimensions": 3,
    "covariate_filters": 4,
    "covariate_bins": 9,
}
_ALL = preset_names()
PRESETS = {key: tuple(shared.defaults) for key, shared in hyper_parameters().items()} | {
    key: tuple(name for name in _ALL if not find_preset(name).by_likelihood)
    for key in BY_GRADIENTS_ONLY
}
_USELESS = [
    (preset, key)
    for preset in _ALL
    for key in _OTHER
    if preset not in PRESETS[key]
]  # fmt: skip


def _beside(key: str) -> dict[str, Any]:
    """What a setting needs to have an effect, the preset aside."""
    if key.startswith("covariate_"):
        return {"covariates": "recorded", "covariate_filters": 4}
    return {"gradient": "spsa"} if key == "gradient_cells" else {}


def test_the_table_is_of_settings() -> None:
    assert set(PRESETS) == set(_OTHER) <= set(keys())


@pytest.mark.parametrize(("preset", "key"), _USELESS)
def test_a_preset_refuses_what_it_makes_no_use_of(preset: str, key: str, tmp_path: Path) -> None:
    given = {"preset": preset, key: _OTHER[key]}
    file = tmp_path / "c.toml"
    value = str(_OTHER[key]).lower() if _OTHER[key] is True else repr(_OTHER[key])
    file.write_text(f"preset = '{preset}'\n{key} = {value}\n")
    for made in (
        lambda: RunConfig(**given),
        lambda: build_config({}, file),
        lambda: config_from_options(None, given),
        lambda: config_from_options(file, {"seed": 1}),
    ):
        with pytest.raises(ConfigError, match=f"{preset} preset makes no use of {key}") as caught:
            made()
        error = caught.value
        assert error.got == f"{key} = {_OTHER[key]}"
        assert f"leave `{key}` out" in error.hint
        assert error.expected.startswith("settings of that preset")


@pytest.mark.parametrize("preset", _ALL)
def test_a_preset_takes_what_it_uses(preset: str) -> None:
    for key, presets in PRESETS.items():
        if preset in presets:
            config = config_from_options(None, {"preset": preset, key: _OTHER[key]} | _beside(key))
            assert getattr(config, key) == _OTHER[key]


def test_the_preset_that_would_use_it_is_named() -> None:
    with pytest.raises(ConfigError, match="stationary preset") as caught:
        RunConfig(memory_qubits=3)
    assert caught.value.hint.endswith("`preset = memory`")
    with pytest.raises(ConfigError, match="latents and memory_qubits") as caught:
        RunConfig(preset="spiqgan", memory_qubits=3, latents=2)
    assert "preset" not in caught.value.hint


def test_a_default_is_refused_as_a_flag_and_kept_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no use of latents"):
        config_from_options(None, {"preset": "history", "latents": 6})
    for preset in _ALL:
        resolved = build_config({"preset": preset}).resolved()
        (tmp_path / "c.toml").write_text(resolved.to_toml())
        assert config_from_options(tmp_path / "c.toml", {"seed": 0}) == resolved


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("covariate_dimensions", 3),
        ("covariate_filters", 4),
        ("covariate_bins", 9),
        ("covariate_columns", "speed"),
        ("covariate_array", "x"),
    ],
)
@pytest.mark.parametrize("covariates", ["auto", "none", "trial-time", "recorded", "file.csv"])
def test_covariates_refuse_what_they_make_no_use_of(
    key: str, value: object, covariates: str
) -> None:
    takes = {
        "covariate_dimensions": {"auto", "trial-time", "recorded", "file.csv"},
        "covariate_array": {"file.csv"},
    }.get(key, {"recorded", "file.csv"})
    given = {"covariates": covariates, key: value, "preset": "history"}
    given |= {"covariate_filters": 4} if key == "covariate_bins" else {}
    if covariates in takes:
        assert getattr(config_from_options(None, given), key) == value
        return
    for made in (lambda: RunConfig(**given), lambda: config_from_options(None, given)):
        with pytest.raises(ConfigError, match="nothing for covariate_") as caught:
            made()
        assert "leave `covariate_" in caught.value.hint


def test_bins_of_covariates_need_filters() -> None:
    with pytest.raises(ConfigError, match="present bin alone") as caught:
        RunConfig(preset="history", covariates="recorded", covariate_bins=9)
    assert caught.value.hint.startswith("`covariate_filters = ")


def test_samples_are_windows_or_trials(tmp_path: Path) -> None:
    assert config_from_options(None, {"trials": 3}).trials == 3
    for made in (
        lambda: RunConfig(trials=3, samples=50),
        # The number that is the default is asked for here.
        lambda: config_from_options(None, {"trials": 3, "samples": 2000}),
    ):
        with pytest.raises(ConfigError, match="windows or whole trials"):
            made()
    # A file has all settings, given or not.
    (tmp_path / "c.toml").write_text(build_config({"trials": 3}).resolved().to_toml())
    assert build_config({}, tmp_path / "c.toml").trials == 3


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"gradient_cells": 10}, "differentiates all cell circuits"),
        ({"device": "auto", "gradient": "parameter-shift"}, "computed on the processor"),
        ({"shots": 5, "critic_weight": 0.0}, "takes no shots"),
        ({"statistics_weight": 0.0, "critic_weight": 0.0}, "Nothing is left"),
    ],
)
def test_a_gradient_refuses_what_it_makes_no_use_of(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        RunConfig(**given)


def test_what_is_so_anyway_may_be_asked_for() -> None:
    asked = {"preset": "memory", "device": "cpu"}
    assert config_from_options(None, asked).device == "cpu"
    shots = {"gradient": "spsa", "critic_weight": 0.0, "shots": 5, "gradient_cells": 10}
    assert config_from_options(None, shots).shots == 5
    assert config_from_options(None, {"exact": True, "critic_weight": 0.0}).exact
    likelihood = {"preset": "history", "critic_weight": 0.0, "statistics_weight": 0.0}
    assert config_from_options(None, likelihood).statistics_weight == 0
