"""Recordings and rasters as tables of spike times, ``.csv`` and ``.parquet``.

A table has a row a spike, with the columns ``time`` (seconds from the start of its trial),
``neuron`` (a number or a name) and, where there are several trials, ``trial``.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from neuroqgan.data.arrays import agreed_bin_width, refuse_array_name
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.reading import Reading
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from neuroqgan.data.reading import ReadOptions

# In bins. A spike at 0.58 s lies on the edge of a 20 ms bin, but 0.58 / 0.02 is just below 29 in
# floating point. A millionth of a bin is far above such rounding in recordings of a billion bins
# and far below the sampling of any amplifier.
_EDGE_TOLERANCE = 1e-6

# Values of a raster. Times in milliseconds or samples, taken for seconds, would exceed it.
_MOST_VALUES = 2**32


def read_csv(path: Path, options: ReadOptions) -> Reading:
    """Read a table of comma-separated values; see `rasterise` for what becomes of it.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, the bin width is missing or the table is
        unfit.
    """
    import pandas as pd

    refuse_array_name(path, options.array)
    width = agreed_bin_width(path, None, options.bin_width)
    with damage_as_error(path, "a table of comma-separated values"):
        # In chunks, pandas might read one column as numbers here and as text there.
        table = pd.read_csv(path, low_memory=False)
    return Reading(rasterise(path, table, width))


def read_parquet(path: Path, options: ReadOptions) -> Reading:
    """Read a Parquet table; see `rasterise` for what becomes of it.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, the bin width is missing or the table is
        unfit.
    """
    import pandas as pd

    refuse_array_name(path, options.array)
    width = agreed_bin_width(path, None, options.bin_width)
    with damage_as_error(path, "a Parquet table"):
        table = pd.read_parquet(path, engine="pyarrow")
    return Reading(rasterise(path, table, width))


def write_csv(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write a row a spike, at the centre of its bin."""
    spike_table(raster).to_csv(handle, index=False)


def write_parquet(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write a row a spike, at the centre of its bin."""
    spike_table(raster).to_parquet(handle, engine="pyarrow", index=False)


def spike_table(raster: SpikeRaster) -> pd.DataFrame:
    """Return a row a spike: ``trial``, ``time`` in seconds, ``neuron``.

    The table has no place for the bin width, for trials and neurons without spikes, and for bins
    after the last spike: a raster read back from it lacks them.
    """
    import pandas as pd

    trial, bins, neuron = np.nonzero(raster.spikes)
    times = (bins + 0.5) * raster.bin_width
    return pd.DataFrame({"trial": trial, "time": times, "neuron": neuron})


def rasterise(path: Path, table: pd.DataFrame, bin_width: float) -> SpikeRaster:
    """Sort the spikes of a table into bins.

    Bin ``k`` holds the times from ``k * bin_width`` to just before ``(k + 1) * bin_width``.
    Several spikes of a neuron in a bin count as one. All trials get as many bins as the latest
    spike of any trial needs. Neurons and trials are in the order of their sorted labels.

    Parameters
    ----------
    path
        The file, for the messages.
    table
        A row a spike, with the columns ``time`` in seconds, ``neuron`` and possibly ``trial``.
    bin_width
        Width of a bin in seconds.

    Raises
    ------
    RecordingError
        If a column is missing, or the table has no row.
    RecordingError
        If a time is not a number, negative or infinite, or a neuron or trial has no label.
    RecordingError
        If the raster would have more than four billion values.
    """
    _check_columns(path, table)
    times = _times(path, table)
    neuron, n_neurons = _numbered(path, table, "neuron")
    if "trial" in table.columns:
        trial, n_trials = _numbered(path, table, "trial")
    else:
        trial, n_trials = np.zeros(len(table), dtype=np.intp), 1
    last_bin = np.floor(times.max() / bin_width + _EDGE_TOLERANCE)
    if (last_bin + 1) * n_trials * n_neurons > _MOST_VALUES:
        raise RecordingError(
            f"{path} does not fit into memory as a raster.",
            expected=f"at most {_MOST_VALUES:,} values: trials x bins x neurons",
            got=f"{n_trials} x {last_bin + 1:.0f} x {n_neurons}, the latest spike at "
            f"{times.max():g} s",
            hint="give times in seconds, or choose wider bins",
        )
    bins = np.floor(times / bin_width + _EDGE_TOLERANCE).astype(np.intp)
    spikes = np.zeros((n_trials, int(last_bin) + 1, n_neurons), dtype=bool)
    spikes[trial, bins, neuron] = True
    return SpikeRaster(spikes, bin_width)


def _check_columns(path: Path, table: pd.DataFrame) -> None:
    missing = [name for name in ("time", "neuron") if name not in table.columns]
    if missing:
        raise RecordingError(
            f"{path} lacks the column {' and '.join(missing)}.",
            expected="columns time (seconds), neuron and, for several trials, trial",
            got=", ".join(map(str, table.columns)) or "no columns",
            hint="rename the columns in the file's first row",
        )
    if table.empty:
        raise RecordingError(
            f"{path} has no spikes.", expected="a row a spike", got="a table without rows"
        )


def _times(path: Path, table: pd.DataFrame) -> NDArray[np.float64]:
    import pandas as pd

    column = table["time"]
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(numbers) | (numbers < 0)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise RecordingError(
            f"{path} has times that are not times.",
            expected="seconds from the start of the trial, zero or more, in every row",
            got=f"{column.iloc[first]!r} in row {first + 1}, {int(wrong.sum())} such rows",
        )
    return numbers


def _numbered(path: Path, table: pd.DataFrame, name: str) -> tuple[NDArray[np.intp], int]:
    """Return the rank of every row's label among the sorted labels, and their number."""
    import pandas as pd

    codes, labels = pd.factorize(table[name], sort=True)
    if (codes < 0).any():
        first = int(np.flatnonzero(codes < 0)[0])
        raise RecordingError(
            f"{path} has spikes without a {name}.",
            expected=f"a {name} in every row",
            got=f"none in row {first + 1}, {int((codes < 0).sum())} such rows",
        )
    return codes, len(labels)
