"""What a run keeps of its validation: figures by objective, and the sweep that asked for them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from neuroqgan.errors import CheckpointError
from neuroqgan.runs.records import write_record
from neuroqgan.runs.sweep.sweep_records import ValidationRecord, read_checked

if TYPE_CHECKING:
    from neuroqgan.runs.folder import RunFolder


def validated_value(folder: RunFolder, sweep: str, objective: str) -> float | None:
    """Return the figure of a run on its validation trials; None if it is not known.

    Parameters
    ----------
    folder
        Of the run.
    sweep
        Name of the sweep that it belongs to.
    objective
        Name of the figure.
    """
    record = _read(folder)
    return record.values.get(objective) if record.sweep == sweep else None


def keep_value(folder: RunFolder, sweep: str, objective: str, value: float) -> None:
    """Keep the figure of a run on its validation trials, beside those of other objectives.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    kept = _read(folder)
    record = replace(kept, sweep=sweep, values={**kept.values, objective: value})
    write_record(folder.validation_path, asdict(record))


def _read(folder: RunFolder) -> ValidationRecord:
    """Read the record; one that is missing or damaged is made anew, which trains nothing."""
    try:
        return read_checked(ValidationRecord, folder.validation_path)
    except CheckpointError:
        return ValidationRecord()
