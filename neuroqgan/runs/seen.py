"""What the samples of a run see, kept from before they are sent until their spikes arrive.

A job knows the covariates of its samples by their SHA-256 (`JobRecord.covariates`); the run keeps
what they are, so that another process can retrieve the job later.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.atomic import atomic_write, make_folder
from neuroqgan.data.arrays.stored_covariates import StoredCovariates, covariate_members
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.untrusted.archive import Archive
from neuroqgan.errors import RasterError, RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder


def keep_seen(folder: RunFolder, windows: CovariateWindows, bin_width: float) -> None:
    """Keep what the samples of a raster see, before it is asked for.

    Parameters
    ----------
    folder
        Of the run.
    windows
        Covariates of all samples.
    bin_width
        Width of a bin in seconds.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    path = folder.seen_path(windows.sha256)
    if path.is_file():
        return
    make_folder(path.parent)
    with atomic_write(path, overwrite=True) as file:
        np.savez_compressed(file, **covariate_members(windows, bin_width))


def with_seen(
    folder: RunFolder,
    raster: SpikeRaster,
    digest: str | None,
    *,
    passed: NDArray[np.bool_] | None = None,
) -> SpikeRaster:
    """Return a raster with what its samples saw.

    Parameters
    ----------
    folder
        Of the run.
    raster
        Its spikes.
    digest
        SHA-256 of the covariates of its samples, as its jobs know it; None for none.
    passed
        Which samples are in the raster, of those that were measured; None for all.

    Warns
    -----
    RecordingWarning
        If the run does not hold them any more. The spikes may have been paid for, so that is no
        error.
    """
    if digest is None:
        return raster
    path = folder.seen_path(digest)
    try:
        windows = _read(path, raster)
        if windows.sha256 != digest:
            raise RecordingError("other covariates")
        if passed is not None:
            windows = windows.take(np.flatnonzero(passed))
        return raster.with_covariates(windows)
    except (OSError, RasterError, RecordingError):
        warnings.warn(
            f"{path} is missing or damaged, so the raster does not say which covariates its "
            "samples saw.",
            RecordingWarning,
            stacklevel=2,
        )
        return raster


def _read(path: Path, raster: SpikeRaster) -> CovariateWindows:
    with path.open("rb") as handle, damage_as_error(path, "a .npz archive"):
        stored = StoredCovariates.find(Archive(path, handle))
    if stored is None:
        raise RecordingError("no covariates")
    return stored.of_samples(path, raster.n_bins, raster.bin_width)
