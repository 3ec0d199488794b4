"""Sortings as SpikeInterface saves them, ``sorting.save(folder=...)``; segments are trials.

The folder holds ``spikes.npy`` (sample number, unit and segment of every spike) and JSON files with
the sampling rate, the ids of units and annotations. It is read without SpikeInterface, which would
import whatever class the folder names.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.formats.format import FolderFormat
from neuroqgan.data.libraries.pooled_trains import Stretches, cut, sort_pooled
from neuroqgan.data.libraries.spikeinterface_sortings import BINS, WIDTH, annotated_ends
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.data.sorters.chosen_clusters import choose_clusters
from neuroqgan.data.times.spikes import Spikes
from neuroqgan.data.times.times import Unit, agreed_unit, times_of
from neuroqgan.data.untrusted.archive import read_array
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_SPIKES, _INFO = "spikes.npy", "numpysorting_info.json"
_ANNOTATED = ("si_folder.json", "annotations.json")
_FIELDS = ("sample_index", "unit_index", "segment_index")
# Far more than the annotations of a sorting take.
_MOST_BYTES = 50_000_000


def read(folder: Path, options: ReadOptions) -> Reading:
    """Read a sorting.

    Parameters
    ----------
    folder
        It holds ``spikes.npy`` and ``numpysorting_info.json``.
    options
        What the user says about it; ``units`` may be a query on the properties of the units.

    Raises
    ------
    RecordingError
        If the folder is damaged, an array is named, the bin width is missing, or no unit fits.

    Warns
    -----
    RecordingWarning
        See `neuroqgan.data.times.binning.sort_spikes`.
    """
    refuse_array_name(folder, options.array)
    rate, unit_ids, n_segments = _info(folder)
    unit = _unit(folder, rate, options)
    spikes = _spikes(folder, unit_ids, n_segments, unit)
    labels = spikes.neurons
    properties = {"unit_id": np.array(labels), **_properties(folder, len(labels))}
    places, chosen = choose_clusters(folder, options.units, labels, properties)
    spikes = _of_units(spikes, places)
    annotations = _annotations(folder)
    stored, n_bins = (_number(annotations.get(name)) for name in (WIDTH, BINS))
    given = ReadOptions(bin_width=options.bin_width)
    width, notes = bin_width_of(folder, stored, given, has_times=True)
    ends = annotated_ends(spikes, n_bins, stored)
    if ends is not None:
        stretches = Stretches(np.zeros(n_segments), ends, np.arange(n_segments))
        spikes = cut(spikes, stretches, width)
    found = sort_pooled(folder, spikes, width, options, unit)
    said = (
        f"{folder} is a sorting of SpikeInterface: {plural(len(labels), 'unit')} at {rate:g} "
        f"samples per second, and {plural(n_segments, 'segment')} as trials."
    )
    notes = (said, *notes, *chosen, *found.cropped, *found.notes)
    return Reading(found.raster, notes, chose_units=True)


def _info(folder: Path) -> tuple[float, tuple[str, ...], int]:
    """Return the sampling rate, the ids of units, and the number of segments."""
    path = folder / _INFO
    held = _json(path)
    rate, n_segments = (_number(held.get(name)) for name in ("sampling_frequency", "num_segments"))
    unit_ids = held.get("unit_ids")
    labels = tuple(map(str, unit_ids)) if isinstance(unit_ids, list) else ()
    is_sound = (
        rate is not None
        and n_segments is not None
        and 0 < rate < math.inf
        and 1 <= n_segments < 1e7
        and labels
        and len(set(labels)) == len(labels)
    )
    if not is_sound or rate is None or n_segments is None:
        raise RecordingError(
            f"{path} does not describe a sorting.",
            expected="a sampling_frequency, num_segments and distinct unit_ids",
            got=f"{rate}, {n_segments} and {plural(len(labels), 'unit id')}",
            hint="save the sorting again: sorting.save(folder=...)",
        )
    return rate, labels, int(n_segments)


def _unit(folder: Path, rate: float, options: ReadOptions) -> Unit:
    own = replace(options, sampling_rate=options.sampling_rate or rate)
    found = agreed_unit(folder, "sample_index", "samples", own)
    if not math.isclose(found.per_second, rate, rel_tol=1e-6):
        raise RecordingError(
            f"{folder} has another sampling rate than the one given.",
            expected=f"{rate:g} samples per second",
            got=f"`sampling_rate = {found.per_second:g}`",
            hint="leave `sampling_rate` out",
        )
    return Unit("samples", rate, is_stated=True, is_certain=True)


def _spikes(folder: Path, labels: tuple[str, ...], n_segments: int, unit: Unit) -> Spikes:
    path = folder / _SPIKES
    with damage_as_error(path, "a .npy file of spikes"), path.open("rb") as handle:
        values = read_array(path, handle)
        columns = [np.ravel(values[name]).astype(np.int64) for name in _FIELDS]
    samples, neuron, trial = columns
    wrong = (neuron < 0) | (neuron >= len(labels)) | (trial < 0) | (trial >= n_segments)
    wrong |= samples < 0
    if wrong.any():
        raise RecordingError(
            f"{path} does not belong to {_INFO}.",
            expected=f"spikes of {plural(len(labels), 'unit')} in {plural(n_segments, 'segment')}",
            got=f"{plural(int(wrong.sum()), 'spike')} of others, or at negative samples",
            hint="save the sorting again: sorting.save(folder=...)",
        )
    return Spikes(
        times=times_of(samples, unit),
        neuron=neuron.astype(np.intp),
        trial=trial.astype(np.intp),
        neurons=labels,
        trials=tuple(map(str, range(n_segments))),
        row=np.arange(1, len(samples) + 1),
    )


def _of_units(spikes: Spikes, places: list[int]) -> Spikes:
    position = np.full(len(spikes.neurons), -1, dtype=np.intp)
    position[places] = np.arange(len(places))
    neuron = position[spikes.neuron]
    kept = replace(spikes, neuron=neuron).take(neuron >= 0)
    return replace(kept, neurons=tuple(spikes.neurons[n] for n in places))


def _properties(folder: Path, n_units: int) -> dict[str, NDArray[Any]]:
    """Return the properties that are numbers or texts, one per unit."""
    found = {}
    for path in sorted((folder / "properties").glob("*.npy")):
        try:
            with damage_as_error(path, "a .npy file"), path.open("rb") as handle:
                values = read_array(path, handle)
        # Python objects, which are not opened, and damage: what is read does not depend on it.
        except RecordingError:
            continue
        if values.shape == (n_units,) and values.dtype.kind in "biufU":
            found[path.stem] = values
    return found


def _annotations(folder: Path) -> dict[str, Any]:
    """Return the annotations, to which newer versions give a file of their own."""
    held = [_json(path) for name in _ANNOTATED if (path := folder / name).is_file()]
    inner = [one.get("annotations", {}) if "class" in one else one for one in held]
    return {name: value for one in inner if isinstance(one, dict) for name, value in one.items()}


def _json(path: Path) -> dict[str, Any]:
    with damage_as_error(path, "a JSON file"), path.open("rb") as handle:
        held = json.loads(handle.read(_MOST_BYTES))
    return held if isinstance(held, dict) else {}


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


SORTING_FOLDER = FolderFormat(
    title="a sorting of SpikeInterface",
    read=read,
    holds=(_SPIKES, _INFO),
)
