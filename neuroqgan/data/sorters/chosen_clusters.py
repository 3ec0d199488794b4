"""Which clusters of a sorter are read: those that the user chose, or all but noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.checks import plural, shorten
from neuroqgan.data.named_units import named_units, values_in_words
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Columns with what a person, or else the sorter, thinks of a cluster; the first that is there.
_GROUPS = ("group", "KSLabel", "quality")
_NOISE = "noise"
# What a unit is called needs no description.
_IDS = ("cluster_id", "unit_id")


def choose_clusters(
    path: Path, wanted: str | None, labels: Sequence[str], columns: Mapping[str, NDArray[Any]]
) -> tuple[list[int], list[str]]:
    """Return the positions of the clusters to read, and how they were chosen, in words.

    Parameters
    ----------
    path
        The folder or file, for messages.
    wanted
        Labels separated by commas, a query on the columns, or None for all but noise.
    labels
        Of all clusters.
    columns
        What is known about them, each of shape ``(n_clusters,)``.

    Raises
    ------
    RecordingError
        If no cluster is left.
    ConfigError
        If a query cannot be read, or is about a column that is not there.
    RasterError
        If there is no cluster of some label, or it is named twice.
    """
    if wanted is None:
        return _all_but_noise(path, labels, columns)
    return named_units(path, wanted, labels, columns)


def _all_but_noise(
    path: Path, labels: Sequence[str], columns: Mapping[str, NDArray[Any]]
) -> tuple[list[int], list[str]]:
    name = next((name for name in _GROUPS if name in columns), None)
    if name is None:
        said = f"All {plural(len(labels), 'unit')} of {path} are read, including noise"
        return list(range(len(labels))), [f"{said}; `units` chooses."]
    groups = [str(value).casefold() for value in columns[name].tolist()]
    kept = [n for n, group in enumerate(groups) if group != _NOISE]
    noise = [labels[n] for n, group in enumerate(groups) if group == _NOISE]
    if not kept:
        raise RecordingError(
            f"All units of {path} are noise.",
            expected="units of another group",
            got=f"{plural(len(labels), 'unit')} with {name} noise",
            hint=f'`units = {name} == "noise"` reads them all the same',
        )
    shown = [(key, held) for key, held in columns.items() if key not in _IDS][:12]
    described = "; ".join(f"{key} ({values_in_words(held)})" for key, held in shown)
    notes = [f"`units` can choose by these columns: {described}."]
    if noise:
        notes.insert(
            0,
            f"{path}: {len(noise):,} of {plural(len(labels), 'unit')} left out, since their "
            f"{name} is noise ({shorten(noise)}).",
        )
    return kept, notes
