"""What commands that judge and draw need of a run: its last raster, and how that was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording


def latest_raster(name: str) -> tuple[RunFolder, PreparedRecording, Path, SpikeRaster]:
    """Return a run, its recording, and the raster that it generated last with its path.

    Whole trials are cut into windows, as they are judged.
    """
    from neuroqgan.cli.missing import bring_missing
    from neuroqgan.data.load import load
    from neuroqgan.runs.recording import prepare_run
    from neuroqgan.runs.stages import as_windows
    from neuroqgan.runs.store import RunStore

    folder = RunStore().get(name)
    bring_missing(folder)
    path = folder.latest_raster()
    prepared = prepare_run(folder)
    return folder, prepared, path, as_windows(prepared, load(path))


def last_judgement(folder: RunFolder) -> tuple[Evaluation | None, Path]:
    """Return the stored evaluation, or None, and the path of the raster that it judged."""
    stored = folder.evaluation()
    name = "" if stored is None else str(stored.get("raster"))
    return folder.read_evaluation(), folder.rasters_path / name


def judging_seed(folder: RunFolder, requested: int | None) -> int:
    """Return the seed to judge with, so that the same raster gets the same figures again."""
    if requested is not None:
        return requested
    try:
        evaluation, _ = last_judgement(folder)
    except CheckpointError:
        # A damaged evaluation is repaired by judging again.
        return 0
    return 0 if evaluation is None or evaluation.seed is None else evaluation.seed
