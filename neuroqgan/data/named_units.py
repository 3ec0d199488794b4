"""Units that a user names: by label, or by a query on what a file says about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.data.neurons import split_labels
from neuroqgan.data.unit_query import is_query, matching
from neuroqgan.errors import RecordingError
from neuroqgan.raster.validation import positions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Values of a column that notes list, and columns that errors list.
_FEW_VALUES, _FEW_COLUMNS = 8, 8


def named_units(
    path: Path, wanted: str, labels: Sequence[str], columns: Mapping[str, NDArray[Any]]
) -> tuple[list[int], list[str]]:
    """Return the positions of the units that a user names, and how they were chosen, in words.

    Parameters
    ----------
    path
        The file or folder, for messages.
    wanted
        Labels separated by commas, or a query on the columns.
    labels
        Of all units.
    columns
        What is known about them, each of shape ``(n_units,)``.

    Raises
    ------
    RecordingError
        If no unit fits the query.
    ConfigError
        If the query cannot be read, or is about a column that is not there.
    RasterError
        If there is no unit of some label, or it is named twice.

    Examples
    --------
    >>> from pathlib import Path
    >>> columns = {"group": np.array(["good", "mua", "good"])}
    >>> named_units(Path("sorted"), 'group == "good"', ["0", "1", "2"], columns)
    ([0, 2], ['2 of 3 units fit group == "good".'])
    >>> named_units(Path("sorted"), "2,0", ["0", "1", "2"], columns)
    ([2, 0], [])
    """
    named = split_labels(wanted, tuple(labels))
    if set(named) <= set(labels) or not is_query(wanted, columns):
        return positions(named, labels), []
    fits = matching(wanted, columns)
    if fits.any():
        said = f"{int(fits.sum()):,} of {plural(len(labels), 'unit')} fit {wanted}."
        return np.flatnonzero(fits).tolist(), [said]
    used = {name: held for name, held in columns.items() if name in wanted} or columns
    shown = list(used.items())[:_FEW_COLUMNS]
    raise RecordingError(
        f"No unit of {path} fits `units`.",
        expected=f"units with {wanted}",
        got="; ".join(f"{name}: {values_in_words(held)}" for name, held in shown),
    )


def values_in_words(held: NDArray[Any]) -> str:
    """Return the values of a column in a few words.

    Parameters
    ----------
    held
        Shape ``(n_units,)``.

    Examples
    --------
    >>> values_in_words(np.array(["good", "mua", "good"]))
    'good: 2, mua: 1'
    """
    if held.dtype.kind == "f":
        finite = held[np.isfinite(held)]
        return f"{finite.min():.4g} to {finite.max():.4g}" if finite.size else "all NaN"
    values, counts = np.unique(held, return_counts=True)
    if len(values) > _FEW_VALUES:
        return f"{values[0]} to {values[-1]}" if held.dtype.kind in "iu" else "texts"
    return ", ".join(
        f"{'nothing' if value == '' else value}: {n}"
        for value, n in zip(values.tolist(), counts, strict=True)
    )
