"""The stages of the main job: train, sample, judge, draw."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import CheckpointError, StorageError
from neuroqgan.models.registry import build_generator, find_preset
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.models.loading import load_generator
from neuroqgan.models.weights import check_recording_of, save_generator
from neuroqgan.training.checkpoint import load_checkpoint
from neuroqgan.training.loop import read_metrics, train
from neuroqgan.training.settings import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.models.base import Generator
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import Prepared
    from neuroqgan.training.base import BaseTrainer, StepReport

_PACKAGES = ("neuroqgan", "numpy", "numba", "torch", "qiskit", "qiskit-aer")


def start_run(folder: RunFolder, config: RunConfig, prepared: Prepared) -> None:
    """Write what a run was asked for and made of.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    train_windows = prepared.split.train
    folder.write_provenance(
        {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "recording": {
                "sha256": prepared.fingerprint,
                "bin_width": train_windows.bin_width,
                "training_windows": train_windows.n_samples,
                "held_out_windows": prepared.split.held_out.n_samples,
                "neurons": train_windows.n_neurons,
                "neuron_labels": list(prepared.labels),
            },
            "python": platform.python_version(),
            "packages": {name: metadata.version(name) for name in _PACKAGES},
        }
    )
    folder.write_config(config)


def train_run(
    folder: RunFolder,
    config: RunConfig,
    prepared: Prepared,
    *,
    on_step: Callable[[StepReport], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_finish: Callable[[], None] = lambda: None,
) -> Generator | None:
    """Train, from the last checkpoint if there is one.

    Parameters
    ----------
    folder
        Of a run that was started.
    config
        Its resolved configuration.
    prepared
        Its recording.
    on_step, should_stop
        See `neuroqgan.training.loop.train`.
    on_finish
        Called after the last step, before what follows it, which may take a minute.

    Returns
    -------
    Generator or None
        The trained generator, or None when stopped before the end.

    Raises
    ------
    DivergenceError
        If the training ran away.
    CheckpointError
        If the checkpoint does not fit.
    StorageError
        If the folder cannot be written.
    """
    trainer, recording = build_trainer(config, prepared.split), prepared.fingerprint
    if folder.checkpoint_path.exists():
        load_checkpoint(trainer, folder.checkpoint_path, recording)
    if not train(
        trainer, folder.path, recording=recording, on_step=on_step, should_stop=should_stop
    ):
        return None
    on_finish()
    trainer.finish()
    save_generator(trainer.generator, folder.generator_path, recording)
    return trainer.generator


def load_run(folder: RunFolder, config: RunConfig, n_neurons: int, bin_width: float) -> Generator:
    """Load the generator of a trained run, which was trained on so many neurons and such bins.

    Raises
    ------
    CheckpointError
        If the weights are damaged, or are those of another generator or recording.
    """
    provenance = folder.provenance()
    trained_on = provenance.get("pretrained", provenance)["recording"]["sha256"]
    generator = load_generator(folder.generator_path)
    wanted = generator_spec(config, n_neurons, bin_width).to_dict()
    found = generator.spec.to_dict()
    differing = [key for key, value in wanted.items() if found[key] != value]
    if differing:
        raise CheckpointError(
            f"{folder.generator_path} holds the weights of another generator.",
            expected=", ".join(f"{key} = {wanted[key]}" for key in differing),
            got=", ".join(f"{key} = {found[key]}" for key in differing),
            hint="restore the file from a copy, or train again under a new --name",
        )
    check_recording_of(folder.generator_path, trained_on)
    return generator


def build_trainer(config: RunConfig, split: Split) -> BaseTrainer:
    """Build the trainer that a resolved configuration asks for."""
    if config.learning_rate is None or config.critic_weight is None:
        raise TypeError("the configuration was not resolved")
    settings = TrainingSettings(
        steps=_set(config.steps),
        seed=config.seed,
        gradient=config.gradient,
        shots=_set(config.shots),
        exact=config.exact,
        batch=_set(config.batch),
        gradient_cells=config.gradient_cells,
        learning_rate=config.learning_rate,
        critic_weight=config.critic_weight,
        statistics_weight=config.statistics_weight,
        checkpoint_every=config.checkpoint_every,
    )
    windows = split.train
    generator = build_generator(generator_spec(config, windows.n_neurons, windows.bin_width))
    return generator.trainer(split, settings, config.device)


def generator_spec(config: RunConfig, n_neurons: int, bin_width: float) -> GeneratorSpec:
    """Return the shape of the generator that a resolved configuration asks for."""
    declared = find_preset(config.preset).shape.hyper_parameters()
    values = {own.name: getattr(config, own.key, own.default) for own in declared}
    return GeneratorSpec.of(config.preset, n_neurons, config.bins, bin_width, **values)


def judge_run(
    folder: RunFolder, prepared: Prepared, raster: SpikeRaster, raster_path: Path, seed: int
) -> Evaluation:
    """Judge a raster against the held-out windows, and keep the result.

    Raises
    ------
    StorageError
        If the result cannot be written.
    """
    from neuroqgan.evaluation.judge import judge

    split = prepared.split
    evaluation = judge(raster, split.held_out, split.train, seed=seed)
    folder.write_evaluation(evaluation, raster_path)
    return evaluation


def draw_run(
    folder: RunFolder, prepared: Prepared, raster: SpikeRaster, evaluation: Evaluation
) -> list[Path]:
    """Draw all pictures of a run.

    Raises
    ------
    StorageError
        If a picture cannot be written.
    """
    from neuroqgan.report.figures import save_report

    make_folder(folder.figures_path)
    return save_report(
        folder.figures_path,
        held_out=prepared.split.held_out,
        training=prepared.split.train,
        generated=raster,
        evaluation=evaluation,
        metrics=read_metrics(folder.metrics_path),
    )


def make_folder(path: Path) -> None:
    """Make a folder and those above it.

    Raises
    ------
    StorageError
        If that is not possible.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {path} cannot be made.",
            expected="a writable folder",
            got=error.strerror or str(error),
            hint="set NEUROQGAN_HOME to a folder that you can write to",
        ) from error


def _set(value: Any) -> int:
    """Narrow a value that a resolved configuration always has."""
    if value is None:
        raise TypeError("the configuration was not resolved")
    return int(value)
