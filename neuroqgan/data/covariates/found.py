"""What a file of covariates holds, and how it becomes covariates of trials."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.covariates import Covariates
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MOST_COLUMNS = 256
"""More columns are images or neurons, and far more weights than a recording can teach."""


@dataclass(frozen=True)
class FoundCovariates:
    """Covariates as they were read from a file.

    Parameters
    ----------
    covariates
        The covariates of all trials.
    notes
        How the file was read, one sentence each, for people to check.
    """

    covariates: Covariates
    notes: tuple[str, ...] = ()

    def select(self, path: Path, columns: Sequence[str] | None) -> FoundCovariates:
        """Return some of the columns, in that order; all of them if None.

        Raises
        ------
        RecordingError
            If there is no column of some name, or one is named twice.
        """
        if columns is None:
            return self
        check_columns(path, columns, self.covariates.names)
        return replace(self, covariates=self.covariates.select(columns))


def check_columns(path: Path, wanted: Sequence[str], there: Sequence[str]) -> None:
    """Check a choice of columns.

    Parameters
    ----------
    path
        The file, for messages.
    wanted
        The columns that the user names.
    there
        Those that the file has.

    Raises
    ------
    RecordingError
        If none is named, one that is not there, or one twice.
    """
    missing = [name for name in wanted if name not in there]
    if missing or not wanted or len(set(wanted)) < len(wanted):
        problem = (
            f"has no column {shorten(missing)}"
            if missing
            else "is to give every column that is named, and each once"
        )
        raise RecordingError(
            f"{path} {problem}.",
            expected=f"one or more of its columns: {shorten(there, 20)}",
            got=shorten(wanted) or "none",
        )


def of_array(path: Path, what: str, values: NDArray[Any], names: Sequence[str]) -> FoundCovariates:
    """Return the covariates that a single array holds.

    Parameters
    ----------
    path, what
        The file and the array, for messages.
    values
        Shape ``(n_bins,)``, ``(n_bins, n_columns)`` or ``(n_trials, n_bins, n_columns)``.
    names
        Names of the columns, if there are some.

    Raises
    ------
    RecordingError
        If it has another shape, does not hold finite numbers, or has too many columns.
    """
    check_numbers(path, what, values, ("trial", "bin", "column")[-max(values.ndim, 2) :])
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim not in (2, 3) or not values.size:
        raise RecordingError(
            f"{what} in {path} has the wrong shape.",
            expected="(bins, columns) for all trials alike, or (trials, bins, columns)",
            got=str(values.shape),
        )
    if values.shape[-1] > MOST_COLUMNS:
        raise RecordingError(
            f"{what} in {path} has too many columns.",
            expected=f"{MOST_COLUMNS} columns or fewer; bins x columns, or trials x bins x columns",
            got=f"shape {values.shape}",
            hint="transpose it if its axes are columns x bins, or keep a few principal components",
        )
    check_names(path, names, values.shape[-1])
    found = Covariates(values, tuple(names), source=path.name)
    return FoundCovariates(found, (f"{path}: {what} read as {describe(found)}.",))


def of_columns(path: Path, columns: dict[str, NDArray[Any]]) -> FoundCovariates:
    """Return the covariates of which every column is an array of its own.

    Parameters
    ----------
    path
        The file, for messages.
    columns
        Arrays by name, each of shape ``(n_bins,)`` or ``(n_trials, n_bins)``; those of one axis
        hold for all trials.

    Raises
    ------
    RecordingError
        If their shapes do not fit each other, or they do not hold finite numbers.
    """
    for name, values in columns.items():
        check_numbers(path, f"The array {name}", values, ("trial", "bin")[-values.ndim :])
    shapes = {name: values.shape for name, values in columns.items()}
    bins = {shape[-1:] for shape in shapes.values()}
    trials = {shape[0] for shape in shapes.values() if len(shape) == 2}
    if len(bins) != 1 or len(trials) > 1 or any(len(s) not in (1, 2) for s in shapes.values()):
        raise RecordingError(
            f"The arrays in {path} do not fit each other.",
            expected="one array per column, each of shape (bins,) or (trials, bins)",
            got=shorten(f"{name} {shape}" for name, shape in shapes.items()),
            hint="`array` names the one with the covariates",
        )
    n_trials = next(iter(trials), 1)
    wide = [np.broadcast_to(values, (n_trials, *next(iter(bins)))) for values in columns.values()]
    return of_array(path, "One array per column", np.stack(wide, axis=-1), tuple(columns))


def check_names(path: Path, names: Sequence[str], n_columns: int) -> None:
    """Check that there is one distinct name per column, if there are any.

    Raises
    ------
    RecordingError
        If not.
    """
    stripped = [name.strip() for name in names]
    twice = sorted({name for name in stripped if stripped.count(name) > 1})
    if names and (twice or "" in stripped or len(names) != n_columns):
        got = f"{shorten(twice)} more than once" if twice else shorten(map(repr, stripped))
        raise RecordingError(
            f"The columns of {path} do not have distinct names.",
            expected=plural(n_columns, "distinct name"),
            got=got,
        )


def check_numbers(path: Path, what: str, values: NDArray[Any], axes: Sequence[str]) -> None:
    """Check that values are finite numbers.

    Parameters
    ----------
    path, what
        The file and the values, for messages.
    values
        The values.
    axes
        What its axes are, for messages.

    Raises
    ------
    RecordingError
        If they are texts, dates or objects, or some are NaN or infinite.
    """
    if values.dtype.kind not in "biuf":
        raise RecordingError(
            f"{what} in {path} does not hold numbers.",
            expected="numbers; categories as whole numbers, or one column of 0 and 1 for each",
            got=f"type {values.dtype}",
        )
    with np.errstate(over="ignore"):
        bad = ~np.isfinite(values.astype(np.float32))
    if bad.any():
        first = np.argwhere(bad)[0]
        place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, first, strict=False))
        raise RecordingError(
            f"{what} in {path} has {plural(int(bad.sum()), 'value')} that cannot be used.",
            expected="finite numbers in every bin",
            got=f"{values[tuple(first)]:g}, first in {place}, counted from 0",
            hint="fill the gaps, such as by interpolation, or leave the column out",
        )


def describe(covariates: Covariates) -> str:
    """Return the shape of covariates in words."""
    bins = f"{plural(covariates.n_bins, 'bin')} x {plural(covariates.n_columns, 'column')}"
    if covariates.is_shared:
        return f"{bins}, the same in all trials: {shorten(covariates.names)}"
    return f"{plural(covariates.n_trials, 'trial')} x {bins}: {shorten(covariates.names)}"
