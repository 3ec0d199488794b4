"""Spike times per neuron, in lists and in MATLAB cells."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.reading import Reading, RecordingWarning
from neuroqgan.data.tables.columns import refuse_columns
from neuroqgan.data.untrusted.memory import available_bytes
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.raster import SpikeRaster


@dataclass(frozen=True)
class Trains:
    """Spike times of several neurons, and possibly trials.

    Parameters
    ----------
    times
        The times of all trains, one after the other, shape ``(n_spikes,)``.
    lengths
        Number of spikes in each train, shape ``(n_neurons,)`` or ``(n_neurons, n_trials)``.
    labels
        Labels of the neurons; positions if there are none.
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
    """Sort spike times into bins, in the same way as those of tables.

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
        If there is no spike, a time is not a finite number, or the axes that were named do not
        fit.
    RecordingError
        See `neuroqgan.data.times.binning.bin_spikes`.

    Warns
    -----
    RecordingWarning
        If there are not as many labels as neurons.
    """
    refuse_columns(path, options)
    trains = _with_trials(path, trains, options.axes)
    if trains.times.size == 0:
        raise RecordingError(f"{path} has no spikes.", expected="spike times", got="empty lists")
    n_neurons, n_trials = trains.lengths.shape
    if trains.labels and len(trains.labels) != n_neurons:
        warnings.warn(
            f"{path} has {len(trains.labels):,} labels for {n_neurons:,} neurons, so they are "
            "ignored: neurons are labelled by their positions.",
            RecordingWarning,
            stacklevel=2,
        )
        trains = replace(trains, labels=())
    note = (
        f"{name} was read as spike times: {trains.times.size:,} spikes of "
        f"{n_neurons:,} neurons in "
        f"{f'{n_trials:,} trials' if n_trials > 1 else '1 trial'}."
    )
    raster, said = _binned(path, trains, bin_width, options)
    return Reading(raster, (note, *notes, *said))


def texts(labels: ArrayLike | None) -> tuple[str, ...]:
    """Return labels as texts; MATLAB pads texts to one length, and keeps integers as floats."""
    if labels is None:
        return ()
    values = np.ravel(labels)
    if values.dtype.kind == "f" and bool((values == np.floor(values)).all()):
        values = values.astype(np.int64)
    if values.dtype.kind == "S":
        found = [value.decode("utf-8", "replace") for value in values.tolist()]
    else:
        found = [str(value) for value in values]
    bare = tuple(text.rstrip(" ") for text in found)
    # Padding makes labels equally long, keeps them apart, and leaves something of each.
    is_padded = len(set(map(len, found))) == 1 and all(bare) and len(set(bare)) == len(set(found))
    return bare if is_padded else tuple(found)


def _binned(
    path: Path, trains: Trains, bin_width: float, options: ReadOptions
) -> tuple[SpikeRaster, list[str]]:
    """Sort the times into bins, as times of tables are."""
    import pandas as pd

    from neuroqgan.data.times.binning import bin_spikes
    from neuroqgan.data.times.spikes import Spikes
    from neuroqgan.data.times.times import agreed_unit, as_times

    unit = agreed_unit(path, "spike times", None, options)
    times = as_times(pd.Series(trains.times), unit)
    neuron, trial = np.indices(trains.lengths.shape)
    n_neurons, n_trials = trains.lengths.shape
    spikes = Spikes(
        times=times,
        neuron=np.repeat(neuron.ravel(), trains.lengths.ravel()),
        trial=np.repeat(trial.ravel(), trains.lengths.ravel()),
        neurons=trains.labels or tuple(map(str, range(n_neurons))),
        trials=tuple(map(str, range(n_trials))),
        row=np.arange(1, trains.times.size + 1),
    )
    return bin_spikes(path, spikes, bin_width, options, unit)


def _with_trials(path: Path, trains: Trains, axes: str | None) -> Trains:
    """Return trains with lengths of shape ``(n_neurons, n_trials)``, transposed if asked for."""
    words = None if axes is None else [word.strip() for word in axes.split(",")]
    if words not in (None, ["neurons"], ["neurons", "trials"], ["trials", "neurons"]):
        raise RecordingError(
            f"The cells of {path} do not have these axes.",
            expected="neurons,trials or trials,neurons, since cells hold spike times",
            got=f"`axes = {axes}`",
            hint="`axes = neurons,trials`",
        )
    if trains.lengths.ndim == 1:
        return replace(trains, lengths=trains.lengths[:, np.newaxis])
    if words != ["trials", "neurons"]:
        return trains
    starts = np.cumsum(trains.lengths.ravel()) - trains.lengths.ravel()
    starts = starts.reshape(trains.lengths.shape).T.ravel()
    lengths = trains.lengths.T
    parts = [trains.times[at : at + n] for at, n in zip(starts, lengths.ravel(), strict=True) if n]
    times = np.concatenate(parts) if parts else trains.times
    return replace(trains, times=times, lengths=lengths)


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
