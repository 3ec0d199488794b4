from __future__ import annotations

import pytest

from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from neuroqgan.evaluation.classical.model_registry import CLASSICAL_MODELS, ClassicalModelEntry
from neuroqgan.evaluation.classical.spike_gan import SpikeGAN


@pytest.fixture
def files(tmp_path):
    """Generated, held-out and training rasters in files."""
    trials = simulate_population(3, 24, 160, seed=1)
    names = ("generated", "held_out", "training")
    for i, name in enumerate(names):
        save(tmp_path / f"{name}.npz", trials.take(slice(i, None, 3)).windows(8))
    return [str(tmp_path / f"{name}.npz") for name in names]


@pytest.mark.slow
def test_of_a_run(command, tiny) -> None:
    assert command("run", "--name", "tiny", "--samples", "200", "--quiet").code == 0
    outcome = command("evaluate", "tiny", "--baselines")
    assert outcome.code == 0, outcome.err
    for word in ("tiny", "params", "autocov.", *list(CLASSICAL_MODELS)[:4], "psth"):
        assert word in outcome.out
    for name in ("spike-gan", "nemos"):
        assert name not in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 80
    outcome = command("evaluate", "tiny", "--baselines", "pairwise", "--json")
    (row,) = outcome.json["baselines"]
    assert row["model"] == "pairwise"
    assert row["n_parameters"] == 10
    assert "params" in outcome.err


def test_of_files(command, files, monkeypatch) -> None:
    entry = ClassicalModelEntry(lambda: SpikeGAN(steps=1), is_fast=False)
    monkeypatch.setitem(CLASSICAL_MODELS, "spike-gan", entry)
    monkeypatch.delitem(CLASSICAL_MODELS, "nemos")  # has tests of its own, and takes seconds
    generated, held_out, training = files
    base = ("evaluate", generated, "--against", held_out)
    outcome = command(*base, "--training", training, "--baselines", "all", "--json", "--quiet")
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    assert [row["model"] for row in outcome.json["baselines"]] == list(CLASSICAL_MODELS)[:5]
    refused = command(*base, "--baselines")
    assert refused.code == 2
    assert "--training" in refused.err
    refused = command(*base, "--training", training, "--baselines", "psth")
    assert refused.code == 2
    assert "psth needs covariates" in refused.err


def test_an_unknown_model_is_refused_before_any_work(command) -> None:
    outcome = command("evaluate", "missing", "--baselines", "poisson")
    assert outcome.code == 2
    assert "no classical model 'poisson'" in outcome.err
    assert "k-pairwise" in outcome.err
