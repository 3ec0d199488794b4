"""The time series of an NWB file as covariates of its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.covariates.found import MOST_COLUMNS
from neuroqgan.data.nwb.resampling import in_bins
from neuroqgan.data.nwb.series_names import fits, is_default, split_column
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from neuroqgan.data.nwb.contents import Contents, Series


def recorded_covariates(
    contents: Contents,
    wanted: Sequence[str] | str,
    starts: NDArray[np.float64],
    n_bins: int,
    bin_width: float,
) -> tuple[CovariateWindows, list[str]]:
    """Return time series of a file as covariates of its trials.

    Parameters
    ----------
    contents
        Of the file, with the values of the series that are wanted.
    wanted
        Names of series, or of columns of them such as ``position[1]``; ``"all"`` for all that are
        processed and no signals of cells.
    starts
        Start of every trial, in seconds on the clock of the session.
    n_bins
        Bins of a trial.
    bin_width
        Width of a bin in seconds.

    Returns
    -------
    CovariateWindows
        Whole trials.
    list of str
        How series were brought into bins.

    Raises
    ------
    RecordingError
        If the file has none, a name stands for none or several, or a series does not cover the
        trials.
    """
    held = {series.path: series for series in contents.series()}
    names = _default_names(contents) if isinstance(wanted, str) else dict.fromkeys(wanted)
    paths = {name: path or _path_of(contents, name) for name, path in names.items()}
    columns: dict[str, NDArray[np.float64]] = {}
    notes: list[str] = []
    binned: dict[str, NDArray[np.float64]] = {}
    for name, path in paths.items():
        if path not in binned:
            binned[path], said = in_bins(contents.path, held[path], starts, n_bins, bin_width)
            notes += said
        columns |= _columns(contents, name, held[path], binned[path])
    if len(columns) > MOST_COLUMNS:
        raise RecordingError(
            f"{contents.path} has too many columns of covariates.",
            expected=f"{MOST_COLUMNS} or fewer",
            got=f"{len(columns):,}",
            hint="choose some with `covariate_columns`",
        )
    values = np.stack(list(columns.values()), axis=-1).astype(np.float32)
    covariates = Covariates(values, tuple(columns), contents.path.name)
    return CovariateWindows.whole_trials(covariates, len(starts)), notes


def describe_series(contents: Contents) -> tuple[str, ...]:
    """Return a sentence about the time series that could be covariates, if there are any."""
    if not contents.described:
        return ()
    named = [
        f"{path} ({'x'.join(map(str, about['shape']))}"
        + (f", {about['rate']:g} Hz" if about["rate"] else "")
        + (f", {about['unit']})" if about["unit"] else ")")
        for path, about in contents.described.items()
    ]
    return (
        (
            f"Time series that `covariates = recorded` and `covariate_columns` can read: "
            f"{shorten(named, 12)}."
        ),
    )


def _default_names(contents: Contents) -> dict[str, str | None]:
    """Return the series that are taken if none is named, by short names if these are distinct."""
    paths = [path for path, about in contents.described.items() if is_default(path, about)]
    if not paths:
        raise RecordingError(
            f"The processed data of {contents.path} hold no time series.",
            expected="a time series of numbers in a processing module, or the name of another one",
            got=shorten(contents.described, 20) or "no time series",
            hint="`covariate_columns` names the series to read",
        )
    short = [path.rpartition("/")[2] for path in paths]
    return {
        name if short.count(name) == 1 else path: path
        for name, path in zip(short, paths, strict=True)
    }


def _path_of(contents: Contents, name: str) -> str:
    fitting = [path for path in contents.described if fits(name, path)]
    if len(fitting) != 1:
        problem = "several time series" if fitting else "no time series of numbers"
        raise RecordingError(
            f"{contents.path} has {problem} {name}.",
            expected=f"one of {shorten(fitting or contents.described, 20) or 'none'}",
            got=name,
            hint="a longer part of the path in the file tells series of one name apart"
            if fitting
            else "`neuroqgan data show` lists the time series of a file",
        )
    return fitting[0]


def _columns(
    contents: Contents, name: str, series: Series, values: NDArray[np.float64]
) -> Mapping[str, NDArray[np.float64]]:
    bare, column = split_column(name)
    n_columns = values.shape[-1]
    if column is not None:
        if column >= n_columns:
            raise RecordingError(
                f"{series.path} in {contents.path} has no column {column}.",
                expected=f"0 to {n_columns - 1}",
                got=name,
            )
        return {name: values[..., column]}
    if series.n_axes == 1:
        return {name: values[..., 0]}
    return {f"{bare}[{i}]": values[..., i] for i in range(n_columns)}
