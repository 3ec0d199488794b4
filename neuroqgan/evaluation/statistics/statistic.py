"""What a statistic is: how it is computed, named and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.evaluation.statistics.summary import RasterSummary


def _always(_: RasterSummary) -> bool:
    return True


@dataclass(frozen=True)
class Panel:
    """How a statistic is drawn.

    Parameters
    ----------
    kind
        ``scatter``: one point per entry, held-out against generated value. ``curve``: entries
        against their index, on a logarithmic axis. ``intervals``: entries against their index,
        which is a time in bins.
    title
        Title of the panel; by default the statistic's.
    unit
        Unit of what is drawn; by default the statistic's.
    per_second
        Whether a value per bin is drawn as one per second.
    x_label
        Label of the horizontal axis, where it is not a statistic.
    """

    kind: Literal["scatter", "curve", "intervals"]
    title: str | None = None
    unit: str | None = None
    per_second: bool = False
    x_label: str = ""


@dataclass(frozen=True)
class Statistic:
    """A statistic of spike rasters.

    Parameters
    ----------
    key
        Name in Python and in JSON.
    title
        Name in tables, notes and pictures.
    unit
        Unit of its values; empty if they are pure numbers.
    compute
        Function of a summary; returns an array, whose entries are compared one by one.
    is_covariance
        Whether it is a central moment. Zero is the covariance of a raster without spikes, and
        close to the weak covariances of any recording, so that covariances of such a raster are
        not judged.
    is_defined
        Whether a raster has this statistic at all; covariances also need a neuron that spikes in
        some bins and not in others.
    panel
        How it is drawn; None if it has no panel among the statistics.
    column
        Heading of its ratio in tables that compare models; None if it is not in these.
    former_keys
        Names in files of earlier versions.
    """

    key: str
    title: str
    unit: str
    compute: Callable[[RasterSummary], NDArray[np.float64]]
    is_covariance: bool = False
    is_defined: Callable[[RasterSummary], bool] = _always
    panel: Panel | None = None
    column: str | None = None
    former_keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Statistic({self.key!r})"
