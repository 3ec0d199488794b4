"""Covariates in NumPy's ``.npz`` archives: one array, or one per column, or beside spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.checks import shorten
from neuroqgan.data.arrays.stored import BIN_WIDTH, SPIKES
from neuroqgan.data.arrays.stored_covariates import StoredCovariates
from neuroqgan.data.covariates.found import (
    FoundCovariates,
    check_columns,
    describe,
    of_array,
    of_columns,
)
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.times.trains import texts
from neuroqgan.data.untrusted.archive import Archive
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Arrays that may hold the names of columns.
_NAMES = ("names", "columns")


def read(path: Path, array: str | None, columns: Sequence[str] | None) -> FoundCovariates:
    """Read covariates.

    Parameters
    ----------
    path
        An archive with one array of covariates and perhaps their names, or with one array per
        column, or one that `neuroqgan.save` wrote with spikes.
    array
        Name of the array with the covariates.
    columns
        Which columns to keep.

    Raises
    ------
    RecordingError
        If the file is damaged, or it does not hold covariates.
    """
    with path.open("rb") as handle:
        with damage_as_error(path, "a .npz archive"):
            archive = Archive(path, handle)
            beside = StoredCovariates.find(archive)
            width = archive.find(BIN_WIDTH)
        if beside is not None and array is None:
            seconds = 1.0
            if width is not None and width.size == 1 and width.dtype.kind in "iuf":
                seconds = float(width.flat[0])
            found = beside.of_trials(path, seconds)
            notes = (f"{path}: covariates of a raster, {describe(found)}.",)
            return FoundCovariates(found, notes).select(path, columns)
        return _from_arrays(path, archive, array, columns)


def _from_arrays(
    path: Path, archive: Archive, array: str | None, columns: Sequence[str] | None
) -> FoundCovariates:
    headers = archive.headers
    numbers = [name for name, head in headers.items() if head.dtype.kind in "biufc" and head.shape]
    if array is not None and array not in headers:
        raise RecordingError(
            f"{path} has no array {array!r}.",
            expected="one of the arrays that the file has",
            got=_listed(archive),
            hint="`array` names the one with the covariates",
        )
    if array is None and SPIKES in headers:
        raise RecordingError(
            f"{path} is a recording, and carries no covariates.",
            expected="an archive of covariates, or a recording that was saved with some",
            got=_listed(archive),
            hint="`array` names the one with the covariates",
        )
    if array is None and not numbers:
        raise RecordingError(
            f"{path} holds no covariates.",
            expected="an array of numbers of shape (bins, columns) or (trials, bins, columns), or "
            "one array per column",
            got=_listed(archive),
        )
    chosen = [array] if array is not None else numbers
    if len(chosen) == 1 and len(headers[chosen[0]].shape) != 1:
        (only,) = chosen
        named = next((name for name in _NAMES if _is_text(archive, name)), None)
        names = () if named is None else texts(_load(path, archive, named))
        return of_array(path, f"The array {only}", _load(path, archive, only), names).select(
            path, columns
        )
    if columns is not None:
        check_columns(path, columns, chosen)
    arrays = {name: _load(path, archive, name) for name in columns or chosen}
    found = of_columns(path, arrays)
    if left := [name for name in headers if name not in numbers]:
        more = f"{path}: not covariates, and not read: {shorten(left)}."
        return FoundCovariates(found.covariates, (*found.notes, more))
    return found


def _load(path: Path, archive: Archive, name: str) -> NDArray[Any]:
    with damage_as_error(path, "a .npz archive"):
        return archive.load(name)


def _is_text(archive: Archive, name: str) -> bool:
    return name in archive.headers and archive.headers[name].dtype.kind in "US"


def _listed(archive: Archive) -> str:
    return ", ".join(f"{name} {head}" for name, head in archive.headers.items()) or "no arrays"
