"""The table of a sweep: a row per point, the best first."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write
from neuroqgan.runs.sweep.point_training import PointState
from neuroqgan.training.loop import read_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.runs.sweep.sweep import Sweep


@dataclass(frozen=True)
class SweepRow:
    """A point of a sweep.

    Parameters
    ----------
    point
        Its number.
    settings
        What the grid sets, by key.
    value
        Its figure on the validation trials; None if it is not finished.
    seconds
        Time of its training so far; None if it was not begun.
    run
        Name of its run.
    state
        Where it stands.
    error
        Message of its last failure; empty if there is none.
    """

    point: int
    settings: dict[str, Any]
    value: float | None
    seconds: float | None
    run: str
    state: PointState
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row, ready for JSON."""
        return {
            "point": self.point,
            "settings": self.settings,
            "value": self.value,
            "seconds": self.seconds,
            "run": self.run,
            "state": self.state.value,
            "error": self.error or None,
        }


def sweep_rows(sweep: Sweep, points: Sequence[int] | None = None) -> list[SweepRow]:
    """Return a row per point, the best first; those without a figure come last.

    Parameters
    ----------
    sweep
        The sweep.
    points
        Only these; by default all that are known.
    """
    rows = [_row(sweep, point) for point in (sweep.points() if points is None else points)]

    def order(row: SweepRow) -> tuple[bool, float, int]:
        if row.value is None:
            return True, 0.0, row.point
        return False, sweep.objective.key_of_sorting(row.value), row.point

    return sorted(rows, key=order)


def write_table(rows: Sequence[SweepRow], path: Path, *, overwrite: bool = False) -> None:
    """Write the table of a sweep, as CSV or, with that suffix, as JSON.

    Parameters
    ----------
    rows
        Of the table.
    path
        The file.
    overwrite
        Whether a file there may be replaced.

    Raises
    ------
    InputError
        If the file exists and may not be replaced.
    StorageError
        If it cannot be written.
    """
    as_json = path.suffix.lower() == ".json"
    with atomic_write(path, overwrite=overwrite) as file:
        file.write((_json(rows) if as_json else _csv(rows)).encode())


def _row(sweep: Sweep, point: int) -> SweepRow:
    run, folder = sweep.run_name(point), sweep.run(point)
    metrics = read_metrics(folder.metrics_path)
    state = sweep.state(point)
    return SweepRow(
        point,
        sweep.file.settings(point),
        sweep.value(point),
        float(metrics[-1]["seconds"]) if metrics else None,
        run,
        state,
        sweep.folder.failures(run)[1] if state is PointState.FAILED else "",
    )


def _json(rows: Sequence[SweepRow]) -> str:
    return json.dumps([row.to_dict() for row in rows], indent=2, allow_nan=False) + "\n"


def _csv(rows: Sequence[SweepRow]) -> str:
    text = io.StringIO()
    keys = list(rows[0].settings) if rows else []
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["point", *keys, "value", "seconds", "run", "state", "error"])
    for row in rows:
        settings = (row.settings[key] for key in keys)
        first_line = row.error.partition("\n")[0]
        table.writerow(
            [row.point, *settings, row.value, row.seconds, row.run, row.state.value, first_line]
        )
    return text.getvalue()
