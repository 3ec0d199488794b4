from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions, Placement
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
from neuroqgan.models.base import GeneratorSpec
from neuroqgan.models.history.trainer import HistoryTrainer
from neuroqgan.models.latent.adversarial_trainer import Trainer
from neuroqgan.models.memory.trainer import MemoryTrainer
from neuroqgan.models.old_registry import build_generator
from neuroqgan.models.rounds import draw_whole
from neuroqgan.runs.config import RunConfig, keys
from neuroqgan.runs.folder import FORMAT, RunFolder, RunState
from neuroqgan.runs.planning import estimate_run
from neuroqgan.runs.recording import prepare
from neuroqgan.runs.reuse import locate
from neuroqgan.runs.stages import build_trainer, generator_spec, start_run
from neuroqgan.runs.store import RunStore


def _made(store: RunStore, name: str, **flags) -> RunFolder:
    folder = store.create(name)
    folder.write_config(RunConfig.build({"name": name, **flags}).resolved())
    return folder


def test_presets_and_gradients_fill_in_what_is_not_given() -> None:
    stationary = RunConfig.build({}).resolved()
    assert (stationary.layers, stationary.steps, stationary.batch) == (3, 800, 512)
    spiqgan = RunConfig.build({"preset": "spiqgan"}).resolved()
    assert spiqgan.layers == 5
    shots = RunConfig.build({"gradient": "spsa", "layers": 2, "shots": 7}).resolved()
    assert (shots.layers, shots.shots, shots.steps, shots.batch) == (2, 7, 200, 256)


@pytest.mark.parametrize(
    ("preset", "trainer"),
    [("stationary", Trainer), ("history", HistoryTrainer), ("memory", MemoryTrainer)],
)
def test_a_preset_brings_its_defaults_and_its_trainer(preset: str, trainer: type) -> None:
    config = RunConfig.build({"preset": preset, "bins": 4, "neurons": "0:3"}).resolved()
    assert None not in (config.layers, config.steps, config.batch, config.learning_rate)
    built = build_trainer(config, prepare(config).split)
    assert type(built) is trainer
    assert built.generator.spec.preset == preset
    assert built.settings.steps == config.steps


def test_a_plan_for_memory_is_for_a_trained_circuit() -> None:
    spec = GeneratorSpec("memory", 3, 2, 0.02, n_memory=2, n_mixing=2)
    device = resolve("fake_nairobi")
    planned = estimate_run(spec, device, 5, JobOptions())
    generator = build_generator(spec)
    generator.initialise(np.full(3, 0.2), 1)
    program = lay_out(draw_whole(generator, 5, 0), device, Placement())
    assert planned.whole.depth == pytest.approx(device.plan(program).pages[0].circuit.depth(), 0.2)


def test_flags_go_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("seed = 3\nbins = 9\n")
    config = RunConfig.build({"seed": 4, "neurons": None}, file)
    assert (config.seed, config.bins, config.samples) == (4, 9, 2000)


def test_toml_round_trip(tmp_path: Path) -> None:
    config = RunConfig.build({"neurons": "0:6", "critic_weight": 0.0, "exact": True}).resolved()
    (tmp_path / "c.toml").write_text(config.to_toml())
    assert RunConfig.build({}, tmp_path / "c.toml") == config


def test_the_default_name_follows_the_training_alone() -> None:
    def name(**flags) -> str:
        return str(RunConfig.build(flags).resolved().name)

    assert name() == name(samples=70, backend="aer", checkpoint_every=3)
    assert name() != name(seed=1)
    assert name() != name(layers=4)
    assert name() == name(layers=3)


def test_every_key_is_a_flag() -> None:
    from neuroqgan.cli.run import run

    flags = {parameter.name for parameter in run.params}
    assert set(keys()) <= flags


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "a" * 101, "ä/b"])
def test_names_that_are_no_names(name: str) -> None:
    with pytest.raises(ConfigError, match="value for name"):
        RunConfig.build({"name": name})


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
    config = RunConfig.build({"neurons": "1:5", "bins": 8, "group_size": 3}).resolved()
    prepared = prepare(config)
    spec = generator_spec(config, prepared.split.train.n_neurons, prepared.split.train.bin_width)
    assert (spec.n_neurons, spec.n_bins, len(spec.groups)) == (4, 8, 2)
    assert prepared.fingerprint != prepare(RunConfig.build({"bins": 8}).resolved()).fingerprint


def test_neurons_chosen_in_another_way_are_known_again(tmp_path: Path, make_raster) -> None:
    save(tmp_path / "recording.npz", make_raster(40, 96, n_neurons=4))
    data = {"data": str(tmp_path / "recording.npz"), "bins": 8, "name": "r"}
    kept = RunConfig.build(data | {"neurons": "0:4"}).resolved()
    run, prepared = RunFolder(tmp_path / "r"), prepare(kept)
    run.path.mkdir()
    start_run(run, kept, prepared)
    asked = RunConfig.build({"units": "0,1,2,3"})
    found, again, _ = locate(run, kept, run.trained_on(), asked)
    assert again is not None
    assert (again.fingerprint, found.units, found.neurons) == (
        prepared.fingerprint,
        "0,1,2,3",
        None,
    )
