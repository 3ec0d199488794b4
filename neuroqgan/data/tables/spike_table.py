"""Rasters as tables of spike times, which keep everything except the bin width."""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING

import numpy as np

from neuroqgan.data.times.labels import natural_key
from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    import pandas as pd

    from neuroqgan.raster import SpikeRaster


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


def write_text(handle: IO[bytes], raster: SpikeRaster, separator: str) -> None:
    """Write a `spike_table` as text.

    Parameters
    ----------
    handle
        An open binary file.
    raster
        What to write.
    separator
        What stands between two columns.
    """
    # Quotes keep the blanks of labels, and let a spreadsheet leave 01 as it is.
    spike_table(raster).to_csv(handle, index=False, sep=separator, quoting=csv.QUOTE_NONNUMERIC)
