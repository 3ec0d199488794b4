from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pytest

from neuroqgan.backends.options import Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.data.save import save
from neuroqgan.errors import (
    CheckpointError,
    ConfigError,
    RunExistsError,
    RunNotFoundError,
    StorageError,
)
from neuroqgan.jobs.planning import lay_out
from neuroqgan.models.history.trainer import HistoryTrainer
from neuroqgan.models.latent.adversarial_trainer import LatentTrainer
from neuroqgan.models.memory.trainer import MemoryTrainer
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.runs.config import keys
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.folder import FORMAT, RunFolder, RunState
from neuroqgan.runs.recording import prepare
from neuroqgan.runs.reuse import locate
from neuroqgan.runs.stages import build_trainer, generator_spec, start_run
from neuroqgan.runs.store import RunStore
from neuroqgan.sampling.raster_job import estimate
from tests.programs import whole_program


def _made(store: RunStore, name: str, **flags) -> RunFolder:
    folder = store.create(name)
    folder.write_config(build_config({"name": name, **flags}).resolved())
    return folder


def test_presets_and_gradients_fill_in_what_is_not_given() -> None:
    stationary = build_config({}).resolved()
    assert (stationary.layers, stationary.steps, stationary.batch) == (3, 800, 512)
    spiqgan = build_config({"preset": "spiqgan"}).resolved()
    assert spiqgan.layers == 5
    shots = build_config({"gradient": "spsa", "layers": 2, "shots": 7}).resolved()
    assert (shots.layers, shots.shots, shots.steps, shots.batch) == (2, 7, 200, 512)


@pytest.mark.parametrize(
    ("preset", "trainer"),
    [("stationary", LatentTrainer), ("history", HistoryTrainer), ("memory", MemoryTrainer)],
)
def test_a_preset_brings_its_defaults_and_its_trainer(preset: str, trainer: type) -> None:
    config = build_config(
        {"preset": preset, "bins": 4, "neurons": "0:3", "covariates": "none"}
    ).resolved()
    assert None not in (config.steps, config.batch, config.learning_rate)
    built = build_trainer(config, prepare(config).split)
    assert type(built) is trainer
    assert built.generator.spec.preset == preset
    assert built.settings.steps == config.steps


def test_a_plan_for_memory_is_for_a_trained_circuit() -> None:
    spec = GeneratorSpec.of("memory", 3, 2, 0.02, n_memory=2, n_mixing=2)
    device = resolve("fake_nairobi")
    generator = build_generator(spec)
    generator.initialise(np.full(3, 0.05), 0)
    planned = estimate(generator, 5, "fake_nairobi")
    generator.initialise(np.full(3, 0.2), 1)
    program = lay_out(whole_program(generator, 5, 0), device, Placement())
    assert planned.total.depth == pytest.approx(device.plan(program).pages[0].circuit.depth(), 0.2)


def test_flags_go_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("seed = 3\nbins = 9\n")
    config = build_config({"seed": 4, "neurons": None}, file)
    assert (config.seed, config.bins, config.samples) == (4, 9, 2000)


def test_toml_round_trip(tmp_path: Path) -> None:
    config = build_config({"neurons": "0:6", "critic_weight": 0.0, "exact": True}).resolved()
    (tmp_path / "c.toml").write_text(config.to_toml())
    assert build_config({}, tmp_path / "c.toml") == config


def test_the_default_name_follows_the_training_alone() -> None:
    def name(**flags) -> str:
        return str(build_config(flags).resolved().name)

    assert name() == name(samples=70, backend="aer", checkpoint_every=3)
    assert name() != name(seed=1)
    assert name() != name(layers=4)
    assert name() == name(layers=3)


def test_every_key_is_a_flag() -> None:
    from neuroqgan.cli import main
    from neuroqgan.cli.run import run

    # Click keeps the help option of the first context that asks for one.
    context = click.Context(run, **main.context_settings)
    options = {parameter.name for parameter in run.get_params(context)}
    assert set(keys()) <= options


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "a" * 101, "ä/b"])
def test_names_that_are_no_names(name: str) -> None:
    with pytest.raises(ConfigError, match="value for name"):
        build_config({"name": name})


def test_store(own_home: Path) -> None:
    store = RunStore()
    assert store.root == own_home / "runs"
    assert store.list() == []
    folder = _made(store, "b")
    _made(store, "a")
    (store.root / "stray").mkdir()
    assert [run.name for run in store.list()] == ["a", "b"]
    assert store.get("b") == folder
    with pytest.raises(RunExistsError, match="exists already"):
        store.create("b")
    for name in ("c", "..", ".", "", "stray", "../runs/a"):
        assert store.find(name) is None
    with pytest.raises(RunNotFoundError, match="no run"):
        store.get("c")
    store.remove("b")
    assert not folder.path.exists()


def test_a_lock_is_held_once(own_home: Path) -> None:
    store = RunStore()
    folder = _made(store, "a")
    with store.locked(folder):
        with pytest.raises(StorageError, match="Another process"), store.locked(folder):
            pass
        with pytest.raises(StorageError, match="Another process"):
            store.remove("a")
    assert folder.config_path.exists()
    with store.locked(folder):
        pass


def test_states(own_home: Path) -> None:
    folder = _made(RunStore(), "a")
    assert folder.state is RunState.EMPTY
    folder.checkpoint_path.touch()
    assert folder.state is RunState.UNFINISHED
    folder.generator_path.touch()
    assert folder.state is RunState.TRAINED


def test_provenance_of_a_later_version_is_refused(own_home: Path) -> None:
    folder = _made(RunStore(), "a")
    folder.write_provenance({"created": "now"})
    assert folder.provenance() == {"format": FORMAT, "created": "now"}
    folder.provenance_path.write_text('{"format": "neuroqgan-run-9"}')
    with pytest.raises(CheckpointError, match="this version"):
        folder.provenance()
    folder.provenance_path.write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        folder.provenance()


def test_the_generator_has_the_recording_s_shape() -> None:
    config = build_config({"neurons": "1:5", "bins": 8, "group_size": 3}).resolved()
    prepared = prepare(config)
    windows = prepared.split.train
    generator = build_generator(generator_spec(config, windows.n_neurons, windows.bin_width))
    n_groups = sum(circuit.n_groups for circuit in generator.circuits())
    assert (generator.spec.n_neurons, generator.spec.n_bins, n_groups) == (4, 8, 2)
    assert prepared.fingerprint != prepare(build_config({"bins": 8}).resolved()).fingerprint


def test_neurons_chosen_in_another_way_are_known_again(tmp_path: Path, make_raster) -> None:
    save(tmp_path / "recording.npz", make_raster(40, 96, n_neurons=4))
    data = {"data": str(tmp_path / "recording.npz"), "bins": 8, "name": "r"}
    kept = build_config(data | {"neurons": "0:4"}).resolved()
    run, prepared = RunFolder(tmp_path / "r"), prepare(kept)
    run.path.mkdir()
    start_run(run, kept, prepared)
    asked = build_config({"units": "0,1,2,3"})
    found, again, _ = locate(run, kept, run.trained_on(), asked)
    assert again is not None
    assert (again.fingerprint, found.units, found.neurons) == (
        prepared.fingerprint,
        "0,1,2,3",
        None,
    )
