"""Rows of a table of spike times: one per spike, with a time, a neuron and a trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.tables.columns import Columns, find_columns
from neuroqgan.data.times.numbers import rows_like_it
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.data.times.times import Times


def one_row_per_spike(
    path: Path, table: pd.DataFrame, options: ReadOptions
) -> tuple[pd.DataFrame, Columns, bool]:
    """Return the table with lists of times laid out, its columns, and whether it had lists.

    Raises
    ------
    RecordingError
        If columns are missing or ambiguous, or others than that of the times hold lists.
    """
    table = with_index(table)
    table = table.set_axis([str(name) for name in table.columns], axis=1)
    lists = [
        name
        for name in table.columns.drop_duplicates(keep=False)
        if table[name].dtype == object
        and any(isinstance(value, list | np.ndarray) for value in table[name])
    ]
    columns = find_columns(path, list(table.columns), options, also_id=bool(lists))
    name = columns.time.name
    others = [c.name for c in vars(columns).values() if c is not None and c.name != name]
    if clashing := [other for other in others if other in lists]:
        raise RecordingError(
            f"{path} has lists in the column {clashing[0]!r}.",
            expected="lists of times alone, or one row per spike",
            got="a list in a row",
            hint=f'table.explode(["{name}", "{clashing[0]}"]) in pandas',
        )
    # Lists of times are laid out; whatever else is within others is no time and no label.
    refuse_nested(path, table, others if name in lists else [name, *others])
    if name not in lists:
        return table, columns, False
    values = [np.asarray([] if value is None else value) for value in table[name]]
    filled = [value for value in values if value.size]
    is_float = bool(filled) and filled[0].dtype.kind == "f"
    nothing = np.full(1, np.nan, filled[0].dtype if is_float else np.float64)
    # One row without a time for an empty list: a neuron that did not fire.
    values = [value if value.size else nothing for value in values]
    rows = np.repeat(np.arange(len(table)), [len(value) for value in values])
    spread = table[others].iloc[rows].reset_index(drop=True)
    spread[name] = np.concatenate(values) if values else np.zeros(0)
    return spread, columns, True


def with_index(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose index, as far as it has names, is among its columns."""
    for level, name in enumerate(table.index.names):
        if name is not None and name not in table.columns:
            table = table.copy(deep=False)
            table.insert(level, name, table.index.get_level_values(level))
    return table


def refuse_nested(path: Path, table: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse columns of labels or numbers that hold lists, arrays or dictionaries.

    Raises
    ------
    RecordingError
        If one does.
    """
    for name in names:
        column = table[name]
        if column.dtype != object:
            continue
        for row, value in enumerate(column):
            if isinstance(value, Mapping | list | set | tuple | np.ndarray):
                raise RecordingError(
                    f"{path} has a {type(value).__name__} in the column {name!r}.",
                    expected="a text or a number",
                    got=f"{str(value)[:80]} in row {row + 1}",
                    hint="one column per value",
                )


def is_empty(column: pd.Series[Any]) -> NDArray[np.bool_]:
    """Return which rows of a column have no value, or only blanks."""
    empty = column.isna().to_numpy()
    if column.dtype.kind != "O":
        return np.asarray(empty)
    values = column.to_numpy(dtype=object)
    blank = [isinstance(value, str) and not value.strip() for value in values]
    return np.asarray(empty | np.array(blank, dtype=bool))


def check_rows(
    path: Path,
    time: pd.Series[Any],
    times: Times,
    is_given: NDArray[np.bool_],
    neuron: NDArray[np.object_],
    trial: NDArray[np.object_] | None,
    is_complete: bool,
    had_lists: bool,
) -> NDArray[np.bool_]:
    """Return which rows are spikes; the others are blank, or name a silent trial or neuron.

    Raises
    ------
    RecordingError
        If a row lacks what a spike needs, or there is no spike.
    """
    import pandas as pd

    has_neuron = ~pd.isna(neuron)
    has_trial = np.zeros(len(neuron), bool) if trial is None else ~pd.isna(trial)
    is_blank = ~is_given & ~has_neuron & ~has_trial
    is_name = ~is_given & (had_lists | ((has_neuron ^ has_trial) & is_complete))
    is_spike = ~is_blank & ~is_name
    wrong = is_spike & ~np.isfinite(times.seconds)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise RecordingError(
            f"{path} has times that are not finite numbers.",
            expected="a number in every row",
            got=f"{_shown(time.iloc[first])} in row {first + 1}, {rows_like_it(int(wrong.sum()))}",
            hint=_time_hint(time.iloc[first]),
        )
    for what, is_there in (("neuron", has_neuron), ("trial", has_trial)):
        lacking = is_spike & ~is_there
        if lacking.any() and not (what == "trial" and trial is None):
            first = int(np.flatnonzero(lacking)[0])
            raise RecordingError(
                f"{path} has spikes without a {what}.",
                expected=f"a {what} in every row",
                got=f"none in row {first + 1}, {rows_like_it(int(lacking.sum()))}",
                hint="leave these rows out, or give them a label of their own",
            )
    if not is_spike.any() and not is_complete:
        raise RecordingError(
            f"{path} has no spikes.", expected="one row per spike", got="blank rows only"
        )
    return is_spike


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else f"{value[:37]}...")
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return f"{float(value):g}"
    text = str(value)
    return text if len(text) <= 40 else f"a value of type {type(value).__name__}"


def _time_hint(value: object) -> str:
    if isinstance(value, str) and ":" in value:
        return 'seconds as numbers; pd.to_timedelta(table["time"]).dt.total_seconds() in pandas'
    if isinstance(value, str) and "," in value:
        return "decimal points, and no thousands separators"
    return "leave these rows out, or correct them in the file"
