"""What a run keeps of judgements: one evaluation per raster, and classical models beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.atomic import make_folder
from neuroqgan.errors import CheckpointError
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.runs.records import damaged, read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.runs.folder import RunFolder


def keep_judgement(folder: RunFolder, evaluation: Evaluation, raster: Path) -> None:
    """Keep an evaluation as the last one of the run, and as that of its raster.

    Parameters
    ----------
    folder
        Of the run.
    evaluation
        What was found.
    raster
        File of the raster that was judged.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    keep_other_judgement(folder, evaluation, raster)
    folder.write_evaluation(evaluation, raster)


def keep_other_judgement(folder: RunFolder, evaluation: Evaluation, raster: Path) -> None:
    """Keep an evaluation as that of its raster; the last one of the run stays what it was.

    Parameters
    ----------
    folder
        Of the run.
    evaluation
        What was found.
    raster
        File of the raster that was judged.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    path = folder.judgement_path(raster)
    make_folder(path.parent)
    write_record(path, evaluation.to_dict() | {"raster": raster.name})


def read_judgement(folder: RunFolder, raster: Path) -> Evaluation | None:
    """Return the last evaluation of a raster, or None if it was never judged.

    Parameters
    ----------
    folder
        Of the run.
    raster
        File of the raster.

    Raises
    ------
    CheckpointError
        If the evaluation is damaged.
    """
    from neuroqgan.evaluation.evaluation import Evaluation

    stored = folder.evaluation()
    if stored is not None and stored.get("raster") == raster.name:
        return folder.read_evaluation()
    path = folder.judgement_path(raster)
    if not path.exists():
        return None
    hint = f"delete the file and repeat the command, which judges {raster.name} again"
    try:
        return Evaluation.from_dict(read_record(path, hint))
    except CheckpointError as error:
        raise damaged(path, error.got, hint) from error


def keep_baselines(folder: RunFolder, rows: Sequence[ModelRow]) -> None:
    """Keep classical models that were judged beside a run; others that are kept already stay.

    Parameters
    ----------
    folder
        Of the run.
    rows
        Their sizes and figures.

    Raises
    ------
    StorageError
        If they cannot be written.
    """
    try:
        known = {row.model: row for row in read_baselines(folder)}
    except CheckpointError:
        known = {}
    known |= {row.model: row for row in rows}
    write_record(folder.baselines_path, {"models": [row.to_dict() for row in known.values()]})


def read_baselines(folder: RunFolder) -> tuple[ModelRow, ...]:
    """Return the classical models that were judged beside a run; none if there were none.

    Parameters
    ----------
    folder
        Of the run.

    Raises
    ------
    CheckpointError
        If the file is damaged.
    """
    if not folder.baselines_path.exists():
        return ()
    hint = f"neuroqgan evaluate {folder.name} --baselines, which writes it again"
    record = read_record(folder.baselines_path, hint)
    try:
        return tuple(ModelRow.from_dict(row) for row in record["models"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(folder.baselines_path, f"{type(error).__name__}: {error}", hint) from error
