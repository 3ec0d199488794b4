"""What came of the steps of a campaign: judged rasters, bundles, and one page of all."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import NeuroqganError
from neuroqgan.runs.bundled import bundle_jobs
from neuroqgan.runs.judgements import keep_other_judgement, read_judgement
from neuroqgan.runs.page_view import run_view
from neuroqgan.runs.pretrained import link
from neuroqgan.runs.rasters import collect
from neuroqgan.runs.readout import readout_report
from neuroqgan.runs.stages import as_windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.bundled import Bundle
    from neuroqgan.runs.campaign.campaign_folder import CampaignFolder
    from neuroqgan.runs.campaign.step_walk import StepWalk
    from neuroqgan.runs.readout import ReadoutReport


@dataclass(frozen=True)
class StepResult:
    """What came of a step.

    Parameters
    ----------
    walk
        The step.
    raster_path
        File of its raster; None if it is not here.
    windows
        The raster as it is judged.
    evaluation
        Against held-out windows; None if there is no recording, or too little of it.
    readout
        Statistics raw and corrected, if the readout was calibrated.
    bundle
        File of all its jobs, and its checksum.
    problem
        What kept it from being judged or bundled, in words.
    """

    walk: StepWalk
    raster_path: Path | None = None
    windows: SpikeRaster | None = None
    evaluation: Evaluation | None = None
    readout: ReadoutReport | None = None
    bundle: Bundle | None = None
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        planned, found = self.walk.planned, self.evaluation
        worst = None if found is None else found.worst
        error = self.walk.error
        return {
            "step": planned.step.key,
            "run": planned.selection.folder.name,
            "backend": planned.backend.name,
            "settings": dict(planned.step.settings),
            "state": self.walk.state,
            "jobs": [job.id for job in self.walk.jobs],
            "qpu_seconds_estimated": None if planned.estimate is None else planned.estimate.seconds,
            "qpu_seconds_used": self.walk.seconds_used,
            "raster": None if self.raster_path is None else str(self.raster_path),
            "c2st": None if worst is None else worst.accuracy,
            "ratios": {}
            if found is None
            else {
                key: row.ratio for key, row in found.statistics.items() if math.isfinite(row.ratio)
            },
            "readout": None if self.readout is None else self.readout.distances(),
            "bundle": None if self.bundle is None else str(self.bundle.path),
            "sha256": None if self.bundle is None else self.bundle.sha256,
            "problem": self.problem or (None if error is None else str(error)),
        }

    def cells(self) -> tuple[str, ...]:
        """Return a row of the table of results: what was found, and what it took."""
        worst = None if self.evaluation is None else self.evaluation.worst
        ratios = self.to_dict()["ratios"].values()
        planned = self.walk.planned
        estimate = planned.estimate
        return (
            planned.step.key,
            str(planned.backend.name),
            planned.step.in_words,
            "-" if worst is None else f"{worst.accuracy:.3f}",
            f"{_short(min(ratios))} to {_short(max(ratios))}" if ratios else "-",
            "-" if self.readout is None else self.readout.in_words("spike_probability"),
            f"{len(self.walk.jobs)}",
            "-" if estimate is None else f"{estimate.seconds:.1f}",
            f"{self.walk.seconds_used:.1f}" if planned.is_charged else "-",
        )


HEADINGS = (
    "step",
    "backend",
    "settings",
    "C2ST",
    "ratios",
    "rate error",
    "jobs",
    "s est.",
    "s used",
)
CAPTION = (
    "C2ST: accuracy of the judge that distinguishes best, 0.5 is chance. Ratios: errors of "
    "statistics over those of recorded windows, from the lowest to the highest. Rate error: mean "
    "distance of firing rates (spikes per bin), in brackets with readout errors taken out. "
    "s: seconds of the quantum processor, estimated and used."
)


def finish_step(context: JobContext, walk: StepWalk, folder: CampaignFolder) -> StepResult:
    """Collect, judge and bundle the raster of a step; what was done before is read.

    Parameters
    ----------
    context
        Where jobs are kept.
    walk
        The step.
    folder
        Of the campaign.
    """
    if not walk.walk.is_finished:
        return StepResult(walk)
    selection = walk.planned.selection
    path, spikes = collect(context, walk.walk.jobs, selection.folder)
    result = StepResult(walk, path)
    prepared = selection.prepared
    if prepared is not None:
        link(selection.folder, selection.config, prepared)
        try:
            windows = as_windows(prepared, spikes.raster)
            evaluation = _judged(walk, path, windows)
            report = readout_report(spikes, prepared.split.held_out)
            result = replace(result, windows=windows, evaluation=evaluation, readout=report)
        except NeuroqganError as error:
            result = replace(result, problem=f"It cannot be judged. {error.problem}")
    try:
        file = folder.bundle_path(walk.planned.label)
        return replace(result, bundle=bundle_jobs(walk.jobs[0].id, file, overwrite=True))
    except NeuroqganError as error:
        return replace(result, problem=f"It cannot be bundled. {error.problem} {error.got}")


def write_campaign_page(
    path: Path, results: Sequence[StepResult], context: JobContext, title: str
) -> Path | None:
    """Write one page of all judged steps; None if there are none.

    Parameters
    ----------
    path
        The file; one of that name is replaced.
    results
        What came of the steps.
    context
        Where jobs are kept.
    title
        Of the table of all steps.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    from neuroqgan import __version__
    from neuroqgan.report.page.document import write_page
    from neuroqgan.report.page.view import PageView, Summary

    views = [
        replace(
            run_view(
                result.walk.planned.selection.folder,
                result.walk.planned.selection.recording,
                result.raster_path,
                result.windows,
                result.evaluation,
                context,
            ),
            label=result.walk.planned.label,
        )
        for result in results
        if result.raster_path and result.windows is not None and result.evaluation is not None
    ]
    if not views:
        return None
    rows = tuple(
        (*result.cells(), "-" if result.bundle is None else f"bundles/{result.bundle.path.name}")
        for result in results
    )
    summary = Summary(title, (*HEADINGS, "bundle"), rows, CAPTION, numbers=(3, 9))
    return write_page(path, replace(PageView.of(views, __version__), summary=summary))


def _judged(walk: StepWalk, path: Path, windows: SpikeRaster) -> Evaluation:
    from neuroqgan.evaluation.judge import judge
    from neuroqgan.models.loading import load_generator

    selection = walk.planned.selection
    known = read_judgement(selection.folder, path)
    if known is not None:
        return known
    model = load_generator(selection.folder.generator_path)
    seed = walk.planned.order.seed
    evaluation = judge(windows, selection.recording.split, seed=seed, model=model)
    keep_other_judgement(selection.folder, evaluation, path)
    return evaluation


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
