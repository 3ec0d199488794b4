"""A run as the page shows it: what is read from its folder, the job store and the device."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from neuroqgan.circuits.drawing import describe_circuits
from neuroqgan.errors import CheckpointError, NeuroqganError
from neuroqgan.models.loading import load_generator
from neuroqgan.report.page.view import JobHistory, Reproduction, RunView
from neuroqgan.runs.device_map import device_map
from neuroqgan.runs.judgements import read_baselines
from neuroqgan.runs.rasters import jobs_of_raster
from neuroqgan.runs.sampled import how_sampled
from neuroqgan.training.loop import read_metrics

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.evaluation.model_row import ModelRow
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording
    from neuroqgan.runs.sampled import SampledRaster


def run_view(
    folder: RunFolder,
    prepared: PreparedRecording,
    raster_path: Path,
    windows: SpikeRaster,
    evaluation: Evaluation,
    context: JobContext | None = None,
) -> RunView:
    """Collect what the page shows of a judged raster.

    What cannot be read beside the raster and its evaluation, such as records of jobs, is left out,
    and the page says so.

    Parameters
    ----------
    folder
        Of the run.
    prepared
        Its recording.
    raster_path, windows
        The raster, and its windows as they were judged.
    evaluation
        What was found.
    context
        Where the jobs are; None if there is no store of jobs.

    Raises
    ------
    CheckpointError
        If weights, settings or provenance of the run are damaged.
    """
    config, provenance = folder.config(), folder.provenance()
    generator = load_generator(folder.generator_path)
    notes: list[str] = []
    jobs: list[JobRecord] = []
    if context is not None:
        try:
            jobs = jobs_of_raster(context, folder, raster_path)
        except NeuroqganError as error:
            notes.append(f"The jobs of the raster are not shown. {error.problem}")
    history: tuple[JobHistory, ...] = ()
    device = None
    if context is not None and jobs:
        history = tuple(JobHistory(job, tuple(context.store.events(job))) for job in jobs)
        try:
            device = device_map(context, jobs[0])
        except NeuroqganError as error:
            notes.append(f"The device is not shown. {error.problem}")
    baselines: tuple[ModelRow, ...] = ()
    try:
        baselines = read_baselines(folder)
    except CheckpointError as error:
        notes.append(f"Classical models are not shown. {error.problem}")
    return RunView(
        run=folder.name,
        backend=jobs[0].backend if jobs else raster_path.stem.partition("-seed")[0],
        raster_name=raster_path.name,
        created=str(provenance.get("created", "at an unknown time")),
        held_out=prepared.split.held_out,
        training=prepared.split.train,
        generated=windows,
        evaluation=evaluation,
        preset=generator.spec.preset,
        n_parameters=generator.n_parameters,
        n_stimulus_parameters=generator.n_stimulus_parameters,
        facts=(
            ("Recording", config.data),
            ("Covariates", folder.trained_on().covariates.summary),
        ),
        metrics=read_metrics(folder.metrics_path),
        baselines=baselines,
        circuits=tuple(describe_circuits(generator.circuits())),
        device=device,
        jobs=history,
        reproduction=_reproduction(folder, config, provenance, raster_path, evaluation),
        notes=tuple(notes),
    )


def _reproduction(
    folder: RunFolder,
    config: RunConfig,
    provenance: dict[str, Any],
    raster_path: Path,
    evaluation: Evaluation,
) -> Reproduction:
    sampled = None
    with suppress(CheckpointError):
        sampled = how_sampled(folder, raster_path)
    recording = provenance.get("recording", {})
    known = {
        "Seed of the training": config.seed,
        "Seed of the samples": None if sampled is None else sampled.seed,
        "Seed of the judgement": evaluation.seed,
        "Recording": config.data,
        "SHA-256 of the recorded spikes": recording.get("sha256"),
        "SHA-256 of the generated spikes": None if sampled is None else sampled.sha256,
        "Python": provenance.get("python"),
        "System": provenance.get("platform"),
        **(provenance.get("packages") or {}),
    }
    command = ["neuroqgan", "run"]
    pretrained = provenance.get("pretrained")
    if pretrained is None:
        command += ["--config", "run.toml"]
    else:
        command += ["--pretrained", str(pretrained.get("name")), "--preset", config.preset]
        command += ["--data", config.data]
    command += [] if sampled is None else _options(sampled)
    facts = tuple((label, str(value)) for label, value in known.items() if value is not None)
    replay = shlex.join(["neuroqgan", "run", "--replay", folder.name])
    return Reproduction(shlex.join(command), replay, config.to_toml(), facts)


def _options(sampled: SampledRaster) -> list[str]:
    """Return the options of a command that chose the samples."""
    options = ["--backend", sampled.backend, "--sample-seed", str(sampled.seed)]
    # Whole trials are counted by an option of their own.
    if "trials" not in sampled.settings:
        options += ["--samples", str(sampled.n_samples)]
    for name, value in sampled.settings.items():
        flag = f"--{name.replace('_', '-')}"
        options += [flag] if value is True else [flag, str(value)]
    return options
