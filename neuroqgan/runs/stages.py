"""The stages of the main job: train, sample, judge, draw."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from neuroqgan.atomic import make_folder
from neuroqgan.checks import shorten
from neuroqgan.data.cutting import cut_alike
from neuroqgan.errors import CheckpointError, RasterError
from neuroqgan.models.covariate_spec import covariates_of
from neuroqgan.models.loading import load_generator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.models.weights import check_recording_of, save_generator
from neuroqgan.runs.finetuned import finetuned
from neuroqgan.runs.judgements import keep_judgement
from neuroqgan.runs.records import REPLAYS
from neuroqgan.runs.tracked import followed
from neuroqgan.training.checkpoint import load_checkpoint
from neuroqgan.training.loop import read_metrics, train
from neuroqgan.versions import decisive_versions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.models.base import Generator
    from neuroqgan.models.covariate_spec import CovariateSpec
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording
    from neuroqgan.training.base import BaseTrainer, StepReport
    from neuroqgan.training.trackers.tracking import Tracking

# Spike probability per bin.
_ANY_RATE = 0.05


def start_run(
    folder: RunFolder,
    config: RunConfig,
    prepared: PreparedRecording,
    *,
    replays: str | None = None,
) -> None:
    """Write the settings of a run, and what it is made of.

    Parameters
    ----------
    folder, config, prepared
        Of the run.
    replays
        Name of the run that it repeats, or None.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    train_windows, versions = prepared.split.train, decisive_versions()
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
            "covariates": prepared.covariates.to_dict(),
            "python": versions.pop("python"),
            "platform": platform.platform(),
            "packages": versions,
        }
        | ({} if replays is None else {REPLAYS: replays})
    )
    folder.write_config(config)


def train_run(
    folder: RunFolder,
    config: RunConfig,
    prepared: PreparedRecording,
    *,
    on_step: Callable[[StepReport], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_finish: Callable[[], None] = lambda: None,
    on_checkpoint: Callable[[BaseTrainer], None] = lambda _: None,
    tracking: Tracking | None = None,
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
    on_checkpoint
        See `neuroqgan.training.loop.train`.
    tracking
        What writes the training down beside the run's own files.

    Returns
    -------
    Generator or None
        The trained generator, or None when stopped before the end, its finetuning included.

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
    on_each, finished = followed(folder, trainer, tracking, on_step)
    if not train(
        trainer,
        folder.path,
        recording=recording,
        on_step=on_each,
        should_stop=should_stop,
        on_checkpoint=on_checkpoint,
    ):
        return None
    finished()
    on_finish()
    trainer.finish()
    generator = cast("Generator", trainer.generator)
    if not finetuned(folder, config, generator, prepared.split, should_stop):
        return None
    save_generator(generator, folder.generator_path, recording)
    return generator


def load_trained(
    folder: RunFolder, config: RunConfig, n_neurons: int, bin_width: float
) -> Generator:
    """Load the generator of a trained run.

    Parameters
    ----------
    folder, config
        Of the run.
    n_neurons
        Number of neurons that it was trained on.
    bin_width
        Width of their bins in seconds.

    Raises
    ------
    CheckpointError
        If the weights are damaged, or are those of another generator or recording.
    """
    provenance = folder.provenance()
    trained_on = provenance.get("pretrained", provenance)["recording"]["sha256"]
    generator = load_generator(folder.generator_path)
    wanted = _flat(generator_spec(config, n_neurons, bin_width))
    wanted["covariates"] = shorten(folder.trained_on().covariates.names)
    found = _flat(generator.spec)
    differing = [key for key in wanted if found.get(key) != wanted[key]]
    if differing:
        raise CheckpointError(
            f"{folder.generator_path} holds the weights of another generator.",
            expected=", ".join(f"{key} = {wanted[key]}" for key in differing),
            got=", ".join(f"{key} = {found.get(key)}" for key in differing),
            hint="restore the file from a copy, or train again under a new `name`",
        )
    check_recording_of(folder.generator_path, trained_on)
    return generator


def _flat(spec: GeneratorSpec) -> dict[str, Any]:
    values = spec.to_dict()
    shape: dict[str, Any] = values.pop("shape")
    names = () if spec.covariates is None else spec.covariates.names
    return values | shape | {"covariates": shorten(names)}


def untrained(
    config: RunConfig,
    n_neurons: int,
    bin_width: float,
    covariates: CovariateSpec | None = None,
) -> Generator:
    """Build the generator of a configuration with any weights, to plan its circuits.

    Weights of zero would not do: a state that is prepared with them takes fewer gates.

    Parameters
    ----------
    config
        Of the run.
    n_neurons
        Number of neurons.
    bin_width
        Width of a bin in seconds.
    covariates
        What drives the generator; None for nothing.
    """
    generator = build_generator(generator_spec(config, n_neurons, bin_width, covariates))
    generator.initialise(np.full(n_neurons, _ANY_RATE), 0)
    return generator


def build_trainer(config: RunConfig, split: Split) -> BaseTrainer:
    """Build the trainer that a configuration asks for.

    Parameters
    ----------
    config
        Of the run.
    split
        Of its recording.
    """
    spec = generator_spec(config, split.n_neurons, split.bin_width, covariates_of(split))
    generator = build_generator(spec)
    generator.training_covariates = split.covariates
    return generator.trainer(split, config.training_settings, config.device)


def generator_spec(
    config: RunConfig,
    n_neurons: int,
    bin_width: float,
    covariates: CovariateSpec | None = None,
) -> GeneratorSpec:
    """Return what fixes the generator of a configuration, except its weights."""
    return GeneratorSpec(config.preset, n_neurons, config.bins, bin_width, config.shape, covariates)


def as_windows(prepared: PreparedRecording, raster: SpikeRaster) -> SpikeRaster:
    """Return a raster of a run as it is judged: whole trials are cut into windows.

    Parameters
    ----------
    prepared
        The recording to judge against.
    raster
        Windows, or whole trials.

    Raises
    ------
    RasterError
        If its samples saw other covariates than those of the recording.
    """
    own, seen = prepared.split.covariates, raster.covariates
    if own is not None and seen is not None and own != seen.covariates:
        raise RasterError(
            "The samples saw other covariates than the recording that they would be judged "
            "against.",
            expected=str(own),
            got=str(seen.covariates),
            hint="neuroqgan evaluate RASTER --against RECORDING, with a recording of these",
        )
    n_bins = prepared.split.n_bins
    return cut_alike(raster, n_bins) if raster.n_bins > n_bins else raster


def judge_run(
    folder: RunFolder,
    prepared: PreparedRecording,
    raster: SpikeRaster,
    raster_path: Path,
    seed: int,
    suite: str | None = None,
    *,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Judge a raster against the held-out windows, and keep the result.

    Raises
    ------
    StorageError
        If the result cannot be written.
    """
    from neuroqgan.evaluation.judge import judge

    model = load_generator(folder.generator_path)
    evaluation = judge(
        raster, prepared.split, seed=seed, suite=suite, model=model, on_stage=on_stage
    )
    keep_judgement(folder, evaluation, raster_path)
    return evaluation


def draw_run(
    folder: RunFolder, prepared: PreparedRecording, raster: SpikeRaster, evaluation: Evaluation
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
