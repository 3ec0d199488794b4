"""Tables of clusters, as Kilosort and phy write them: ``cluster_group.tsv`` and others like it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.times.numbers import as_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# The first column of all of them.
_KEYS = ("cluster_id", "id")
# Those that list the clusters of today: others also have some that phy merged or split since.
_COMPLETE = ("cluster_info", "cluster_group", "cluster_groups", "cluster_KSLabel")

MOST_CLUSTERS = 2**53
"""No number of a cluster is as large as this: others are damage."""


class ClusterTables:
    """What the tables in a folder say about its clusters.

    Parameters
    ----------
    folder
        The folder.

    Raises
    ------
    RecordingError
        If a table is damaged.
    """

    def __init__(self, folder: Path) -> None:
        paths = sorted(p for end in ("tsv", "csv") for p in folder.glob(f"cluster_*.{end}"))
        tables = {path.stem: _read(path) for path in paths}
        # What a column's own file says is newer than the summary.
        ordered = sorted(tables, key=lambda name: name != "cluster_info")
        self._columns: dict[str, dict[int, str]] = {}
        for name in ordered:
            for column, values in tables[name].items():
                self._columns.setdefault(column, {}).update(values)
        complete = [tables[name] for name in _COMPLETE if name in tables]
        self._listed = (
            sorted({key for values in complete[0].values() for key in values}) if (complete) else []
        )

    @property
    def listed(self) -> list[int]:
        """The numbers of all clusters that the most complete table lists."""
        return self._listed

    def columns(self, clusters: Sequence[int]) -> dict[str, NDArray[Any]]:
        """Return the columns of all tables for some clusters.

        Parameters
        ----------
        clusters
            Their numbers.

        Returns
        -------
        dict
            By name, shape ``(n_clusters,)``: numbers with NaN for missing ones if all values are
            numbers, otherwise texts, empty for missing ones. ``cluster_id`` is among them.
        """
        found: dict[str, NDArray[Any]] = {"cluster_id": np.array(clusters, dtype=np.int64)}
        for name, values in self._columns.items():
            found[name] = _typed([values.get(cluster, "") for cluster in clusters])
        return found


def _read(path: Path) -> dict[str, dict[int, str]]:
    """Return the columns of a table, each by the number of the cluster."""
    with (
        damage_as_error(path, "a table of clusters"),
        path.open(newline="", encoding="utf-8-sig") as handle,
    ):
        # Tabs whatever the suffix says, as early versions of phy called them .csv.
        rows = [row for row in csv.reader(handle, delimiter="\t") if any(row)]
    if not rows or rows[0][0].strip() not in _KEYS:
        return {}
    names = [name.strip() for name in rows[0][1:]]
    columns: dict[str, dict[int, str]] = {name: {} for name in names}
    for row in rows[1:]:
        number = as_number(row[0])
        if abs(number) < MOST_CLUSTERS and number.is_integer():  # nor NaN
            for name, value in zip(names, row[1:], strict=False):
                columns[name][int(number)] = value.strip()
    return columns


def _typed(texts: Sequence[str]) -> NDArray[Any]:
    given = [text for text in texts if text]
    numbers = np.array([as_number(text) for text in texts], dtype=np.float64)
    if given and np.isfinite([as_number(text) for text in given]).all():
        return numbers
    return np.array(texts, dtype=str)
