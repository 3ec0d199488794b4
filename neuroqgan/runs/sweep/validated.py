"""What a run keeps of its validation: figures by objective, and the sweep that asked for them."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import CheckpointError
from neuroqgan.runs.records import read_record, write_record

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
    value = record.get("values", {}).get(objective) if record.get("sweep") == sweep else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None


def keep_value(folder: RunFolder, sweep: str, objective: str, value: float) -> None:
    """Keep the figure of a run on its validation trials, beside those of other objectives.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    values = {**_read(folder).get("values", {}), objective: value}
    write_record(folder.validation_path, {"sweep": sweep, "values": values})


def _read(folder: RunFolder) -> dict[str, Any]:
    """Read the record; one that is missing or damaged is made anew, which trains nothing."""
    with suppress(CheckpointError):
        record = read_record(folder.validation_path, "")
        if isinstance(record.get("values", {}), dict):
            return record
    return {}
