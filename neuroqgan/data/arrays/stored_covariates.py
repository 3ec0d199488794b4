"""How an array file keeps the covariates of a raster: which stretch of which trial a sample saw.

A file holds the whole trials once, and for every sample its trial and first bin. Files written
before rasters knew their covariates have none of these arrays, and programs that do not know them
pass them over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.covariates import TRIAL_TIME, Covariates, CovariateWindows, trial_time
from neuroqgan.data.times.trains import texts
from neuroqgan.data.untrusted.memory import refuse_beyond_memory
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.arrays.array_file import FoundArrays

VALUES = "covariates"
NAMES = "covariate_names"
TRIALS = "covariate_trials"
STARTS = "covariate_starts"
TRIAL_BINS = "covariate_trial_bins"
SOURCE = "covariate_source"
DIGEST = "covariate_sha256"

STORED = (VALUES, NAMES, TRIALS, STARTS, TRIAL_BINS, SOURCE, DIGEST)
"""The names of all arrays that have to do with covariates."""


def covariate_members(windows: CovariateWindows, bin_width: float) -> dict[str, Any]:
    """Return the arrays that covariates are stored as, by name.

    The time in the trial needs no values, only how long trials are.

    Parameters
    ----------
    windows
        Covariates of the samples of a raster.
    bin_width
        Its bin width in seconds.
    """
    own = windows.covariates
    arrays: dict[str, Any] = {
        TRIALS: windows.trials,
        STARTS: windows.starts,
        TRIAL_BINS: np.int64(own.n_bins),
        NAMES: np.array(own.names),
        DIGEST: np.array(own.sha256),
    }
    if own.source:
        arrays[SOURCE] = np.array(own.source)
    if own != trial_time(own.n_bins, bin_width):
        arrays[VALUES] = own.values
    return arrays


@dataclass(frozen=True)
class StoredCovariates:
    """The arrays of a file that have to do with covariates, as they are stored.

    Parameters
    ----------
    values
        Covariates of whole trials; None for the time in the trial.
    names, source, digest
        Names of the columns, where they come from, and the SHA-256 of names and values.
    trials, starts
        Trial and first bin of every sample.
    trial_bins
        Bins of a trial.
    """

    values: NDArray[Any] | None
    names: tuple[str, ...]
    source: str
    digest: str
    trials: NDArray[Any] | None
    starts: NDArray[Any] | None
    trial_bins: NDArray[Any] | None

    @classmethod
    def find(cls, archive: FoundArrays) -> StoredCovariates | None:
        """Read the covariates of an archive; None if it holds none."""
        if TRIALS not in archive.headers:
            return None
        names, source, digest = (texts(archive.find(name)) for name in (NAMES, SOURCE, DIGEST))
        return cls(
            archive.find(VALUES),
            names,
            "".join(source),
            "".join(digest),
            *(archive.find(name) for name in (TRIALS, STARTS, TRIAL_BINS)),
        )

    def of_trials(self, path: Path, bin_width: float) -> Covariates:
        """Return the covariates of whole trials.

        Parameters
        ----------
        path
            The file, for messages.
        bin_width
            Width of a bin in seconds.

        Raises
        ------
        RecordingError
            If they are incomplete or were altered.
        """
        if self.values is None and self.names == (TRIAL_TIME,):
            # Not compared with the SHA-256: users may say that bins have another width.
            n_bins = int(_whole(path, TRIAL_BINS, self.trial_bins)[0])
            refuse_beyond_memory(path, TRIAL_BINS, (n_bins,), 16 * n_bins)
            return trial_time(n_bins, bin_width)
        if self.values is None:
            raise _incomplete(path, f"an array {VALUES!r}", "none")
        found = Covariates(self.values, self.names, self.source)
        if self.digest != found.sha256:
            raise RecordingError(
                f"The covariates in {path} are not those that were written.",
                expected=f"the SHA-256 of these covariates, {found.sha256}",
                got=self.digest or "no SHA-256",
                hint="write the file again with `neuroqgan.save`",
            )
        return found

    def of_samples(self, path: Path, n_bins: int, bin_width: float) -> CovariateWindows:
        """Return what the samples of a raster saw.

        Parameters
        ----------
        path
            The file, for messages.
        n_bins
            Bins of a sample.
        bin_width
            Width of a bin in seconds.

        Raises
        ------
        RecordingError
            If they are incomplete or were altered.
        RasterError
            If samples do not lie within the trials.
        """
        covariates = self.of_trials(path, bin_width)
        trials, starts = _whole(path, TRIALS, self.trials), _whole(path, STARTS, self.starts)
        return CovariateWindows(covariates, trials, starts, n_bins)


def _whole(path: Path, name: str, values: NDArray[Any] | None) -> NDArray[np.int64]:
    if values is None or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        found = "none" if values is None else f"shape {values.shape}, type {values.dtype}"
        raise _incomplete(path, f"whole numbers named {name!r}", found)
    if not values.size:
        raise _incomplete(path, f"whole numbers named {name!r}", "no value")
    return values.ravel().astype(np.int64)


def _incomplete(path: Path, expected: str, got: str) -> RecordingError:
    return RecordingError(
        f"The covariates in {path} are incomplete.",
        expected=expected,
        got=got,
        hint="write the file again with `neuroqgan.save`",
    )
