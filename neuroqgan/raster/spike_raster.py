"""Spike rasters: booleans of shape ``(n_samples, n_bins, n_neurons)`` and a bin width."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import plural, shape
from neuroqgan.errors import RasterError
from neuroqgan.raster.library_conversions import LibraryConversions
from neuroqgan.raster.neo_conversions import NeoConversions
from neuroqgan.raster.packing import pack, unpack
from neuroqgan.raster.plain_conversions import PlainConversions
from neuroqgan.raster.validation import (
    NeuronChoice,
    RasterWarning,
    as_bin_width,
    as_labels,
    as_spikes,
    check_covariates,
    check_window,
    default_labels,
    positions,
    warn_of_width,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows


@dataclass(frozen=True, eq=False)
class SpikeRaster(PlainConversions, NeoConversions, LibraryConversions):
    """Spikes of a population in discrete time.

    A recording is a raster whose samples are its trials; a window is a raster whose samples are
    short stretches of one; what a generator emits is a raster of independent samples. Each bin
    holds at most one spike per neuron.

    Parameters
    ----------
    spikes
        Booleans of shape ``(n_samples, n_bins, n_neurons)``; true where a neuron spiked. Integers
        and floats are accepted if every value is 0 or 1.
    bin_width
        Width of a bin in seconds.
    neuron_labels
        The labels of the neurons, in the order of the last axis; their positions ("0", "1", ...)
        if none are given.
    covariates
        What was recorded beside the spikes of every sample, or drove a generator to them; None if
        that is not known or nothing.

    Raises
    ------
    RasterError
        If the array does not have three dimensions, is empty, or holds a value that is neither 0
        nor 1.
    RasterError
        If the bin width is not a positive, finite number of seconds.
    RasterError
        If there is not one distinct label per neuron.
    RasterError
        If the covariates have other samples or bins.

    Warns
    -----
    RasterWarning
        If bins are wider than a second.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> raster = nq.SpikeRaster([[[0, 1], [1, 0], [0, 0]]], 0.02, ("left", "right"))
    >>> raster
    SpikeRaster(1 sample x 3 bins x 2 neurons, bin_width=0.02 s)
    >>> raster.rates_hz.round(2).tolist()
    [16.67, 16.67]
    >>> raster.select(["right"]).spikes.ravel().tolist()
    [True, False, False]
    """

    spikes: NDArray[np.bool_]
    bin_width: float
    neuron_labels: tuple[str, ...] = ()
    covariates: CovariateWindows | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "spikes", as_spikes(self.spikes))
        object.__setattr__(self, "bin_width", as_bin_width(self.bin_width))
        labels = as_labels(self.neuron_labels, self.n_neurons)
        object.__setattr__(self, "neuron_labels", labels)
        check_covariates(self.covariates, self.n_samples, self.n_bins)
        warn_of_width(self.bin_width, stacklevel=4)

    @property
    def n_samples(self) -> int:
        """Number of samples: trials of a recording, or windows."""
        return int(self.spikes.shape[0])

    @property
    def n_bins(self) -> int:
        """Number of time bins per sample."""
        return int(self.spikes.shape[1])

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.spikes.shape[2])

    @property
    def has_default_labels(self) -> bool:
        """Whether neurons are labelled by their positions alone."""
        return self.neuron_labels == default_labels(self.n_neurons)

    @property
    def silent_neurons(self) -> tuple[int, ...]:
        """Positions of the neurons that never fire."""
        return tuple(np.flatnonzero(~self.spikes.any(axis=(0, 1))).tolist())

    @property
    def spike_probability(self) -> NDArray[np.float64]:
        """Probability of a spike per bin and neuron, shape ``(n_neurons,)``."""
        probability: NDArray[np.float64] = self.spikes.mean(axis=(0, 1))
        return probability

    @property
    def rates_hz(self) -> NDArray[np.float64]:
        """Mean rate of each neuron in spikes per second (Hz), shape ``(n_neurons,)``.

        Since a bin holds at most one spike per neuron, no rate exceeds ``1 / bin_width``.
        """
        return self.spike_probability / self.bin_width

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpikeRaster):
            return NotImplemented
        return (
            self.bin_width == other.bin_width
            and self.neuron_labels == other.neuron_labels
            and np.array_equal(self.spikes, other.spikes)
            and self.covariates == other.covariates
        )

    __hash__ = None  # type: ignore[assignment]  # arrays are mutable

    def __repr__(self) -> str:
        counts = (
            plural(self.n_samples, "sample"),
            plural(self.n_bins, "bin"),
            plural(self.n_neurons, "neuron"),
        )
        return f"SpikeRaster({' x '.join(counts)}, bin_width={self.bin_width:g} s)"

    def _repr_html_(self) -> str:
        from neuroqgan.raster.html import raster_html

        return raster_html(self.spikes, self.bin_width)

    def select(self, neurons: NeuronChoice) -> SpikeRaster:
        """Return the raster of some neurons, in the order chosen.

        Parameters
        ----------
        neurons
            A slice, positions, labels, or a boolean mask of shape ``(n_neurons,)``. Texts are
            always labels: ``["3"]`` is the neuron labelled 3, ``[3]`` is the fourth neuron.

        Raises
        ------
        RasterError
            If none is chosen, one twice, or one that the raster does not have.

        Examples
        --------
        >>> raster = SpikeRaster([[[0, 1, 1]]], bin_width=0.02, neuron_labels=("a", "b", "c"))
        >>> raster.select(slice(0, 2)).neuron_labels, raster.select(["c", "a"]).neuron_labels
        (('a', 'b'), ('c', 'a'))
        """
        chosen = positions(neurons, self.neuron_labels)
        labels = tuple(self.neuron_labels[n] for n in chosen)
        return self._derived(self.spikes[:, :, chosen], labels, self.covariates)

    def with_labels(self, labels: Sequence[str]) -> SpikeRaster:
        """Return the same spikes with other neuron labels.

        Raises
        ------
        RasterError
            If there is not one distinct label per neuron.
        """
        return self._derived(self.spikes, tuple(labels), self.covariates)

    def with_covariates(self, covariates: CovariateWindows | None) -> SpikeRaster:
        """Return the same spikes with other covariates, or with none.

        Raises
        ------
        RasterError
            If they have other samples or bins.
        """
        return self._derived(self.spikes, covariates=covariates)

    def with_spikes(self, spikes: NDArray[np.bool_]) -> SpikeRaster:
        """Return other spikes of the same neurons, in bins of the same width.

        Parameters
        ----------
        spikes
            Shape ``(n_samples, n_bins, n_neurons)``; samples and bins may be others than before,
            so covariates are dropped.

        Raises
        ------
        RasterError
            If the array does not have three dimensions, is empty, or has another number of
            neurons.
        """
        received = np.shape(spikes)
        n_neurons = self.n_neurons
        shape("spikes", received, RasterError, n_samples=None, n_bins=None, n_neurons=n_neurons)
        return self._derived(spikes)

    def take(self, samples: NDArray[np.integer] | slice) -> SpikeRaster:
        """Return the raster of some samples.

        Parameters
        ----------
        samples
            A slice, or the positions of samples, in any order and as often as wanted.

        Raises
        ------
        RasterError
            If none is left.

        Examples
        --------
        >>> SpikeRaster([[[0]], [[1]], [[1]]], bin_width=0.02).take(slice(1, None))
        SpikeRaster(2 samples x 1 bin x 1 neuron, bin_width=0.02 s)
        """
        covariates = None if self.covariates is None else self.covariates.take(samples)
        return self._derived(self.spikes[samples], covariates=covariates)

    def windows(self, n_bins: int) -> SpikeRaster:
        """Cut every sample into consecutive windows that do not overlap.

        A window never straddles two samples, since trials are independent of each other. Bins
        left over at the end of a sample are dropped.

        Parameters
        ----------
        n_bins
            Bins per window.

        Returns
        -------
        SpikeRaster
            Shape ``(n_samples * (self.n_bins // n_bins), n_bins, n_neurons)``.

        Raises
        ------
        RasterError
            If a window is empty or longer than a sample.

        Examples
        --------
        >>> SpikeRaster([[[0], [1], [1], [0], [1]]], bin_width=0.02).windows(2)
        SpikeRaster(2 samples x 2 bins x 1 neuron, bin_width=0.02 s)
        """
        check_window(n_bins, self.n_bins)
        per_sample = self.n_bins // n_bins
        cut = self.spikes[:, : per_sample * n_bins]
        covariates = None if self.covariates is None else self.covariates.windows(n_bins)
        return self._derived(cut.reshape(-1, n_bins, self.n_neurons), covariates=covariates)

    def beginning(self, n_bins: int) -> SpikeRaster:
        """Return the first bins of the first sample, without covariates.

        Parameters
        ----------
        n_bins
            How many, at most as many as a sample has.
        """
        check_window(n_bins, self.n_bins)
        return self._derived(self.spikes[:1, :n_bins])

    def check_size(self) -> None:
        """Check that the spikes fit into memory, if they are yet to be written out."""

    def packed(self) -> NDArray[np.uint8]:
        """Return the spikes as bytes, eight bits each, in C order; see `from_packed`.

        Returns
        -------
        NDArray
            ``uint8`` of shape ``(ceil(spikes.size / 8),)``.
        """
        return pack(self.spikes)

    @classmethod
    def from_packed(
        cls,
        data: NDArray[np.uint8],
        shape: tuple[int, int, int],
        bin_width: float,
        neuron_labels: Sequence[str] = (),
    ) -> SpikeRaster:
        """Rebuild a raster from `packed` bytes.

        Parameters
        ----------
        data
            The bytes, ``uint8``.
        shape
            ``(n_samples, n_bins, n_neurons)``.
        bin_width
            Width of a bin in seconds.
        neuron_labels
            The labels of the neurons; their positions if none are given.

        Raises
        ------
        RasterError
            If the number of bytes does not fit the shape.
        """
        return cls(unpack(data, shape), bin_width, tuple(neuron_labels))

    def _derived(
        self,
        spikes: NDArray[np.bool_],
        labels: tuple[str, ...] | None = None,
        covariates: CovariateWindows | None = None,
    ) -> SpikeRaster:
        # An implausible bin width has been warned of already.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RasterWarning)
            kept = self.neuron_labels if labels is None else labels
            return replace(self, spikes=spikes, neuron_labels=kept, covariates=covariates)
