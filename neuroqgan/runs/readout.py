"""Statistics of a raster as measured, and as they would be without readout errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.readout import corrected_statistics
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.jobs.decoding import RetrievedRaster
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

_KEYS = ("spike_probability", "pair_covariance", "k_probability")


@dataclass(frozen=True)
class ReadoutReport:
    """The statistics that readout correction knows, raw and corrected.

    Parameters
    ----------
    raw, corrected
        Values by name of the statistic.
    real
        Of a real raster, or None.
    """

    raw: dict[str, Floats]
    corrected: dict[str, Floats]
    real: dict[str, Floats] | None

    def rows(self) -> list[tuple[str, str, str]]:
        """Return the table in words: statistic, raw, corrected.

        With a real raster the mean absolute distance from it, else the mean value.
        """
        titles = {key: STATISTICS[key].title for key in _KEYS}
        if self.real is None:
            titles["k_probability"] = "spikes a bin"
        return [
            (
                title,
                f"{self._figure(self.raw[name], name):.2g}",
                f"{self._figure(self.corrected[name], name):.2g}",
            )
            for name, title in titles.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return all values, ready for JSON."""
        kinds = {"raw": self.raw, "corrected": self.corrected}
        if self.real is not None:
            kinds["real"] = self.real
        return {
            kind: {name: values[name].ravel().tolist() for name in _KEYS}
            for kind, values in kinds.items()
        }

    def distances(self) -> dict[str, dict[str, float]]:
        """Return the figures of `rows` as numbers: raw and corrected by name of the statistic."""
        return {
            name: {
                "raw": self._figure(self.raw[name], name),
                "corrected": self._figure(self.corrected[name], name),
            }
            for name in _KEYS
        }

    def in_words(self, name: str) -> str:
        """Return a figure of `rows` as measured, and behind it in brackets corrected.

        Parameters
        ----------
        name
            Of the statistic.
        """
        found = self.distances()[name]
        return f"{found['raw']:.2g} ({found['corrected']:.2g})"

    def _figure(self, values: Floats, name: str) -> float:
        if self.real is not None:
            return float(np.abs(values - self.real[name]).mean())
        # The mean of a k-probability says nothing; the mean number of spikes does.
        if name == "k_probability":
            return float(values @ np.arange(len(values)))
        return float(values.mean())


def readout_report(
    spikes: RetrievedRaster, real: SpikeRaster | None = None
) -> ReadoutReport | None:
    """Correct the statistics of a raster, if its readout was calibrated.

    Parameters
    ----------
    spikes
        Of a retrieved request.
    real
        Windows to compare with.
    """
    if spikes.flips is None:
        return None
    return ReadoutReport(
        measure(spikes.raster, _KEYS),
        corrected_statistics(spikes.raster, spikes.flips),
        None if real is None else measure(real, _KEYS),
    )
