"""Spike trains, segments and blocks of Neo. Segments are trials."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.data.libraries.library import Library
from neuroqgan.data.libraries.pooled_trains import (
    Stretches,
    binned,
    cut,
    in_seconds,
    pooled,
    width_of,
)
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.numbers import plain
from neuroqgan.data.times.times import Times, Unit, times_of
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import Counts
    from neuroqgan.data.times.spikes import Spikes
    from neuroqgan.raster import SpikeRaster

WIDTH = "bin_width"
"""The annotation that keeps the bin width of a raster."""


def read(source: Any, bin_width: Any = None, *, counts: Counts = "clip") -> SpikeRaster:
    """Sort spike trains into bins; see `neuroqgan.SpikeRaster.from_neo`."""
    what = f"The {type(source).__name__}"
    segments = segments_of(what, source)
    width = width_of(what, bin_width, stored_width(source, segments))
    return binned(what, spikes_of(what, segments, width), width, counts)


def spikes_of(what: Path | str, segments: Sequence[Any], bin_width: float) -> Spikes:
    """Return the spikes of segments, which are the trials.

    Parameters
    ----------
    what
        Where they come from, for messages.
    segments
        Segments, or lists of spike trains.
    bin_width
        Width of a bin in seconds.

    Raises
    ------
    RecordingError
        If neurons cannot be matched between segments, or a segment has no duration.

    Warns
    -----
    RecordingWarning
        If spike trains cover different stretches of time, or some have no name of their own.
    """
    labels, trains = _matched(what, [list(_trains_of(segment)) for segment in segments])
    begins, ends = _common_stretches(what, trains)
    nothing = Times(np.empty(0), np.empty(0), np.empty(0))
    rows = [
        [nothing if train is None else _times(what, train) for train in row]
        for row in zip(*trains, strict=True)
    ]
    stretches = Stretches(begins, ends, np.arange(len(trains)))
    return cut(pooled(rows, labels), stretches, bin_width, keep_ends=True)


def write(raster: SpikeRaster) -> Any:
    """Return a block with a segment per sample; see `neuroqgan.SpikeRaster.to_neo`."""
    import neo
    import quantities as pq

    width = raster.bin_width * pq.s
    block = neo.Block(name="spike raster", **{WIDTH: width})
    for n, sample in enumerate(raster.spikes):
        segment = neo.Segment(name=f"sample {n}", index=n, **{WIDTH: width})
        segment.spiketrains.extend(trains_of_sample(raster, sample))
        block.segments.append(segment)
    return block


def trains_of_sample(raster: SpikeRaster, sample: NDArray[np.bool_]) -> list[Any]:
    """Return a spike train per neuron; spikes lie in the middle of their bins.

    Parameters
    ----------
    raster
        What the sample belongs to.
    sample
        Its spikes, shape ``(n_bins, n_neurons)``.
    """
    import neo
    import quantities as pq

    return [
        neo.SpikeTrain(
            (np.flatnonzero(spikes) + 0.5) * raster.bin_width * pq.s,
            t_start=0.0 * pq.s,
            t_stop=raster.n_bins * raster.bin_width * pq.s,
            name=label,
        )
        for label, spikes in zip(raster.neuron_labels, sample.T, strict=True)
    ]


def segments_of(what: Path | str, source: Any) -> list[Any]:
    """Return the segments of whatever holds spike trains.

    Raises
    ------
    RecordingError
        If nothing in it does.
    """
    if hasattr(source, "segments"):
        found = list(source.segments)
    elif hasattr(source, "spiketrains") or hasattr(source, "t_stop"):
        found = [source]
    elif hasattr(source, "__iter__") and not isinstance(source, str | bytes):
        members = list(source)
        # A list of trains is one trial, a list of anything else one of trials.
        found = (
            [members]
            if members and hasattr(members[0], "t_stop") and not hasattr(members[0], "spiketrains")
            else members
        )
    else:
        found = []
    if not found or not any(True for segment in found for _ in _trains_of(segment)):
        raise RecordingError(
            f"{what} holds no spike trains.",
            expected="a neo.Block, a neo.Segment or a list of them, or a list of neo.SpikeTrain",
            got=f"{len(found)} segments without spike trains" if found else repr(source)[:80],
        )
    return found


def _trains_of(segment: Any) -> Sequence[Any]:
    if hasattr(segment, "spiketrains"):
        return list(segment.spiketrains)
    return [segment] if hasattr(segment, "t_stop") else list(segment)


def stored_width(source: Any, segments: Sequence[Any]) -> Any:
    """Return the bin width that `write` noted, or None."""
    for held in (source, *segments):
        annotations = getattr(held, "annotations", {})
        if WIDTH in annotations:
            return annotations[WIDTH]
    return None


def _matched(
    what: Path | str, segments: Sequence[Sequence[Any]]
) -> tuple[list[str], list[list[Any | None]]]:
    """Return the labels of all neurons, and their trains in every segment, None for no train."""
    for segment in segments:
        for train in segment:
            if not hasattr(train, "t_stop") or not hasattr(train, "units"):
                raise RecordingError(
                    f"{what} holds something else than spike trains.",
                    expected="neo.SpikeTrain",
                    got=repr(train)[:80],
                )
    names = [[train.name for train in segment] for segment in segments]
    has_names = all(None not in own and len(set(own)) == len(own) for own in names)
    if has_names:
        labels = list(dict.fromkeys(str(name) for own in names for name in own))
        by_name = [{str(train.name): train for train in segment} for segment in segments]
        return labels, [[own.get(label) for label in labels] for own in by_name]
    sizes = sorted({len(segment) for segment in segments})
    if len(sizes) > 1:
        raise RecordingError(
            f"{what} does not say which spike trains of different segments are of one neuron.",
            expected="a name for every spike train, distinct within its segment, or as many "
            "trains in every segment",
            got=f"{shorten(sizes)} trains per segment, without such names",
        )
    if len(segments) > 1:
        _say_order(what, names)
    own = names[0]
    is_same = all(other == own for other in names) and None not in own
    if is_same and len(set(own)) == len(own):
        return [str(name) for name in own], [list(segment) for segment in segments]
    return list(map(str, range(sizes[0]))), [list(segment) for segment in segments]


def _say_order(what: Path | str, names: Sequence[Sequence[str | None]]) -> None:
    if any(name is not None for own in names for name in own):
        warnings.warn(
            f"{what}: names of spike trains are missing or occur twice within a segment, so "
            "neurons are labelled by their positions.",
            RecordingWarning,
            stacklevel=4,
        )


def _common_stretches(
    what: Path | str, segments: Sequence[Sequence[Any | None]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where every segment begins and ends: the stretch that all of its trains cover."""
    begins, ends, differ = [], [], 0
    for segment in segments:
        edges = np.array(
            [(in_seconds(t.t_start), in_seconds(t.t_stop)) for t in segment if t is not None]
        )
        if not len(edges):
            begins.append(np.nan)
            ends.append(np.nan)
            continue
        begins.append(edges[:, 0].max())
        ends.append(edges[:, 1].min())
        differ += bool((np.ptp(edges, axis=0) > 1e-6).any())
        if ends[-1] <= begins[-1]:
            raise RecordingError(
                f"{what} has a segment whose spike trains have no time in common.",
                expected="spike trains of one stretch of time",
                got=f"one that starts at {plain(begins[-1])} s, and one that stops at "
                f"{plain(ends[-1])} s",
            )
    if differ:
        warnings.warn(
            f"{what}: the spike trains of {differ} of {len(segments)} segments start or stop at "
            "different times; only what all of them cover is kept.",
            RecordingWarning,
            stacklevel=3,
        )
    lengths = np.array(ends) - np.array(begins)
    empty = ~np.isfinite(lengths)
    if empty.any():
        # No neuron fired, or none was recorded: without a train nobody can say which.
        raise RecordingError(
            f"{what} has segments without spike trains.",
            expected="a spike train for every neuron, without times if it did not fire",
            got=f"none in {int(empty.sum())} of {len(empty)} segments",
            hint="leave these segments out",
        )
    return np.array(begins), np.array(ends)


def _times(what: Path | str, train: Any) -> Times:
    per_second = 1 / float(train.units.rescale("s").magnitude)
    whole = round(per_second)
    if abs(per_second - whole) < 1e-9 * per_second:
        per_second = float(whole)
    found = times_of(np.asarray(train.magnitude), Unit("s", per_second, True, True))
    if not np.isfinite(found.seconds).all():
        raise RecordingError(
            f"{what} holds spike times that are not finite numbers.",
            expected="finite numbers",
            got=f"{int((~np.isfinite(found.seconds)).sum()):,} NaN or infinite",
        )
    return found


NEO = Library(title="Neo", read=read, write=write, requires="neo", extra="neo")
