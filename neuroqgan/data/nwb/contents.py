"""What an NWB file holds, as plain arrays."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.untrusted.archive import Archive
from neuroqgan.data.untrusted.child import parse_apart
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

CHILD = "neuroqgan.data.nwb.extraction"


@dataclass(frozen=True)
class Series:
    """A time series of an NWB file.

    Parameters
    ----------
    path
        Where it is in the file, such as ``processing/behavior/running_speed``.
    values
        Shape ``(n_samples, n_columns)``, in ``unit``; NaN where nothing was measured.
    times
        Seconds on the clock of the session, shape ``(n_samples,)``.
    unit
        The unit of the values, as the file states it.
    n_axes
        1 if the file holds a single column without an axis of its own.
    """

    path: str
    values: NDArray[np.float64]
    times: NDArray[np.float64]
    unit: str
    n_axes: int


class Contents:
    """What an NWB file holds, read array by array.

    Parameters
    ----------
    path
        The file, for messages.
    archive
        What `neuroqgan.data.nwb.extraction` wrote.
    """

    def __init__(self, path: Path, archive: Archive) -> None:
        self.path = path
        self._archive = archive
        about = json.loads(str(archive.load("about")))
        if "refused" in about:
            expected, got = about["refused"]
            raise RecordingError(
                f"{path} is no NWB file that neuroqgan reads.",
                expected=expected,
                got=got,
                hint="write the file again with pynwb; `NWBHDF5IO.export` copies what is linked",
            )
        self.own: dict[str, str] = about["own"]
        """What neuroqgan wrote about a raster of its own; empty for other files."""
        self.described: dict[str, dict[str, Any]] = about["series"]
        """Shape, unit and rate of all time series of numbers, by their paths."""

    @property
    def unit_ids(self) -> NDArray[Any] | None:
        """The ids of the units; None if the file has no units."""
        return self._archive.find("unit_ids")

    def unit_columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns with one number or text per unit, by name."""
        return self._under("units/")

    def spike_times(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return the times of all spikes, unit by unit, and where those of each unit end.

        Raises
        ------
        RecordingError
            If the units have none.
        """
        if "spike_times" not in self._archive.headers:
            raise RecordingError(
                f"The units of {self.path} have no spike times.",
                expected="units with spike_times",
                got="a table of units without them",
            )
        return self._archive.load("spike_times"), self._archive.load("spike_times_ends")

    def observed(self, unit: int) -> NDArray[np.float64] | None:
        """Return when a unit was observed, shape ``(n_intervals, 2)``; None if nothing is said."""
        ends = self._archive.find("obs_intervals_ends")
        if ends is None:
            return None
        first = 0 if unit == 0 else ends[unit - 1]
        found = self._archive.load("obs_intervals")[first : ends[unit]]
        return np.asarray(found, np.float64).reshape(-1, 2) if len(found) else None

    def intervals(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Return the columns of numbers of all tables of intervals, by the name of the table."""
        tables: dict[str, dict[str, NDArray[Any]]] = {}
        for key, values in self._under("intervals/").items():
            table, _, column = key.partition("/")
            tables.setdefault(table, {})[column] = values
        return tables

    def series(self) -> list[Series]:
        """Return the time series that were asked for."""
        found = []
        for path, values in self._under("values/").items():
            about = self.described[path]
            rows = values.reshape(len(values), -1)
            times = self._archive.load(f"times/{path}")
            found.append(Series(path, rows, times, about["unit"], values.ndim))
        return found

    def own_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that neuroqgan wrote beside a raster of its own."""
        return self._under("own/")

    def _under(self, prefix: str) -> dict[str, NDArray[Any]]:
        return {
            key.removeprefix(prefix): self._archive.load(key)
            for key in self._archive.headers
            if key.startswith(prefix)
        }


@contextmanager
def parsed_nwb(path: Path, series: Sequence[str] | str | None = None) -> Iterator[Contents]:
    """Parse an NWB file in a separate process.

    Parameters
    ----------
    path
        The file.
    series
        Names of the time series whose values are wanted, or ``"all"`` for those that are
        processed and no signals of cells.

    Yields
    ------
    Contents
        What it holds, until the end of the block.

    Raises
    ------
    RecordingError
        If it cannot be parsed, or crashes the process that tries, or refers to other files.
    """
    wanted = series if series is None or isinstance(series, str) else list(series)
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        target = Path(folder) / "contents.npz"
        parse_apart(CHILD, "an NWB file", path, target, json.dumps(wanted))
        with target.open("rb") as handle:
            yield Contents(path, Archive(path, handle))
