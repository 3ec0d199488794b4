"""Spike times per neuron, as lists and cells hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.bin_width import seconds_per
from neuroqgan.data.memory import available_bytes
from neuroqgan.data.reading import Reading
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from neuroqgan.data.reading import ReadOptions


@dataclass(frozen=True)
class Trains:
    """Spike times of several neurons, and possibly trials.

    Parameters
    ----------
    times
        All trains, one after the other.
    lengths
        Spikes of each train, shape ``(n_neurons,)`` or ``(n_neurons, n_trials)``.
    labels
        Names of the neurons; none are their positions.
    """

    times: NDArray[Any]
    lengths: NDArray[np.intp]
    labels: tuple[str, ...] = ()


def trains_of(held: object) -> Trains | None:
    """Find spike times in what a cell array, a pickled list or a dictionary holds.

    Parameters
    ----------
    held
        One vector of numbers per neuron, or a vector per neuron and trial: an array of objects, a
        list of vectors, a list of equally long lists of vectors, or a dictionary of vectors by
        label. Sides of length one, which MATLAB adds, do not count.

    Returns
    -------
    Trains or None
        None if it holds anything else.
    """
    if isinstance(held, np.ndarray) and held.ndim == 0:
        held = held.item()
    if isinstance(held, dict):
        vectors = [_vector(value) for value in held.values()]
        return _joined(vectors, (len(vectors),), tuple(map(str, held)))
    if isinstance(held, np.ndarray) and held.dtype == object:
        shape: tuple[int, ...] = held.shape
        if held.ndim == 2 and 1 in shape:
            shape = (held.size,)
        members: Sequence[object] = list(held.flat)
    elif isinstance(held, list | tuple):
        members, shape = held, (len(held),)
    else:
        return None
    if len(shape) > 2 or not members:
        return None
    vectors = [_vector(member) for member in members]
    if all(vector is not None for vector in vectors):
        return _joined(vectors, shape)
    return _nested(members) if len(shape) == 1 else None


def read_trains(
    path: Path,
    name: str,
    trains: Trains,
    bin_width: float,
    options: ReadOptions,
    notes: tuple[str, ...] = (),
) -> Reading:
    """Sort spike times into bins, as those of tables are.

    Parameters
    ----------
    path, name
        The file and what holds the times in it, for messages.
    trains
        The spike times.
    bin_width
        Width of a bin in seconds.
    options
        What the user says about the file.
    notes
        What was understood before.

    Raises
    ------
    RecordingError
        If there is no spike, or a time is not one.
    """
    if trains.times.size == 0:
        raise RecordingError(f"{path} has no spikes.", expected="spike times", got="empty lists")
    reading = _binned(path, trains, bin_width, options)
    n_neurons = len(trains.lengths)
    n_trials = trains.lengths.shape[1] if trains.lengths.ndim == 2 else 1
    note = (
        f"{name} understood as spike times of {n_neurons:,} neurons"
        f"{f' in {n_trials:,} trials' if n_trials > 1 else ''}: {trains.times.size:,} spikes."
    )
    return Reading(reading.raster, (note, *notes, *reading.notes))


def texts(labels: ArrayLike | None) -> tuple[str, ...]:
    """Return labels as texts; MATLAB pads texts to one length, and keeps integers as floats."""
    if labels is None:
        return ()
    values = np.ravel(labels)
    if values.dtype.kind == "f" and bool((values == np.floor(values)).all()):
        values = values.astype(np.int64)
    return tuple(str(value).rstrip() for value in values)


def _binned(path: Path, trains: Trains, bin_width: float, options: ReadOptions) -> Reading:
    """Hand the times to the reader of tables, and put silent neurons back in their places."""
    from neuroqgan.data.table import rasterise

    table = _table(trains)
    table["time"] *= seconds_per(path, options)
    return Reading(_with_silent(rasterise(path, table, bin_width), trains))


def _table(trains: Trains) -> pd.DataFrame:
    import pandas as pd

    lengths = np.atleast_2d(trains.lengths.T).T
    neuron, trial = np.indices(lengths.shape)
    columns = {
        "time": trains.times,
        "neuron": np.repeat(neuron.ravel(), lengths.ravel()),
        "trial": np.repeat(trial.ravel(), lengths.ravel()),
    }
    return pd.DataFrame(columns)


def _with_silent(raster: SpikeRaster, trains: Trains) -> SpikeRaster:
    lengths = np.atleast_2d(trains.lengths.T).T
    spikes = np.zeros((lengths.shape[1], raster.n_bins, lengths.shape[0]), bool)
    trials, neurons = np.flatnonzero(lengths.any(axis=0)), np.flatnonzero(lengths.any(axis=1))
    spikes[np.ix_(trials, np.arange(raster.n_bins), neurons)] = raster.spikes
    return SpikeRaster(spikes, raster.bin_width, trains.labels)


def _vector(member: object) -> NDArray[Any] | None:
    """Return numbers as a vector; None for anything else."""
    # MATLAB wraps a cell within a cell.
    while isinstance(member, np.ndarray) and member.dtype == object and member.size == 1:
        member = member.flat[0]
    if isinstance(member, np.ndarray):
        values = member
    elif isinstance(member, int | float | np.number):
        values = np.asarray([member])
    elif isinstance(member, list | tuple) and all(
        isinstance(value, int | float | np.number) for value in member
    ):
        values = np.asarray(member)
    else:
        return None
    if values.dtype == object and values.size == 0:
        return np.empty(0)
    is_vector = values.ndim < 2 or values.size <= max(values.shape)
    if values.dtype.kind not in "biuf" or not is_vector:
        return None
    return values.ravel()


def _nested(members: Sequence[object]) -> Trains | None:
    """Trains of neurons that each hold the trains of their trials."""
    inner = [
        None if isinstance(member, dict) or _vector(member) is not None else trains_of(member)
        for member in members
    ]
    trials = [trains for trains in inner if trains is not None and trains.lengths.ndim == 1]
    if len(trials) < len(members) or len({len(trains.lengths) for trains in trials}) != 1:
        return None
    return Trains(
        np.concatenate([trains.times for trains in trials]),
        np.stack([trains.lengths for trains in trials]),
    )


def _joined(
    vectors: Sequence[NDArray[Any] | None], shape: tuple[int, ...], labels: tuple[str, ...] = ()
) -> Trains | None:
    full = [vector for vector in vectors if vector is not None]
    if len(full) < len(vectors) or not full:
        return None
    # A pickle of a few bytes can name one vector any number of times.
    if sum(vector.nbytes for vector in full) > available_bytes():
        raise MemoryError("more spike times than fit into memory")
    # An empty list is of floats, and would make floats of sample numbers.
    filled = [vector for vector in full if vector.size] or full[:1]
    lengths = np.array([vector.size for vector in full], dtype=np.intp).reshape(shape)
    return Trains(np.concatenate(filled), lengths, labels)
