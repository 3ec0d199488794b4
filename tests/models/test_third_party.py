"""A preset of another package is trained, saved, drawn and sampled like a built-in one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import neuroqgan as nq
from neuroqgan.backends.local.simulated import AerBackend
from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import ConfigError
from neuroqgan.models import presets
from neuroqgan.models.base import Generator
from tests.models.third_party import KEY, NAME, third_party_preset
from tests.programs import whole_program


def _forget() -> None:
    for lookup in (presets.preset_names, presets.find_preset, presets.generator_class):
        getattr(lookup, "cache_clear", lambda: None)()
    for name in [name for name in sys.modules if name.startswith("jittered_preset")]:
        del sys.modules[name]


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(third_party_preset(tmp_path / "site")))
    _forget()
    yield
    _forget()


@pytest.mark.usefixtures("third_party")
def test_it_is_listed_behind_the_built_in_ones_and_declares_its_option() -> None:
    assert presets.preset_names()[-1] == NAME
    declared = presets.find_preset(NAME).shape.hyper_parameters()
    own = next(one for one in declared if one.key == KEY)
    assert (own.name, own.default, own.lowest, own.highest) == ("n_jitter", 1, 1, 4)
    with pytest.raises(ConfigError, match="n_jitter"):
        Generator(NAME, n_jitter=5)


@pytest.mark.usefixtures("third_party")
def test_it_is_fitted_saved_and_sampled(tmp_path: Path) -> None:
    split = nq.split(simulate_population(3, 12, 64, seed=1), n_bins=4)
    model = Generator(NAME, n_jitter=2).fit(split, seed=1, covariates="none", progress=False)
    assert type(model).__name__ == "JitteredGenerator"
    assert repr(model).startswith("JitteredGenerator(n_jitter=2), 3 neurons")
    model.save(tmp_path / "mine.safetensors")
    again = nq.load_generator(tmp_path / "mine.safetensors")
    assert again.spec == model.spec
    assert again.sample(20, seed=2) == model.sample(20, seed=2)
    (circuit,) = model.circuits()
    assert circuit.circuit.num_qubits == model.qubits_needed() == 3
    raster = AerBackend().run(whole_program(model, 20, 2), seed=3)
    assert raster.spikes.shape == (20, 4, 3)


def test_without_the_package_its_preset_is_unknown() -> None:
    with pytest.raises(ConfigError, match=NAME):
        Generator(NAME)


@pytest.mark.usefixtures("third_party")
def test_a_class_implements_its_own_presets_only() -> None:
    from neuroqgan.models.history.generator import HistoryGenerator

    with pytest.raises(ConfigError, match="does not implement"):
        HistoryGenerator(NAME)
    assert np.isfinite(Generator(NAME, n_neurons=2, n_bins=3, bin_width=0.1).n_parameters)
