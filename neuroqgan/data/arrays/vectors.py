"""Vectors that belong together: the columns of a table, or the spike times of one neuron each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays.pick import TIMES
from neuroqgan.data.tables.columns import has_needed_columns
from neuroqgan.data.times.labels import natural_key
from neuroqgan.data.times.trains import Trains
from neuroqgan.data.untrusted.archive import leaf_of, parent_of
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from neuroqgan.data.arrays.array_file import NamedArrays
    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.data.untrusted.archive import Header

ROOT = "/"
"""The name of the group of arrays that are in none."""


def tables_in(headers: Mapping[str, Header], options: ReadOptions) -> dict[str, list[str]]:
    """Return the groups that hold a table with one row per spike, and their columns.

    They have a vector of times and one of neurons, equally long and named like the columns of a
    table.

    Parameters
    ----------
    headers
        Of all arrays of a file.
    options
        What the user says, names of columns among it.
    """
    by_group: dict[str, dict[int, list[str]]] = {}
    for name, header in headers.items():
        n_rows = int(np.prod(header.shape))
        is_vector = header.shape and n_rows == max(header.shape)
        if is_vector and header.dtype.kind in "biufUT":
            by_length = by_group.setdefault(parent_of(name) or ROOT, {})
            by_length.setdefault(n_rows, []).append(name)
    return {
        group: names
        for group, by_length in by_group.items()
        for names in by_length.values()
        if has_needed_columns([leaf_of(name) for name in names], options)
    }


def table_of(arrays: NamedArrays, names: list[str]) -> pd.DataFrame:
    """Return vectors as the columns of a table."""
    import pandas as pd

    columns = zip(names, arrays.load_all(names), strict=True)
    return pd.DataFrame(
        {
            leaf_of(name): pd.Series(values.ravel(), dtype=object if _is_text(values) else None)
            for name, values in columns
        }
    )


def trains_in(headers: Mapping[str, Header]) -> dict[str, dict[str, str]]:
    """Return the groups that may hold the spike times of one neuron each.

    Parameters
    ----------
    headers
        Of all arrays of a file.

    Returns
    -------
    dict
        By group, the vector of every neuron by its label, in natural order: the name of the
        vector, or of the group that it is in if its own name is ``times``, ``spike_times`` or
        ``spikes``.
    """
    direct: dict[str, dict[str, str]] = {}
    inner: dict[str, dict[str, str]] = {}
    for name, header in headers.items():
        if len(header.shape) != 1 or header.dtype.kind not in "iuf":
            continue
        parent, label = parent_of(name), leaf_of(name)
        direct.setdefault(parent or ROOT, {})[label] = name
        if label in TIMES and "/" in name:
            inner.setdefault(parent_of(parent) or ROOT, {})[leaf_of(parent)] = name
    # Vectors beside groups of units describe them.
    return {
        group: {label: members[label] for label in sorted(members, key=natural_key)}
        for group, members in (direct | inner).items()
        if len(members) > 1
    }


def are_spikes_by_name(members: Mapping[str, str]) -> bool:
    """Return whether the vectors of a group are all called spike times."""
    return {leaf_of(name) for name in members.values()} <= {"spike_times", "spikes"}


def are_of_unequal_length(headers: Mapping[str, Header], members: Mapping[str, str]) -> bool:
    """Return whether vectors differ in length, as no columns or time series do."""
    return len({headers[name].shape for name in members.values()}) > 1


def load_group(path: Path, arrays: NamedArrays, group: str, members: Mapping[str, str]) -> Trains:
    """Read the spike times of one neuron each.

    Parameters
    ----------
    path, group
        The file and the group, for messages.
    arrays
        The file.
    members
        The name of every neuron's vector, by label.

    Raises
    ------
    RecordingError
        If a vector does not ascend, as spike times do.
    """
    vectors = arrays.load_all(list(members.values()))
    for name, vector in zip(members.values(), vectors, strict=True):
        if (vector[1:] < vector[:-1]).any():
            raise RecordingError(
                f"{group} in {path} does not hold the spike times of one neuron in each array.",
                expected="times that ascend in every array",
                got=f"{name}, whose values do not",
                hint="`array` names the one with the spikes",
            )
    filled = [vector for vector in vectors if vector.size] or vectors[:1]
    lengths: Any = np.array([vector.size for vector in vectors], np.intp)
    return Trains(np.concatenate(filled), lengths, tuple(members))


def _is_text(values: Any) -> bool:
    return np.asarray(values).dtype.kind in "UTO"
