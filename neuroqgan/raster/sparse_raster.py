"""Rasters too large to be written out: only the bins with a spike are kept until they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.raster.spike_raster import SpikeRaster
from neuroqgan.raster.validation import as_bin_width, as_labels, positions, warn_of_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster.validation import NeuronChoice

LARGE = 2**27
"""Values, a byte each, from which on a recording is read as a sparse raster."""


class SparseRaster(SpikeRaster):
    """A raster that keeps the places of its spikes, and writes itself out when it has to.

    An hour of a thousand neurons in bins of 1 ms takes 3.6 GB as booleans, of which a run mostly
    uses a few neurons. Choosing neurons, rates and the first bins need the spikes alone; all else
    writes out the booleans once, as `SpikeRaster.spikes`.

    Parameters
    ----------
    rows
        Bins with a spike, ``trial * n_bins + bin``, shape ``(n_spikes,)``.
    columns
        Their neurons. No pair of row and column occurs twice.
    shape
        ``(n_samples, n_bins, n_neurons)``.
    bin_width
        Width of a bin in seconds.
    neuron_labels
        The labels of the neurons; their positions if none are given.
    check
        Called with a shape before an array of that shape is made; raises an error if it would not
        fit into memory.

    Examples
    --------
    >>> import numpy as np
    >>> raster = SparseRaster(np.array([0, 2]), np.array([1, 0]), (1, 3, 2), 0.001)
    >>> raster.rates_hz.round().tolist(), raster.select([1]).spikes.ravel().tolist()
    ([333.0, 333.0], [True, False, False])
    """

    _rows: NDArray[np.int64]
    _columns: NDArray[np.intp]
    _shape: tuple[int, int, int]
    _check: Callable[[tuple[int, int, int]], None]

    def __init__(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.intp],
        shape: tuple[int, int, int],
        bin_width: float,
        neuron_labels: tuple[str, ...] = (),
        check: Callable[[tuple[int, int, int]], None] = lambda _: None,
        covariates: CovariateWindows | None = None,
    ) -> None:
        warn_of_width(bin_width, stacklevel=4)
        values = {
            "_rows": rows,
            "_columns": columns,
            "_shape": shape,
            "_check": check,
            "bin_width": as_bin_width(bin_width),
            "neuron_labels": as_labels(neuron_labels, shape[2]),
            "covariates": covariates,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> NDArray[np.bool_]:
        """Write the spikes out when they are first used; there are no other such attributes."""
        if name != "spikes":
            raise AttributeError(name)
        spikes = self._dense(self._rows, self._columns, self._shape)
        object.__setattr__(self, "spikes", spikes)
        return spikes

    def __reduce__(self) -> tuple[object, ...]:
        """Let copies and other processes have an ordinary raster."""
        return SpikeRaster, (self.spikes, self.bin_width, self.neuron_labels, self.covariates)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self._shape[0]

    @property
    def n_bins(self) -> int:
        """Number of time bins per sample."""
        return self._shape[1]

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self._shape[2]

    @property
    def silent_neurons(self) -> tuple[int, ...]:
        """Positions of the neurons that never fire."""
        return tuple(np.flatnonzero(self._counts == 0).tolist())

    @property
    def spike_probability(self) -> NDArray[np.float64]:
        """Probability of a spike per bin and neuron, shape ``(n_neurons,)``."""
        return self._counts / (self.n_samples * self.n_bins)

    def check_size(self) -> None:
        """Check that the booleans fit into memory, which others are about to ask for."""
        self._check(self._shape)

    def select(self, neurons: NeuronChoice) -> SpikeRaster:
        """Return the raster of some neurons, in the order chosen; see `SpikeRaster.select`."""
        chosen = positions(neurons, self.neuron_labels)
        places = np.full(self.n_neurons, -1)
        places[chosen] = np.arange(len(chosen))
        columns = places[self._columns]
        kept = columns >= 0
        shape = (self.n_samples, self.n_bins, len(chosen))
        labels = tuple(self.neuron_labels[n] for n in chosen)
        spikes = self._dense(self._rows[kept], columns[kept], shape)
        return SpikeRaster(spikes, self.bin_width, labels, self.covariates)

    def beginning(self, n_bins: int) -> SpikeRaster:
        """Return the first bins of the first sample; see `SpikeRaster.beginning`."""
        kept = self._rows < n_bins
        spikes = self._dense(self._rows[kept], self._columns[kept], (1, n_bins, self.n_neurons))
        return SpikeRaster(spikes, self.bin_width, self.neuron_labels)

    def with_covariates(self, covariates: CovariateWindows | None) -> SpikeRaster:
        """Return the same spikes with other covariates; see `SpikeRaster.with_covariates`."""
        return SparseRaster(
            self._rows,
            self._columns,
            self._shape,
            self.bin_width,
            self.neuron_labels,
            self._check,
            covariates,
        )

    @property
    def _counts(self) -> NDArray[np.intp]:
        return np.bincount(self._columns, minlength=self.n_neurons)

    def _dense(
        self, rows: NDArray[np.int64], columns: NDArray[np.intp], shape: tuple[int, int, int]
    ) -> NDArray[np.bool_]:
        self._check(shape)
        spikes = np.zeros((shape[0] * shape[1], shape[2]), dtype=bool)
        spikes[rows, columns] = True
        return spikes.reshape(shape)

    def _derived(
        self,
        spikes: NDArray[np.bool_],
        labels: Sequence[str] | None = None,
        covariates: CovariateWindows | None = None,
    ) -> SpikeRaster:
        kept = self.neuron_labels if labels is None else tuple(labels)
        return SpikeRaster(spikes, self.bin_width, kept, covariates)
