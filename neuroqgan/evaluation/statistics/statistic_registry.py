"""All statistics by key, in the order in which they are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.statistics import covariances, intervals, single_bins
from neuroqgan.evaluation.statistics.summary import RasterSummary

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.evaluation.statistics.statistic import Statistic
    from neuroqgan.raster import SpikeRaster

STATISTICS: dict[str, Statistic] = {}
"""The registry; see `register_statistic`."""


def register_statistic(statistic: Statistic) -> None:
    """Add a statistic, which is then judged, tabulated, drawn and stored like all others.

    Raises
    ------
    ConfigError
        If there is one of that key.
    """
    if statistic.key in STATISTICS:
        raise ConfigError(
            f"There is already a statistic {statistic.key!r}.",
            expected="a new key",
            got=repr(statistic.key),
        )
    STATISTICS[statistic.key] = statistic


for _statistic in (
    single_bins.SPIKE_PROBABILITY,
    covariances.PAIR_COVARIANCE,
    single_bins.K_PROBABILITY,
    covariances.AUTOCOVARIANCE,
    covariances.LAG1_CROSS_COVARIANCE,
    intervals.INTER_SPIKE_INTERVAL,
    single_bins.PATTERN_ENTROPY,
    covariances.TRIPLET_CORRELATION,
):
    register_statistic(_statistic)


def measure(
    raster: SpikeRaster, keys: Iterable[str] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return statistics of a raster.

    Parameters
    ----------
    raster
        Spikes; statistics that look at several bins stay within samples.
    keys
        Which statistics, see `STATISTICS`; all by default. No other is computed.

    Returns
    -------
    dict
        Values by key; the function of each statistic says their shape.

    Raises
    ------
    ConfigError
        If there is no statistic of some key.

    Examples
    --------
    >>> from neuroqgan.raster import SpikeRaster
    >>> raster = SpikeRaster([[[1, 0], [1, 1]], [[0, 0], [0, 1]]], 0.02)
    >>> measure(raster, ["spike_probability"])["spike_probability"].tolist()
    [0.5, 0.5]
    """
    summary = RasterSummary(raster)
    wanted = STATISTICS if keys is None else keys
    return {key: find_statistic(key).compute(summary) for key in wanted}


def find_statistic(key: str) -> Statistic:
    """Return the statistic of a key.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if key not in STATISTICS:
        raise ConfigError(
            f"There is no statistic {key!r}.", expected=", ".join(STATISTICS), got=repr(key)
        )
    return STATISTICS[key]


def current_key(key: str) -> str:
    """Return what a key of a file is called now; an unknown one stays as it is."""
    former = {old: name for name, found in STATISTICS.items() for old in found.former_keys}
    return former.get(key, key)


def title_of(key: str) -> str:
    """Return the title of a statistic, or the key itself if the statistic is not known here."""
    return STATISTICS[key].title if key in STATISTICS else key


def model_columns() -> dict[str, str]:
    """Return the statistics whose ratios models are compared by: headings by key."""
    return {key: found.column for key, found in STATISTICS.items() if found.column is not None}
