"""A run as the page shows it: what is read from its folder, the job store and the device."""

from __future__ import annotations

import hashlib
import shlex
from typing import TYPE_CHECKING, Any

from neuroqgan.circuits.drawing import describe_circuits
from neuroqgan.errors import CheckpointError, NeuroqganError
from neuroqgan.models.loading import load_generator
from neuroqgan.report.page.view import JobHistory, Reproduction, RunView
from neuroqgan.runs.device_map import device_map
from neuroqgan.runs.judgements import read_baselines
from neuroqgan.runs.rasters import jobs_of_raster
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
        reproduction=_reproduction(config, provenance, windows, evaluation, jobs),
        notes=tuple(notes),
    )


def _reproduction(
    config: RunConfig,
    provenance: dict[str, Any],
    windows: SpikeRaster,
    evaluation: Evaluation,
    jobs: list[JobRecord],
) -> Reproduction:
    recording = provenance.get("recording", {})
    spikes = hashlib.sha256(windows.packed().tobytes() + str(windows.spikes.shape).encode())
    packages = provenance.get("packages", {})
    facts = [
        ("Seed of the training", str(config.seed)),
        ("Seed of the samples", str(jobs[0].seed) if jobs else "see the name of the raster"),
        ("Seed of the judgement", str(evaluation.seed)),
        ("Recording", config.data),
        ("SHA-256 of the recorded spikes", str(recording.get("sha256"))),
        ("SHA-256 of the generated spikes, in windows", spikes.hexdigest()),
        ("Python", str(provenance.get("python", "unknown"))),
        *((name, str(version)) for name, version in packages.items()),
    ]
    command = ["neuroqgan", "run"]
    pretrained = provenance.get("pretrained")
    if pretrained is None:
        command += ["--config", "run.toml"]
    else:
        command += ["--pretrained", str(pretrained.get("name")), "--preset", config.preset]
        command += ["--data", config.data]
    command += _sampling(jobs)
    return Reproduction(shlex.join(command), config.to_toml(), tuple(facts))


def _sampling(jobs: list[JobRecord]) -> list[str]:
    """Return the options of a command that chose the samples."""
    if not jobs:
        return []
    first = jobs[0]
    trials = first.options.get("trials")
    n_samples = sum(job.n_samples for job in jobs if job.request == first.request)
    size = ["--samples", str(n_samples)] if trials is None else ["--trials", str(trials)]
    return ["--backend", first.backend, "--sample-seed", str(first.seed), *size]
