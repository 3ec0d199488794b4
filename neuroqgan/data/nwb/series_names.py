"""Names of time series: their path in the file, or the end of it, and perhaps a column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMN = re.compile(r"(?P<series>.*)\[(?P<column>[0-9]{1,4})\]")


def split_column(name: str) -> tuple[str, int | None]:
    """Return the series and the column that a name stands for; None for all columns.

    Examples
    --------
    >>> split_column("behavior/position[1]"), split_column("speed")
    (('behavior/position', 1), ('speed', None))
    """
    match = _COLUMN.fullmatch(name)
    return (match["series"], int(match["column"])) if match else (name, None)


def fits(name: str, path: str) -> bool:
    """Return whether a name stands for the series of a path.

    Examples
    --------
    >>> fits("running_speed", "processing/behavior/running_speed")
    True
    >>> fits("speed", "processing/behavior/running_speed")
    False
    """
    series, _ = split_column(name.strip().strip("/"))
    return f"/{path}".endswith(f"/{series}") and bool(series)


def is_default(path: str, about: Mapping[str, Any]) -> bool:
    """Return whether a series is taken if none is named: processed, and no signal of cells."""
    return path.startswith("processing/") and not about["is_signal"]
