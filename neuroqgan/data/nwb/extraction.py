"""The process that parses NWB files, so that a damaged file can crash nothing else.

HDF5 is written in C and trusts addresses and sizes in the file. This process reads the file with
pynwb and writes plain arrays to an ``.npz`` archive, for its parent to read
(`neuroqgan.data.nwb.contents`).
"""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

import h5py
import hdmf.build.errors
import numpy as np
from pynwb import NWBHDF5IO, TimeSeries
from pynwb.ecephys import ElectricalSeries
from pynwb.image import ImageSeries
from pynwb.misc import IntervalSeries
from pynwb.ophys import RoiResponseSeries

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.nwb.foreign_links import ForeignLinkError, refuse_foreign_links
from neuroqgan.data.nwb.own_names import ARRAYS, TABLE
from neuroqgan.data.nwb.series_names import fits, is_default
from neuroqgan.data.untrusted.memory import available_bytes
from neuroqgan.data.untrusted.parsing import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pynwb import NWBFile

FAILURES = (
    *DAMAGE,
    hdmf.build.errors.BuildError,
    hdmf.build.errors.ConstructError,
)

# Texts that are longer are notes, and no column to choose units by.
_LONGEST_TEXT = 200
# More columns are images or channels.
_MOST_COLUMNS = 256
# Containers within containers.
_DEEPEST = 4

Members = dict[str, "NDArray[Any]"]


def parse(source: str, wanted: list[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield what a file holds, by the names of `neuroqgan.data.nwb.contents`.

    Parameters
    ----------
    source
        The NWB file.
    wanted
        A single text: the names of the time series whose values are wanted, as JSON, or ``"all"``.
    """
    (series,) = map(json.loads, wanted)
    with h5py.File(source, "r", locking="best-effort") as file:
        refused = _refused(file)
        if refused is not None:
            yield "about", np.array(json.dumps({"refused": refused}))
            return
        with NWBHDF5IO(source, "r", file=file) as reader:
            yield from _members(reader.read(), series, available_bytes()).items()


def _refused(file: h5py.File) -> list[str] | None:
    """Return what was expected of a file, and what is there instead; None if it can be read."""
    version = file.attrs.get("nwb_version")
    if version is None and "nwb_version" in file:
        return ["NWB 2", "NWB 1, which pynwb does not read"]
    if version is None:
        return ["an NWB file", "an HDF5 file without an nwb_version"]
    try:
        refuse_foreign_links(file)
    except ForeignLinkError as error:
        return ["a file that holds all of its data, without links to other files", str(error)]
    return None


def _members(nwbfile: NWBFile, wanted: list[str] | str | None, memory: int) -> Members:
    budget = _Budget(memory)
    members: Members = {}
    if nwbfile.units is not None:
        members |= _units(nwbfile.units, budget)
    for name, table in _interval_tables(nwbfile):
        members |= {
            f"intervals/{name}/{column}": values
            for column, values in _columns(table, budget)
            if values.dtype.kind in "iuf"
        }
    about: dict[str, Any] = {"series": {}, "own": {}}
    for path, series in _all_series(nwbfile):
        if (shape := _shape(series)) is None:
            continue
        about["series"][path] = _described(series, shape)
        is_wanted = (
            is_default(path, about["series"][path])
            if wanted == "all"
            else any(fits(name, path) for name in wanted or ())
        )
        if is_wanted:
            budget.take(path, (3 * math.prod(shape) + 2 * shape[0],), np.dtype(np.float64))
            members[f"values/{path}"] = np.asarray(series.get_data_in_units(), np.float64)
            members[f"times/{path}"] = _seconds(series, shape[0])
    members |= _own(nwbfile, about, budget)
    members["about"] = np.array(json.dumps(about))
    return members


class _Budget:
    """The bytes that may still be read."""

    def __init__(self, n_bytes: int) -> None:
        self._left = n_bytes

    def take(self, what: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Take the bytes of an array.

        Raises
        ------
        MemoryError
            If there are not as many.
        """
        self._left -= math.prod(shape) * dtype.itemsize
        if self._left < 0:
            raise MemoryError(f"{what} of shape {shape} does not fit into memory")


def _units(units: Any, budget: _Budget) -> Members:
    members = {f"units/{name}": values for name, values in _columns(units, budget)}
    ids = members["unit_ids"] = _read("the ids of units", units.id.data, budget)
    for name in ("spike_times", "obs_intervals"):
        if name not in units.colnames:
            continue
        index = units[name]
        ends = _read(name, index.data, budget)
        values = _read(name, index.target.data, budget)
        _check_index(name, ends, len(values), len(ids))
        members[name], members[f"{name}_ends"] = values, ends.astype(np.int64)
    return members


def _check_index(name: str, ends: NDArray[Any], n_values: int, n_units: int) -> None:
    if ends.shape != (n_units,):
        raise ValueError(f"{name} of {len(ends)} units, where there are {n_units}")
    wide = ends.astype(object)
    if n_units and (
        ends.dtype.kind not in "iu"
        or min(wide) < 0
        or max(wide) > n_values
        or (np.diff(ends.astype(np.int64)) < 0).any()
    ):
        raise ValueError(f"the index of {name} does not fit its {n_values} values")


def _interval_tables(nwbfile: NWBFile) -> Iterator[tuple[str, Any]]:
    for name in ("trials", "epochs", "invalid_times"):
        if getattr(nwbfile, name) is not None:
            yield name, getattr(nwbfile, name)
    yield from nwbfile.intervals.items()


def _columns(table: Any, budget: _Budget) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the columns with one number or short text per row."""
    n_rows = len(table.id)
    for name in table.colnames:
        data: Any = getattr(table[name], "data", None)
        # A ragged column is known by its index, and one of references by the table they lead to.
        if table[name].name != name or hasattr(table[name], "target") or np.ndim(data) != 1:
            continue
        if hasattr(table[name], "table") or hasattr(table[name], "elements"):
            continue
        values = _read(name, data, budget)
        if values.shape != (n_rows,):
            raise ValueError(f"column {name} has {len(values)} rows, where there are {n_rows}")
        if values.dtype.kind in "biufU" and not (
            values.dtype.kind == "U" and values.dtype.itemsize > 4 * _LONGEST_TEXT
        ):
            yield name, values


def _read(what: str, data: Any, budget: _Budget) -> NDArray[Any]:
    """Return numbers, or texts as such; an array of objects if it holds anything else."""
    shape = tuple(np.shape(data))
    dtype = getattr(data, "dtype", np.dtype(object))
    if not isinstance(dtype, np.dtype):
        return np.empty(shape[:1], object)
    budget.take(what, shape, np.dtype(np.float64) if dtype.hasobject else dtype)
    # hdmf returns arrays of one element as that element.
    values = np.asarray(data[:] if shape else data)
    if values.dtype.kind not in "OS":
        return values
    texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values.ravel()]
    if not all(isinstance(text, str) for text in texts):
        return np.empty(shape, object)
    longest = max(map(len, texts), default=1)
    budget.take(what, (len(texts), longest), np.dtype("U1"))
    return np.array(texts, dtype=f"U{max(longest, 1)}").reshape(shape)


def _all_series(nwbfile: NWBFile) -> Iterator[tuple[str, TimeSeries]]:
    places = {f"processing/{name}": module for name, module in nwbfile.processing.items()}
    for place, holder in places.items():
        yield from _within(place, list(holder.data_interfaces.values()), 0)
    yield from _within("acquisition", list(nwbfile.acquisition.values()), 0)
    yield from _within("stimulus/presentation", list(nwbfile.stimulus.values()), 0)


def _within(place: str, held: list[Any], depth: int) -> Iterator[tuple[str, TimeSeries]]:
    for one in held:
        path = f"{place}/{one.name}"
        if isinstance(one, TimeSeries):
            yield path, one
        elif depth < _DEEPEST:
            yield from _within(path, list(one.children), depth + 1)


def _shape(series: TimeSeries) -> tuple[int, ...] | None:
    """Return the shape of a series of numbers; None if it is anything else."""
    if isinstance(series, ImageSeries | IntervalSeries):
        return None
    shape, dtype = tuple(np.shape(series.data)), getattr(series.data, "dtype", None)
    is_number = isinstance(dtype, np.dtype) and dtype.kind in "biuf"
    n_columns = math.prod(shape[1:])
    if not is_number or len(shape) not in (1, 2) or not 0 < n_columns <= _MOST_COLUMNS:
        return None
    return shape


def _described(series: TimeSeries, shape: tuple[int, ...]) -> dict[str, Any]:
    return {
        "shape": shape,
        "unit": str(series.unit or ""),
        "rate": None if series.rate is None else float(series.rate),
        "is_signal": isinstance(series, ElectricalSeries | RoiResponseSeries),
    }


def _seconds(series: TimeSeries, n_samples: int) -> NDArray[np.float64]:
    if series.rate is not None:
        if not series.rate > 0:
            raise ValueError(f"{series.name} has a rate of {series.rate} Hz")
        return float(series.starting_time or 0.0) + np.arange(n_samples) / float(series.rate)
    seconds = np.asarray(series.timestamps[:], np.float64)
    if seconds.shape != (n_samples,):
        raise ValueError(f"{series.name} has {len(seconds)} timestamps for {n_samples} samples")
    return seconds


def _own(nwbfile: NWBFile, about: dict[str, Any], budget: _Budget) -> Members:
    """Return what only files of neuroqgan hold, see `neuroqgan.data.nwb.own_names`."""
    table = nwbfile.analysis.get(TABLE)
    if table is None:
        return {}
    keys, values = (_read(name, table[name].data, budget) for name in ("key", "value"))
    about["own"] = dict(zip(keys.tolist(), values.tolist(), strict=True))
    scratch = nwbfile.scratch
    return {
        f"own/{name}": _read(name, scratch[name].data, budget) for name in ARRAYS if name in scratch
    }


def main(arguments: list[str]) -> int:
    """Parse one file for a parent; see `neuroqgan.data.untrusted.parsing.answer`."""
    return answer(arguments, parse, FAILURES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
