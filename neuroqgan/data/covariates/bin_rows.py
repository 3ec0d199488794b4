"""Tables of covariates: one row per bin, and perhaps columns that say which bin of which trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.data.covariates.found import (
    FoundCovariates,
    check_columns,
    check_names,
    check_numbers,
    of_array,
)
from neuroqgan.data.tables.row_checks import refuse_nested
from neuroqgan.data.times.labels import as_texts, ranks
from neuroqgan.data.times.numbers import as_number
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

_TRIAL = "trial"
# What sorts the rows of a trial; the first that is there does.
_ORDER = ("bin", "time")

# How programs write that a value is missing, and what is true.
_MISSING = ("nan", "na", "n/a", "null", "none", "")
_TRUTH = {"true": 1.0, "false": 0.0}

# Steps of time may differ by rounding, as a share of a step.
_STEP_TOLERANCE = 0.01


def of_rows(
    path: Path, table: pd.DataFrame, columns: Sequence[str] | None, notes: Sequence[str]
) -> FoundCovariates:
    """Return the covariates of a table with one row per bin.

    Parameters
    ----------
    path
        The file, for messages.
    table
        Columns of numbers, or of texts that are numbers. A column ``trial`` says to which trial a
        row belongs, ``bin`` or ``time`` sort the rows of a trial.
    columns
        Which columns to keep; by default all but ``trial``, ``bin`` and ``time``.
    notes
        How the file was read so far.

    Raises
    ------
    RecordingError
        If a column is missing, double, or not of finite numbers.
    RecordingError
        If trials differ in their number of bins, or bins are missing or double.
    """
    _refuse_numbers_as_names(path, [str(name) for name in table.columns])
    rows = bins_of(path, table, columns)
    found = of_array(path, "One row per bin", rows.values, rows.names)
    said = list(rows.notes)
    if rows.left:
        said += [f"{path}: not read as covariates: {shorten(rows.left)}."]
    return FoundCovariates(found.covariates, (*notes, *said, *found.notes))


@dataclass(frozen=True)
class BinRows:
    """A table with one row per bin.

    Parameters
    ----------
    values
        The numbers, shape ``(n_bins, n_columns)``, or ``(n_trials, n_bins, n_columns)`` if the
        table has a column ``trial``.
    names
        The columns that they are from.
    left
        Other columns, which only say which bin of which trial a row is.
    notes
        How rows were sorted.
    """

    values: NDArray[Any]
    names: list[str]
    left: list[str]
    notes: tuple[str, ...]


def bins_of(path: Path, table: pd.DataFrame, columns: Sequence[str] | None = None) -> BinRows:
    """Return the numbers of a table with one row per bin, trial by trial.

    Parameters
    ----------
    path, table, columns
        See `of_rows`.

    Raises
    ------
    RecordingError
        See `of_rows`.
    """
    there = [str(name).strip() for name in table.columns]
    table = table.set_axis(there, axis=1)
    _check_header(path, there, len(table))
    structure = [name for name in (_TRIAL, *_ORDER) if name in there]
    if columns is not None:
        check_columns(path, columns, there)
    chosen = list(columns) if columns is not None else [n for n in there if n not in structure]
    if not chosen:
        raise RecordingError(
            f"{path} has no columns but {shorten(there)}.",
            expected="columns of numbers",
            got=shorten(there),
            hint="name the columns to read, if one of these is meant",
        )
    refuse_nested(path, table, [*structure, *chosen])
    rows, n_trials = _sorted_rows(path, table)
    read = {name: _numbers(path, table[name], name) for name in chosen}
    for name, column in read.items():
        check_numbers(path, f"The column {name}", column, ("row",))
    values = np.stack(list(read.values()), axis=-1)[rows]
    shaped = values.reshape(n_trials, -1, len(chosen)) if _TRIAL in there else values
    said = (f"{path}: rows are sorted by {' and '.join(structure)}.",) if structure else ()
    return BinRows(shaped, chosen, [name for name in structure if name not in chosen], said)


def _refuse_numbers_as_names(path: Path, names: Sequence[str]) -> None:
    if names and all(as_number(name) == as_number(name) for name in names):
        raise RecordingError(
            f"{path} does not name its columns.",
            expected="the names of the columns in the first row",
            got=f"a first row of numbers: {shorten(names)}",
        )


def _check_header(path: Path, names: Sequence[str], n_rows: int) -> None:
    check_names(path, names, len(names))
    if not n_rows:
        raise RecordingError(
            f"{path} has no bins.", expected="one row per bin", got="a table without rows"
        )


def _numbers(path: Path, column: pd.Series[Any], name: str) -> NDArray[Any]:
    """Return a column as numbers; texts are read as numbers, and blanks are missing values."""
    import pandas as pd

    what = f"The column {name}"
    if column.dtype.kind in "biuf" and isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(np.float64, na_value=np.nan)
    if column.dtype.kind in "mM":
        raise _no_numbers(path, what, f"type {column.dtype}")
    texts = as_texts(column, strip=True)
    read = np.array([np.nan if text is None else _as_number(text) for text in texts])
    odd = [
        (row, text)
        for row, text in enumerate(texts)
        if text is not None and np.isnan(read[row]) and text.casefold() not in _MISSING
    ]
    if odd:
        row, text = odd[0]
        rest = f", and {len(odd) - 1} more" if len(odd) > 1 else ""
        raise _no_numbers(path, what, f"{text[:40]!r} in row {row + 1}{rest}")
    return read


def _as_number(text: str) -> float:
    return _TRUTH.get(text.casefold(), as_number(text))


def _no_numbers(path: Path, what: str, got: str) -> RecordingError:
    return RecordingError(
        f"{what} in {path} does not hold numbers.",
        expected="numbers; categories as whole numbers, or one column of 0 and 1 for each",
        got=got,
        hint="leave the column out: choose the other columns by name",
    )


def _sorted_rows(path: Path, table: pd.DataFrame) -> tuple[NDArray[np.intp], int]:
    """Return the order of the rows, trial by trial, and the number of trials."""
    n_rows = len(table)
    trial = np.zeros(n_rows, np.intp)
    labels: tuple[str, ...] = ("",)
    if _TRIAL in table.columns:
        texts = as_texts(table[_TRIAL], strip=True)
        if any(text is None for text in texts):
            raise RecordingError(
                f"{path} has rows without a trial.",
                expected="a trial in every row",
                got=f"none in row {[text is None for text in texts].index(True) + 1}",
            )
        trial, labels = ranks(texts)
    order = next((name for name in _ORDER if name in table.columns), None)
    places = np.arange(n_rows) if order is None else _numbers(path, table[order], order)
    counts = np.bincount(trial, minlength=len(labels))
    if np.ptp(counts):
        short, long = int(counts.argmin()), int(counts.argmax())
        raise RecordingError(
            f"Trials have different numbers of bins in {path}.",
            expected="as many rows in every trial",
            got=f"{plural(int(counts[short]), 'row')} in trial {labels[short]}, "
            f"{counts[long]} in trial {labels[long]}",
        )
    rows = np.lexsort((places, trial))
    if order is not None:
        _check_steps(path, order, places[rows].reshape(len(labels), -1), labels)
    return rows, len(labels)


def _check_steps(path: Path, order: str, places: NDArray[Any], labels: Sequence[str]) -> None:
    """Check that bins follow each other in equal steps, all of the same width."""
    steps = np.diff(places.astype(np.float64), axis=1)
    if not steps.size:
        return
    usual = 1.0 if order == _ORDER[0] else float(np.quantile(steps, 0.5, method="lower"))
    wrong = ~((steps > 0) & (np.abs(steps - usual) <= _STEP_TOLERANCE * usual))
    if wrong.any():
        trial, step = (int(i) for i in np.argwhere(wrong)[0])
        where = f" of trial {labels[trial]}" if len(labels) > 1 else ""
        raise RecordingError(
            f"Bins are missing or double in {path}.",
            expected=f"one row per bin: the column {order} in equal steps, of {usual:g}",
            got=f"{places[trial, step + 1]:g} after {places[trial, step]:g}{where}",
            hint="one row for every bin of every trial"
            if len(labels) > 1
            else f"one row for every bin; of several trials, a column {_TRIAL!r} with labels",
        )
