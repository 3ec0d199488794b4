"""Generators as a script uses them."""

from __future__ import annotations

import copy
import os
import re
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import neuroqgan as nq
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import Split
from neuroqgan.errors import ConfigError, InputError, NotReadyError, TrainingError
from neuroqgan.models.base import Generator
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.presets import preset_names
from neuroqgan.training.base import StepReport

SIZES: dict[str, Any] = {"n_neurons": 3, "n_bins": 4, "bin_width": 0.02}
QUICK: dict[str, Any] = {"steps": 4, "batch": 8, "progress": False}


@pytest.fixture(scope="module")
def split() -> Split:
    return nq.split(simulate_population(3, 12, 64, seed=1), n_bins=4)


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_has_its_class_and_its_defaults(preset: str) -> None:
    model = Generator(preset, **SIZES)
    assert isinstance(model, Generator)
    assert type(model).__name__ == f"{preset.capitalize()}Generator"
    assert model.preset.name == preset
    assert type(model)(**SIZES).spec == model.spec == nq.GeneratorSpec.of(preset, **SIZES)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ConfigError, match="no preset 'histroy'") as caught:
        Generator("histroy")
    assert caught.value.hint == "preset = history"
    with pytest.raises(ConfigError, match="no hyper-parameter n_memory"):
        Generator("history", n_memory=3)
    with pytest.raises(ConfigError, match="n_filters"):
        HistoryGenerator(n_filters=9)
    with pytest.raises(ConfigError, match="does not implement"):
        MemoryGenerator("history")
    with pytest.raises(ConfigError, match="all of its sizes"):
        Generator("history", n_neurons=3)
    with pytest.raises(ConfigError, match="sizes already"):
        Generator("history", **SIZES).build(**SIZES)


def test_before_the_first_fit_there_are_no_weights() -> None:
    model = HistoryGenerator()
    for ask in (
        lambda: model.n_parameters,
        lambda: list(model.parameters()),
        lambda: model.sample(3),
        lambda: model.save("mine.safetensors"),
        model.circuits,
    ):
        with pytest.raises(NotReadyError, match="no weights yet") as caught:
            ask()
        assert "fit(split)" in caught.value.hint
    assert repr(model) == "HistoryGenerator(), not trained yet"


def test_it_takes_its_sizes_from_the_recording_and_knows_them(split: Split) -> None:
    model = Generator("memory", n_memory=2, n_mixing=3)
    assert model.fit(split, seed=2, covariates="none", **QUICK) is model
    assert (model.spec.n_neurons, model.spec.n_bins, model.spec.bin_width) == (3, 4, 0.02)
    again = Generator("memory", n_memory=2, n_mixing=3, **SIZES).fit(split, seed=2, **QUICK)
    for name, weight in model.named_parameters():
        assert torch.equal(weight, again.get_parameter(name))
    other = Generator("memory", n_neurons=4, n_bins=4, bin_width=0.02)
    with pytest.raises(TrainingError, match="do not fit"):
        other.fit(split, **QUICK)


def test_every_step_is_reported(split: Split) -> None:
    reports: list[StepReport] = []
    Generator("spiqgan").fit(split, on_step=reports.append, critic_weight=0.0, **QUICK)
    assert [report.step for report in reports] == [1, 2, 3, 4]


def test_an_interrupted_fit_keeps_what_was_learnt(
    split: Split, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(report: StepReport) -> None:
        if report.step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    model = Generator("memory", n_memory=2, n_mixing=3)
    model.fit(split, on_step=interrupt, **QUICK)
    assert "Stopped after 2 of 4 steps" in capsys.readouterr().err
    start = Generator("memory", n_memory=2, n_mixing=3, **SIZES)
    assert model.sample(50, seed=1).spikes.any()
    assert not torch.equal(model.get_parameter("emission"), start.get_parameter("emission"))


def test_progress_goes_to_standard_error(split: Split, capsys: pytest.CaptureFixture[str]) -> None:
    Generator("memory", n_memory=2, n_mixing=3).fit(split, steps=2, batch=8)
    seen = capsys.readouterr()
    assert "Training" in seen.err
    assert "2/2" in seen.err
    assert not seen.out


def test_a_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    model = Generator("stationary", **SIZES)
    path = tmp_path / "mine.safetensors"
    model.save(str(path))
    with pytest.raises(InputError, match="exists"):
        model.save(path)
    model.save(path, overwrite=True)
    assert nq.load_generator(str(path)).spec == model.spec


@pytest.mark.parametrize("preset", preset_names())
def test_exact_rasters_follow_the_seed_and_have_the_rates(preset: str) -> None:
    model = Generator(preset, **SIZES)
    model.initialise(np.array([0.1, 0.3, 0.2]), 0)
    one, same, other = (model.sample(4000, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one.spikes.shape == (4000, 4, 3)
    assert one.bin_width == 0.02
    rates = one.spikes.mean((0, 1))
    error = np.sqrt(rates / 4000)
    assert (np.abs(rates - other.spikes.mean((0, 1))) < 6 * error).all()
    with pytest.raises(TypeError, match="without a backend"):
        model.sample(3, options=None)


@pytest.mark.parametrize("preset", ["history", "memory"])
def test_likelihoods_of_all_rasters_add_up_to_one(preset: str) -> None:
    model = Generator(preset, n_neurons=2, n_bins=2, bin_width=0.02)
    model.initialise(np.array([0.2, 0.4]), 0)
    every = (np.arange(16)[:, None] >> np.arange(4) & 1).astype(bool).reshape(16, 2, 2)
    logs = model.log_likelihood(nq.SpikeRaster(every, 0.02))
    assert logs.shape == (16,)
    assert float(logs.detach().exp().sum()) == pytest.approx(1, abs=1e-4)


def test_presets_of_latents_have_no_exact_likelihood() -> None:
    model = Generator("stationary", **SIZES)
    with pytest.raises(NotImplementedError, match="no exact likelihood"):
        model.log_likelihood(nq.SpikeRaster(np.zeros((2, 4, 3), bool), 0.02))


def test_a_copy_is_independent() -> None:
    model = Generator("history", **SIZES)
    model.initialise(np.full(3, 0.1), 0)
    other = copy.deepcopy(model)
    before = other.sample(20, seed=1)
    with torch.no_grad():
        model.threshold.weight.fill_(3.0)
    assert other.sample(20, seed=1) == before
    assert model.sample(20, seed=1) != before


def test_a_notebook_shows_a_table() -> None:
    shown = Generator("history", **SIZES)._repr_html_()
    assert re.search(r">n_filters</th><td[^>]*>5</td>", shown)
    assert "3 neurons" in shown
