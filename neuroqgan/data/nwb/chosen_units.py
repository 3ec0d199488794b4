"""The units of an NWB file that are wanted, with their spikes and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.data.named_units import named_units, values_in_words
from neuroqgan.data.nwb.own_names import LABELS
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.nwb.contents import Contents


@dataclass(frozen=True)
class ChosenUnits:
    """Units with their spikes.

    Parameters
    ----------
    labels
        One per unit.
    trains
        The spike times of every unit, in seconds on the clock of the session, in ascending order.
    observed
        When all of them were observed, shape ``(n_intervals, 2)``, in seconds; None if the file
        does not say.
    notes
        How they were chosen, a sentence each.
    """

    labels: tuple[str, ...]
    trains: tuple[NDArray[np.float64], ...]
    observed: NDArray[np.float64] | None
    notes: tuple[str, ...]

    @property
    def n_spikes(self) -> int:
        """Number of spikes of all units."""
        return sum(map(len, self.trains))


def choose_units(contents: Contents, wanted: str | None) -> ChosenUnits:
    """Return the units that are wanted.

    Parameters
    ----------
    contents
        Of the file.
    wanted
        Labels separated by commas, a query on columns of the units, or None for all.

    Raises
    ------
    RecordingError
        If the file has no units, no unit fits, or a time is not a finite number.
    ConfigError
        If a query cannot be read, or is about a column that is not there.
    RasterError
        If there is no unit of some label, or it is named twice.
    """
    ids = contents.unit_ids
    if ids is None or not len(ids):
        raise RecordingError(
            f"{contents.path} has no units.",
            expected="an NWB file with a table of units and their spike times",
            got="a file without sorted spikes",
        )
    columns = {"id": ids, **contents.unit_columns()}
    labels = _labels(contents, ids, columns)
    places, notes = _wanted(contents, wanted, labels, columns)
    times, ends = contents.spike_times()
    starts = np.concatenate([[0], ends[:-1]])
    trains = tuple(np.asarray(times[starts[n] : ends[n]], np.float64) for n in places)
    chosen = tuple(labels[n] for n in places)
    for label, train in zip(chosen, trains, strict=True):
        if not np.isfinite(train).all():
            raise RecordingError(
                f"{contents.path} has spike times that are not finite numbers.",
                expected="finite numbers of seconds",
                got=f"{plural(int((~np.isfinite(train)).sum()), 'other value')} of unit {label}",
                hint="leave the unit out with `units`",
            )
    trains = tuple(np.sort(train) for train in trains)
    return ChosenUnits(chosen, trains, _observed(contents, places), tuple(notes))


def _labels(
    contents: Contents, ids: NDArray[Any], columns: dict[str, NDArray[Any]]
) -> tuple[str, ...]:
    # In files of neuroqgan, ids are numbers that stand for labels of any kind.
    own = columns.get(LABELS) if contents.own else None
    labels = tuple(map(str, ids.tolist() if own is None else own.tolist()))
    if len(set(labels)) < len(labels):
        twice = sorted({label for label in labels if labels.count(label) > 1})
        raise RecordingError(
            f"The units of {contents.path} do not have distinct ids.",
            expected=f"{len(labels):,} distinct ids",
            got=f"{shorten(twice)} more than once",
        )
    return labels


def _wanted(
    contents: Contents,
    wanted: str | None,
    labels: tuple[str, ...],
    columns: dict[str, NDArray[Any]],
) -> tuple[list[int], list[str]]:
    if wanted is None:
        said = [f"All {plural(len(labels), 'unit')} of {contents.path} are read."]
        described = [
            f"{name} ({values_in_words(held)})" for name, held in columns.items() if name != "id"
        ]
        if described and not contents.own:
            said.append(f"`units` can choose by these columns: {'; '.join(described[:12])}.")
        return list(range(len(labels))), said
    return named_units(contents.path, wanted, labels, columns)


def _observed(contents: Contents, units: list[int]) -> NDArray[np.float64] | None:
    """Return the intervals in which all units were observed that say when they were."""
    common: NDArray[np.float64] | None = None
    for unit in units:
        found = contents.observed(unit)
        if found is not None:
            common = found if common is None else _overlap(common, found)
    return common


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    if one.shape == other.shape and (one == other).all():
        return one
    starts = np.maximum(one[:, None, 0], other[None, :, 0]).ravel()
    stops = np.minimum(one[:, None, 1], other[None, :, 1]).ravel()
    kept = stops > starts
    order = np.argsort(starts[kept])
    return np.stack([starts[kept], stops[kept]], axis=1)[order]
