"""Covariates in a single array, as ``.npy`` files hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.covariates.found import FoundCovariates, of_array
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.untrusted.archive import read_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read(path: Path, array: str | None, columns: Sequence[str] | None) -> FoundCovariates:
    """Read covariates of shape ``(n_bins, n_columns)`` or ``(n_trials, n_bins, n_columns)``.

    Parameters
    ----------
    path
        The file.
    array
        None: the array has no name.
    columns
        Which columns to keep: ``column 0``, ``column 1``, ...

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, or it does not hold covariates.
    """
    refuse_array_name(path, array)
    with damage_as_error(path, "a .npy file"), path.open("rb") as handle:
        values = read_array(path, handle)
    return of_array(path, "The array", values, ()).select(path, columns)
