"""Rasters written as tables of spike times, with everything but the bin width."""

from __future__ import annotations

import csv
import gzip
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from neuroqgan.data.labels import natural_key
from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    import pandas as pd

    from neuroqgan.raster import SpikeRaster


def write_csv(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike, separated by commas; see `spike_table`."""
    _write_text(handle, raster, ",")


def write_tsv(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike, separated by tabs; see `spike_table`."""
    _write_text(handle, raster, "\t")


def write_csv_gz(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike, separated by commas and compressed; see `spike_table`."""
    with _compressed(handle) as inner:
        write_csv(inner, raster)


def write_tsv_gz(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike, separated by tabs and compressed; see `spike_table`."""
    with _compressed(handle) as inner:
        write_tsv(inner, raster)


def write_parquet(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike; see `spike_table`."""
    spike_table(raster).to_parquet(handle, engine="pyarrow", index=False, write_page_checksum=True)


def spike_table(raster: SpikeRaster) -> pd.DataFrame:
    """Return a raster as a table from which it can be read again, given its bin width.

    The columns are ``trial``, ``time`` (seconds, the centre of the spike's bin), ``neuron`` (its
    label) and ``trial_end`` (seconds). A trial without spikes has one row without time and neuron.
    A neuron without spikes has one row with nothing else; so have all neurons if their order is
    not that of their labels.

    Raises
    ------
    RasterError
        If a neuron's label is empty.
    """
    import pandas as pd

    labels = raster.neuron_labels
    if not all(labels):
        raise RasterError(
            "A neuron without a label cannot be written to a table.",
            expected="a label for every neuron",
            got="an empty one",
            hint="raster.with_labels(...)",
        )
    trial, bins, neuron = np.nonzero(raster.spikes)
    silent_trials = np.flatnonzero(~raster.spikes.any(axis=(1, 2)))
    is_sorted = list(labels) == sorted(labels, key=natural_key)
    named = np.array(raster.silent_neurons if is_sorted else range(raster.n_neurons), np.intp)
    end = raster.n_bins * raster.bin_width
    n_spikes, n_trials, n_named = len(trial), len(silent_trials), len(named)
    names = np.array([*labels, None], dtype=object)
    lone = np.full(n_trials + n_named, np.nan)
    return pd.DataFrame(
        {
            "trial": pd.arrays.IntegerArray(
                np.concatenate([trial, silent_trials, np.zeros(n_named, np.int64)]),
                np.arange(n_spikes + n_trials + n_named) >= n_spikes + n_trials,
            ),
            "time": np.append((bins + 0.5) * raster.bin_width, lone),
            "neuron": names[np.concatenate([neuron, np.full(n_trials, -1), named])],
            "trial_end": np.append(np.full(n_spikes + n_trials, end), np.full(n_named, np.nan)),
        }
    )


def _write_text(handle: IO[bytes], raster: SpikeRaster, separator: str) -> None:
    table = spike_table(raster)
    # In quotes, labels keep their blanks, and a spreadsheet may leave 01 as it is.
    table.to_csv(handle, index=False, sep=separator, quoting=csv.QUOTE_NONNUMERIC)


def _compressed(handle: IO[bytes]) -> IO[bytes]:
    # Without name and time: the same raster gives the same file.
    return cast("IO[bytes]", gzip.GzipFile(filename="", mode="wb", fileobj=handle, mtime=0))
