"""Spike times as sorters write them: ``spike_times.npy`` with ``spike_clusters.npy`` beside it.

Kilosort and phy write sample numbers, as columns; files that follow the Alyx convention
(``spikes.times.npy``, ``spikes.clusters.npy``) hold seconds. The folder that holds the first pair
of files can be read as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.formats.format import FolderFormat
from neuroqgan.data.times.trains import Trains, read_trains
from neuroqgan.data.untrusted.archive import read_array
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import Reading, ReadOptions

_TIMES, _CLUSTERS = "spike_times.npy", "spike_clusters.npy"
_RATE = re.compile(r"^\s*sample_rate\s*=\s*([0-9.eE+]+)", re.MULTILINE)


def read(folder: Path, options: ReadOptions) -> Reading:
    """Read the folder that Kilosort or phy wrote; see `read_sorted`.

    Parameters
    ----------
    folder
        It holds ``spike_times.npy`` and ``spike_clusters.npy``.
    options
        What the user says about the spike times.

    Raises
    ------
    RecordingError
        See `read_sorted`; also if an array is named, or a file is damaged.
    """
    refuse_array_name(folder, options.array)
    path = folder / _TIMES
    with damage_as_error(path, "a .npy file"), path.open("rb") as handle:
        times = read_array(path, handle)
    return read_sorted(path, times, options)


def is_spike_times(path: Path, values: NDArray[Any]) -> bool:
    """Return whether an array holds a sorter's spike times, by its shape and the file's name."""
    is_column = values.ndim == 1 or (values.ndim == 2 and 1 in values.shape)
    return is_column and values.dtype.kind in "iuf" and path.stem.endswith("times")


def read_sorted(path: Path, values: NDArray[Any], options: ReadOptions) -> Reading:
    """Read the spikes of a sorter; its clusters are the neurons, their numbers the labels.

    Parameters
    ----------
    path
        The file with the times.
    values
        The times, of shape ``(n_spikes,)`` or ``(n_spikes, 1)``.
    options
        What the user says about them.

    Raises
    ------
    RecordingError
        If the clusters are missing or their number is another one, or times are whole numbers
        without a unit.
    """
    beside = path.with_name(f"{path.stem.removesuffix('times')}clusters.npy")
    if not beside.is_file():
        raise RecordingError(
            (f"{path} looks like spike times, but does not say which neuron each belongs to."),
            expected=f"{beside.name} beside it, with the cluster of each spike",
            got=f"{values.size:,} values from {values.min():g} to {values.max():g}"
            if values.size
            else "no values",
            hint=f"copy {beside.name} into the same folder, or write a table (.csv) with the "
            "columns time and neuron",
        )
    if values.dtype.kind in "iu" and options.time_unit is None:
        raise RecordingError(
            f"{path} looks like spike times in samples.",
            expected="the unit of these whole numbers",
            got=f"{values.size:,} whole numbers up to {values.max():,}",
            hint=f"`time_unit = samples` and {_sampling_rate(path)}",
        )
    with damage_as_error(beside, "a .npy file"), beside.open("rb") as handle:
        clusters = read_array(beside, handle).ravel()
    if clusters.size != values.size or clusters.dtype.kind not in "iu":
        raise RecordingError(
            f"{beside} does not belong to {path.name}.",
            expected=f"{values.size:,} whole numbers, the cluster of each spike",
            got=f"{clusters.size:,} values of type {clusters.dtype}",
            hint="copy both files from the same folder of the sorter",
        )
    width, notes = bin_width_of(path, None, options, has_times=True)
    labels, lengths = np.unique(clusters, return_counts=True)
    order = np.argsort(clusters, kind="stable")
    trains = Trains(values.ravel()[order], lengths, tuple(map(str, labels)))
    said = f"All clusters of {beside.name} are read, including noise; `units` chooses."
    return read_trains(path, "The spike times", trains, width, options, (*notes, said))


def _sampling_rate(path: Path) -> str:
    """Return the setting with the rate in phy's parameters beside the file, or with an example."""
    try:
        found = _RATE.search((path.parent / "params.py").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        found = None
    if not found:
        return "`sampling_rate = 30000`"
    return f"`sampling_rate = {float(found[1]):g}` (as params.py says)"


SORTER = FolderFormat(
    title="the folder of a spike sorter",
    read=read,
    holds=(_TIMES, _CLUSTERS),
)
