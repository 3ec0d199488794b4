"""Groups of spike times that pynapple saved, which are ``.npz`` archives of their own kind.

An archive holds the times ``t`` of all neurons, the key of each one's neuron (``index``), all
``keys``, and ``start`` and ``end`` of the time support; they are read without pynapple.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.libraries.pooled_trains import sort_pooled
from neuroqgan.data.libraries.pynapple_groups import (
    LABEL,
    WIDTH,
    checked_intervals,
    labels_of,
    spikes_of,
)
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.data.times.times import agreed_unit
from neuroqgan.data.untrusted.archive import read_header
from neuroqgan.data.untrusted.unpickle import RefusedError, unpickle
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.untrusted.archive import Archive, Header

# Of all that it saves, so that times without a neuron are not taken for something else.
_MEMBERS = {"type", "start", "end"}
_METADATA = "_metadata"


def is_of_pynapple(headers: Mapping[str, Header]) -> bool:
    """Return whether an archive is one of pynapple, by the names of its arrays."""
    return set(headers) >= _MEMBERS and headers["type"].dtype.kind == "U"


def read_group(path: Path, archive: Archive, options: ReadOptions) -> Reading:
    """Read a group; the intervals of its time support are the trials.

    Parameters
    ----------
    path
        The file, for messages.
    archive
        What is in it.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If it holds something else than a group, is damaged, or the bin width is missing.
    """
    # The unit of pynapple is the second.
    agreed_unit(path, "t", "s", options)
    with damage_as_error(path, "a .npz archive of pynapple"):
        kind = str(np.ravel(archive.load("type"))[0])
    if kind != "TsGroup":
        raise RecordingError(
            f"{path} holds a {kind:.40} of pynapple, which is not a group of spike times.",
            expected="a TsGroup, one Ts per neuron",
            got=f"a {kind:.40}",
            hint="`array = d` if its values are spikes in bins" if "d" in archive.headers else "",
        )
    with damage_as_error(path, "a .npz archive of pynapple"):
        times, index = _numbers(archive, "t"), np.ravel(archive.load("index"))
        support = np.column_stack([_numbers(archive, name) for name in ("start", "end")])
        keys = np.ravel(archive.load("keys")) if "keys" in archive.headers else np.unique(index)
    if len(times) != len(index) or not len(keys) or not np.isin(index, keys).all():
        raise RecordingError(
            f"{path} does not say which neuron each spike belongs to.",
            expected=f"a key for each of {plural(len(times), 'time')}, among those of the group",
            got=f"{plural(len(index), 'key')} of {plural(len(np.unique(index)), 'neuron')}",
        )
    metadata = _metadata(path, archive)
    given = ReadOptions(bin_width=options.bin_width)
    width, notes = bin_width_of(path, metadata.get(WIDTH), given, has_times=True)
    labels = labels_of(keys.tolist(), metadata.get(LABEL))
    trains = [np.sort(times[index == key]) for key in keys]
    intervals = checked_intervals(support)
    spikes = spikes_of(path, trains, labels, intervals, width, is_asked=False)
    found = sort_pooled(path, spikes, width, options)
    said = (
        f"{path} holds a TsGroup of pynapple: {plural(len(keys), 'neuron')}, and "
        f"{plural(len(intervals), 'interval')} of its time support as trials."
    )
    return Reading(found.raster, (said, *notes, *found.cropped, *found.notes))


def _numbers(archive: Archive, name: str) -> NDArray[np.float64]:
    values = np.ravel(archive.load(name))
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{name} of type {values.dtype}, where times are kept")
    return values.astype(np.float64)


def _metadata(path: Path, archive: Archive) -> dict[str, Any]:
    """Return metadata by column; nothing if they hold more than arrays, as only pickle keeps it."""
    if _METADATA not in archive.headers:
        return {}
    try:
        with (
            damage_as_error(path, "a .npz archive of pynapple", RefusedError),
            archive.open(_METADATA) as member,
        ):
            read_header(member)
            held = unpickle(member)
    except RefusedError:
        return {}
    inner = held.item() if isinstance(held, np.ndarray) and held.ndim == 0 else held
    columns = inner if isinstance(inner, dict) else {}
    return {name: found for name, held in columns.items() if (found := _column(held))}


def _column(held: object) -> list[Any]:
    """Return the values of a column; early versions kept them by key, in order."""
    if isinstance(held, dict):
        return list(held.values())
    return list(np.ravel(held)) if isinstance(held, np.ndarray | list) else []
