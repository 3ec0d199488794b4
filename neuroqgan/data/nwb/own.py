"""Rasters in the NWB files that neuroqgan wrote, read back exactly; see `own_names`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays.stored_covariates import NAMES, STARTS, TRIALS, VALUES, StoredCovariates
from neuroqgan.data.crop import cropped
from neuroqgan.data.nwb.own_names import (
    BIN_WIDTH,
    DIGEST,
    LAYOUT,
    N_BINS,
    N_SAMPLES,
    PERIOD,
    SOFTWARE,
    SOURCE,
    SYNTHETIC,
    TABLE,
    TRIAL_BINS,
    TRUTHS,
)
from neuroqgan.data.provenance import Provenance
from neuroqgan.data.reading import Reading
from neuroqgan.data.untrusted.memory import refuse_beyond_memory
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.nwb.chosen_units import ChosenUnits
    from neuroqgan.data.nwb.contents import Contents
    from neuroqgan.data.reading import ReadOptions

# In bins. Spikes are at the centres.
_CENTRE = 0.01


def is_read_as_written(contents: Contents, options: ReadOptions) -> bool:
    """Return whether a raster of neuroqgan is to be read as it was written.

    Parameters
    ----------
    contents
        Of the file.
    options
        What the user says: with trials or bins of their own, its spikes are those of any session.
    """
    own, width = contents.own, options.bin_width
    asks = (options.epochs, options.align_to, options.before, options.after)
    if not own or any(value is not None for value in asks):
        return False
    return width is None or math.isclose(width, _numbers(contents.path, own)[0], rel_tol=1e-9)


def own_raster(contents: Contents, units: ChosenUnits, options: ReadOptions) -> Reading:
    """Return a raster that neuroqgan wrote.

    Parameters
    ----------
    contents
        Of the file.
    units
        Those that are wanted.
    options
        The user's ``start`` and ``stop``.

    Raises
    ------
    RecordingError
        If the file was changed since, or the raster does not fit into memory.
    """
    path, own = contents.path, contents.own
    width, n_samples, n_bins, period = _numbers(path, own)
    shape = n_samples, n_bins, len(units.labels)
    refuse_beyond_memory(path, "The raster", shape, math.prod(shape))
    spikes = np.zeros(shape, np.bool_)
    for neuron, train in enumerate(units.trains):
        sample = np.floor(train / period)
        at = (train - sample * period) / width - 0.5
        bins = np.rint(at)
        fits = (np.abs(at - bins) < _CENTRE) & (bins >= 0) & (bins < n_bins)
        fits &= (sample >= 0) & (sample < n_samples)
        if not fits.all():
            raise _changed(path, f"a spike at {train[~fits][0]:.9g} s")
        spikes[sample.astype(np.int64), bins.astype(np.int64), neuron] = True
    if np.count_nonzero(spikes) != units.n_spikes:
        raise _changed(path, "several spikes of a unit in one bin")
    raster = SpikeRaster(spikes, width, units.labels)
    stored = _stored_covariates(own, contents.own_arrays())
    if stored is not None:
        raster = raster.with_covariates(stored.of_samples(path, n_bins, width))
    kept, notes = cropped(path, raster, options.start, options.stop)
    about = _provenance(own)
    said = f"{path} was written by {own.get(SOFTWARE, 'neuroqgan')}: {about.summary}."
    return Reading(kept, (said, *units.notes[1:], *notes), chose_units=True, about=about)


def _numbers(path: Path, own: Mapping[str, str]) -> tuple[float, int, int, float]:
    try:
        width, period = float(own[BIN_WIDTH]), float(own[PERIOD])
        n_samples, n_bins = int(own[N_SAMPLES]), int(own[N_BINS])
    except (KeyError, ValueError) as error:
        raise _changed(path, f"{type(error).__name__}: {error}") from error
    fits = n_samples > 0 and n_bins > 0 and width > 0 and math.isfinite(period)
    if not fits or period < n_bins * width * (1 - 1e-9):
        raise _changed(path, f"{n_samples} samples of {n_bins} bins of {width} s every {period} s")
    return width, n_samples, n_bins, period


def _stored_covariates(
    own: Mapping[str, str], arrays: Mapping[str, NDArray[Any]]
) -> StoredCovariates | None:
    if TRIALS not in arrays:
        return None
    names, values = arrays.get(NAMES), arrays.get(VALUES)
    columns = () if names is None else tuple(map(str, names.ravel().tolist()))
    bins = own.get(TRIAL_BINS, "")
    if values is not None and values.size == len(columns) == 1:
        values = values.reshape(1, 1, 1)
    return StoredCovariates(
        values,
        columns,
        own.get(SOURCE, ""),
        own.get(DIGEST, ""),
        arrays.get(TRIALS),
        arrays.get(STARTS),
        np.array([int(bins)]) if bins.isdecimal() else None,
    )


def _provenance(own: Mapping[str, str]) -> Provenance:
    facts = {key: text for key, text in own.items() if key not in (*LAYOUT, SYNTHETIC, SOFTWARE)}
    return Provenance(TRUTHS.get(own.get(SYNTHETIC, "")), facts)


def _changed(path: Path, got: str) -> RecordingError:
    return RecordingError(
        f"{path} was changed since neuroqgan wrote its raster.",
        expected="at most one spike per neuron and bin, at its centre, in the samples that the "
        f"table {TABLE} describes",
        got=got,
        hint="`epochs = trials` and `bin_width` read it as any other NWB file",
    )
