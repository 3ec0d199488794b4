"""Covariates from files, whose formats are modules named here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan import checks
from neuroqgan.errors import RasterError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from neuroqgan.covariates import Covariates
    from neuroqgan.data.covariates.found import FoundCovariates

    Reader = Callable[[Path, str | None, Sequence[str] | None], FoundCovariates]

FORMATS = {
    ".npz": "neuroqgan.data.covariates.named_arrays:read",
    ".npy": "neuroqgan.data.covariates.single_array:read",
    ".csv": "neuroqgan.data.covariates.text_rows:read",
    ".csv.gz": "neuroqgan.data.covariates.text_rows:read",
    ".csv.bz2": "neuroqgan.data.covariates.text_rows:read",
    ".csv.xz": "neuroqgan.data.covariates.text_rows:read",
    ".tsv": "neuroqgan.data.covariates.text_rows:read",
    ".tsv.gz": "neuroqgan.data.covariates.text_rows:read",
    ".tsv.bz2": "neuroqgan.data.covariates.text_rows:read",
    ".tsv.xz": "neuroqgan.data.covariates.text_rows:read",
    ".parquet": "neuroqgan.data.covariates.parquet_rows:read",
}
"""Suffixes, and the function that reads such files: of a path, an array and columns."""


def load_covariates(
    source: str | Path, *, array: str | None = None, columns: Sequence[str] | None = None
) -> Covariates:
    r"""Load what was recorded beside the spikes, such as a stimulus, running speed or position.

    Parameters
    ----------
    source
        A file:

        ``.npz``
            One array of shape ``(n_bins, n_columns)``, which holds for all trials alike, or
            ``(n_trials, n_bins, n_columns)``, with the names of the columns in an array ``names``
            or ``columns``; or several arrays, each a column of its own, of shape ``(n_bins,)`` or
            ``(n_trials, n_bins)``. Or a raster that `neuroqgan.save` wrote with its covariates.
        ``.npy``
            One array.
        ``.csv``, ``.tsv``, ``.parquet``; text may be compressed, as in ``.csv.gz``
            One row per bin and the names of the columns in the first row. If trials differ, a
            column ``trial`` says which is which. Columns ``bin`` or ``time`` sort the bins of a
            trial and are no covariates themselves, unless ``columns`` names them.
    array
        Name of the array in a ``.npz`` file, if it is not the only one.
    columns
        Names of the columns to keep, in that order; all of them if None.

    Returns
    -------
    Covariates
        Of shape ``(n_trials, n_bins, n_columns)``, or ``(1, n_bins, n_columns)`` if all trials
        share them. Bins must be those of the recording: nothing is resampled.

    Raises
    ------
    RecordingError
        If the file is missing, damaged or in another format.
    RecordingError
        If it lacks the array or a column, or its columns do not have distinct names.
    RecordingError
        If a value is not a finite number, or trials have different numbers of bins.

    Examples
    --------
    >>> from pathlib import Path
    >>> from neuroqgan.data.covariates.files import load_covariates
    >>> _ = Path("running.csv").write_text("speed,position\n0.5,1\n0.75,3\n0.25,4\n")
    >>> load_covariates("running.csv")
    Covariates(speed, position; 3 bins, the same in all trials)
    >>> load_covariates("running.csv", columns=["speed"]).values.ravel().tolist()
    [0.5, 0.75, 0.25]
    """
    return read_covariates(source, array=array, columns=columns).covariates


def read_covariates(
    source: str | Path, *, array: str | None = None, columns: Sequence[str] | None = None
) -> FoundCovariates:
    """Read covariates, and say how; see `load_covariates`.

    Parameters
    ----------
    source, array, columns
        See `load_covariates`.

    Raises
    ------
    RecordingError
        See `load_covariates`.
    """
    path = checks.path(source, RecordingError)
    suffix = _suffix(path)
    if not path.is_file():
        raise RecordingError(
            f"There is no file {path} with covariates.",
            expected=f"an existing file ({', '.join(FORMATS)}), or a choice such as trial-time, "
            "recorded or none",
            got="a folder" if path.is_dir() else "nothing of that name",
        )
    if suffix is None:
        raise RecordingError(
            f"{path} is in a format that covariates are not read from.",
            expected=", ".join(FORMATS),
            got=path.suffix or "a name without a suffix",
            hint="export a table with one row per bin, as .csv",
        )
    if isinstance(columns, str):
        columns = (columns,)
    try:
        # Absurd numbers may overflow: what comes of them is checked, and no warning of NumPy's.
        with np.errstate(all="ignore"):
            return _imported(FORMATS[suffix])(path, array, columns)
    except RasterError as error:
        raise RecordingError(
            f"{path} does not hold covariates. {error.problem}",
            expected=error.expected,
            got=error.got,
            hint=error.hint,
        ) from error


def _suffix(path: Path) -> str | None:
    fitting = [end for end in FORMATS if path.name.lower().endswith(end)]
    return max(fitting, key=len, default=None)


def _imported(target: str) -> Reader:
    module, _, attribute = target.partition(":")
    found: Any = getattr(import_module(module), attribute)
    reader: Reader = found
    return reader
