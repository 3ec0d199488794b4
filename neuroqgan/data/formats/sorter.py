"""Spike times as sorters write them: ``spike_times.npy`` with ``spike_clusters.npy`` beside it.

Kilosort and phy write sample numbers, as columns, and the sampling rate in ``params.py``; files
that follow the Alyx convention (``spikes.times.npy``, ``spikes.clusters.npy``) hold seconds. The
folder that holds the first pair of files can be read as a whole. Tables such as
``cluster_group.tsv`` say what clusters are: noise is left out unless the user chooses otherwise.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.formats.format import FolderFormat
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.sorters.chosen_clusters import choose_clusters
from neuroqgan.data.sorters.cluster_tables import MOST_CLUSTERS, ClusterTables
from neuroqgan.data.sorters.params_file import sampling_rate
from neuroqgan.data.times.trains import Trains, read_trains
from neuroqgan.data.untrusted.archive import read_array
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import Reading, ReadOptions

_TIMES, _CLUSTERS = "spike_times.npy", "spike_clusters.npy"
_PARAMETERS = "params.py"


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
        If the clusters are missing or their number is another one, times are whole numbers
        without a unit, or no cluster is chosen.

    Warns
    -----
    RecordingWarning
        If the sampling rate is another than ``params.py`` says.
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
    options, said = _with_unit(path, values, options)
    with damage_as_error(beside, "a .npy file"), beside.open("rb") as handle:
        clusters = read_array(beside, handle).ravel()
    if clusters.size != values.size or clusters.dtype.kind not in "iu":
        raise RecordingError(
            f"{beside} does not belong to {path.name}.",
            expected=f"{values.size:,} whole numbers, the cluster of each spike",
            got=f"{clusters.size:,} values of type {clusters.dtype}",
            hint="copy both files from the same folder of the sorter",
        )
    if clusters.size and max(-int(clusters.min()), int(clusters.max())) >= MOST_CLUSTERS:
        raise RecordingError(
            f"{beside} has numbers that no cluster has.",
            expected=f"numbers below {MOST_CLUSTERS:,}",
            got=f"{clusters.min()} to {clusters.max()}",
            hint="copy the file again from the folder of the sorter",
        )
    width, notes = bin_width_of(path, None, options, has_times=True)
    trains, chosen = _chosen(path, values.ravel(), clusters, options.units)
    notes = (*said, *notes, *chosen)
    reading = read_trains(path, path.name, trains, width, options, notes)
    return replace(reading, chose_units=True)


def _with_unit(
    path: Path, values: NDArray[Any], options: ReadOptions
) -> tuple[ReadOptions, tuple[str, ...]]:
    """Return the options with the unit of whole numbers, which phy's parameters state."""
    if values.dtype.kind not in "iu" or options.time_unit not in (None, "samples"):
        return options, ()
    stated = sampling_rate(path.with_name(_PARAMETERS))
    rate = options.sampling_rate
    if stated is not None and rate is not None and not math.isclose(stated, rate, rel_tol=1e-6):
        warnings.warn(
            f"{path.with_name(_PARAMETERS)} says {stated:g} samples per second; "
            f"`sampling_rate = {rate:g}` is used.",
            RecordingWarning,
            stacklevel=3,
        )
    if rate is None and stated is not None:
        said = f"{path}: times are sample numbers, {stated:g} per second, as {_PARAMETERS} says."
        return replace(options, time_unit="samples", sampling_rate=stated), (said,)
    if options.time_unit is None and rate is None:
        raise RecordingError(
            f"{path} looks like spike times in samples.",
            expected="the unit of these whole numbers",
            got=f"{values.size:,} whole numbers up to {values.max():,}"
            if values.size
            else "no values",
            hint=f"`time_unit = samples` and `sampling_rate = 30000`, or {_PARAMETERS} beside it",
        )
    return replace(options, time_unit="samples"), ()


def _chosen(
    path: Path, times: NDArray[Any], clusters: NDArray[Any], wanted: str | None
) -> tuple[Trains, tuple[str, ...]]:
    """Return the trains of the clusters to read, and how they were chosen, in words."""
    tables = ClusterTables(path.parent)
    ids = sorted({*map(int, np.unique(clusters)), *tables.listed})
    labels = tuple(map(str, ids))
    places, notes = choose_clusters(path.parent, wanted, labels, tables.columns(ids))
    order = np.argsort(clusters, kind="stable")
    first = np.searchsorted(clusters[order], ids, side="left")
    last = np.searchsorted(clusters[order], ids, side="right")
    rows = np.concatenate([order[first[n] : last[n]] for n in places])
    lengths = np.array([last[n] - first[n] for n in places], dtype=np.intp)
    kept = tuple(labels[n] for n in places)
    silent = [label for label, length in zip(kept, lengths, strict=True) if not length]
    if silent:
        notes.append(
            f"{path.parent}: {plural(len(silent), 'unit')} without spikes kept as silent "
            f"{'neuron' if len(silent) == 1 else 'neurons'} ({shorten(silent)})."
        )
    return Trains(times[rows], lengths, kept), tuple(notes)


SORTER = FolderFormat(
    title="the folder of a spike sorter",
    read=read,
    holds=(_TIMES, _CLUSTERS),
)
