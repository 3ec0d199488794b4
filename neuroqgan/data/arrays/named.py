"""Recordings in files of named arrays, whatever library reads the arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.binned import as_recording
from neuroqgan.data.arrays.pick import pick_array
from neuroqgan.data.arrays.stored import BIN_WIDTH, LABELS, SPIKES, beside_of, find_beside
from neuroqgan.data.arrays.vectors import (
    are_of_unequal_length,
    are_spikes_by_name,
    load_group,
    table_of,
    tables_in,
    trains_in,
)
from neuroqgan.data.tables.table import rasterise
from neuroqgan.data.times.trains import read_trains, texts
from neuroqgan.data.untrusted.archive import Header

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.arrays.array_file import NamedArrays
    from neuroqgan.data.reading import Reading, ReadOptions


def read_named(path: Path, arrays: NamedArrays, options: ReadOptions) -> Reading:
    """Read a recording.

    It is, unless the user names an array or group:

    - the array ``spikes``;
    - or a table: vectors of times and neurons, equally long and named like columns of tables;
    - or a group of groups with a vector ``spike_times`` in each;
    - or the only array that could be spikes in bins, see `pick_array`;
    - or spike times per neuron: cells, or a group with a vector for each.

    Parameters
    ----------
    path
        The file, for messages.
    arrays
        What it holds. Beside the spikes, there may be ``bin_width`` in seconds, ``neuron_labels``
        and ``axes``, as arrays or attributes.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the spikes cannot be chosen, their bin width is unknown, or see `as_recording`,
        `read_trains` and `rasterise`.
    RasterError
        If an array is not a raster.
    """
    headers, wanted = arrays.headers, options.array
    tables = {} if SPIKES in headers and wanted is None else tables_in(headers, options)
    if len(tables) == 1 and wanted is None:
        (wanted,) = tables
    if wanted in tables and wanted not in headers:
        return _read_table(path, arrays, wanted, tables[wanted], options)
    groups = trains_in(headers)
    named = [group for group, members in groups.items() if are_spikes_by_name(members)]
    if wanted is None and SPIKES not in headers and len(named) == 1:
        (wanted,) = named
    offered = {
        name: Header((len(members),), np.dtype(object))
        for name, members in groups.items()
        if name not in headers and (name == wanted or are_of_unequal_length(headers, members))
    }
    name = pick_array(path, {**headers, **offered}, wanted)
    if headers.get(name, offered.get(name, Header((), np.dtype(bool)))).dtype.hasobject:
        is_group = name in offered
        trains = (
            load_group(path, arrays, name, groups[name]) if is_group else arrays.load_trains(name)
        )
        if not trains.labels:
            trains = replace(trains, labels=texts(find_beside(arrays, name, LABELS)))
        width, notes = _bin_width(path, arrays, name, options)
        return read_trains(path, name, trains, width, options, notes)
    return as_recording(path, name, arrays.load(name), beside_of(arrays, name), options)


def _read_table(
    path: Path, arrays: NamedArrays, group: str, names: list[str], options: ReadOptions
) -> Reading:
    width, notes = _bin_width(path, arrays, group, options)
    table = table_of(arrays, names)
    said = f"{shorten(names)} in {path} are read as a table with one row per spike."
    return rasterise(path, table, width, options, [said, *notes])


def _bin_width(
    path: Path, arrays: NamedArrays, name: str, options: ReadOptions
) -> tuple[float, tuple[str, ...]]:
    return bin_width_of(path, find_beside(arrays, name, BIN_WIDTH), options, has_times=True)
