"""Spike rasters: booleans of shape (n_samples, n_bins, n_neurons) and a bin width."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

# Seconds. Wider bins are almost always milliseconds taken for seconds.
WIDEST_PLAUSIBLE_BIN = 1.0


class RasterWarning(UserWarning):
    """A raster that is possible, but probably not what was meant."""


@dataclass(frozen=True, eq=False)
class SpikeRaster:
    """Spikes of a population in discrete time.

    A recording is a raster whose samples are its trials; a window is a raster whose samples are
    short stretches of one; what a generator emits is a raster of independent samples.

    Parameters
    ----------
    spikes
        Booleans of shape ``(n_samples, n_bins, n_neurons)``; true where a neuron spiked. Integers
        and floats are accepted if every value is 0 or 1.
    bin_width
        Width of a bin in seconds.
    neuron_labels
        The names of the neurons, in the order of the last axis; their positions ("0", "1", ...)
        if none are given.

    Raises
    ------
    RasterError
        If the array does not have three dimensions.
    RasterError
        If a dimension is empty.
    RasterError
        If a value is neither 0 nor 1, or not a number.
    RasterError
        If the bin width is not a positive, finite number of seconds.
    RasterError
        If there is not one distinct label per neuron.

    Warns
    -----
    RasterWarning
        If bins are wider than a second.

    Examples
    --------
    >>> raster = SpikeRaster([[[0, 1], [1, 0], [0, 0]]], 0.02, ("left", "right"))
    >>> raster
    SpikeRaster(1 samples x 3 bins x 2 neurons, bin_width=0.02 s)
    >>> raster.select_units(["right"]).spikes.ravel().tolist()
    [True, False, False]
    """

    spikes: NDArray[np.bool_]
    bin_width: float
    neuron_labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "spikes", _as_spikes(self.spikes))
        object.__setattr__(self, "bin_width", _as_bin_width(self.bin_width))
        labels = _as_labels(self.neuron_labels, self.n_neurons)
        object.__setattr__(self, "neuron_labels", labels)
        if self.bin_width > WIDEST_PLAUSIBLE_BIN:
            warnings.warn(
                f"Bins are {self.bin_width:g} s wide. The bin width is in seconds: "
                f"{self.bin_width:g} ms would be {self.bin_width / 1000:g}.",
                RasterWarning,
                stacklevel=3,
            )

    @property
    def n_samples(self) -> int:
        """Number of samples: trials of a recording, or windows."""
        return int(self.spikes.shape[0])

    @property
    def n_bins(self) -> int:
        """Number of time bins a sample."""
        return int(self.spikes.shape[1])

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.spikes.shape[2])

    @property
    def has_default_labels(self) -> bool:
        """Whether neurons are labelled by their positions alone."""
        return self.neuron_labels == _default_labels(self.n_neurons)

    @property
    def silent_neurons(self) -> tuple[int, ...]:
        """Indices of the neurons that never fire."""
        return tuple(np.flatnonzero(~self.spikes.any(axis=(0, 1))).tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpikeRaster):
            return NotImplemented
        return (
            self.bin_width == other.bin_width
            and self.neuron_labels == other.neuron_labels
            and np.array_equal(self.spikes, other.spikes)
        )

    __hash__ = None  # type: ignore[assignment]  # arrays are mutable

    def __repr__(self) -> str:
        return (
            f"SpikeRaster({self.n_samples} samples x {self.n_bins} bins x {self.n_neurons} "
            f"neurons, bin_width={self.bin_width:g} s)"
        )

    def select(self, neurons: Sequence[int]) -> SpikeRaster:
        """Return the raster of the neurons at the positions ``neurons``, in that order.

        Raises
        ------
        RasterError
            If the list is empty, names a neuron twice, or one that the raster does not have.
        """
        chosen = list(neurons)
        valid = f"distinct indices from 0 to {self.n_neurons - 1}, at least one"
        if not chosen:
            raise RasterError("No neuron was chosen.", expected=valid, got="none")
        missing = [n for n in chosen if not 0 <= n < self.n_neurons]
        if missing:
            raise RasterError(
                "The raster does not have these neurons.",
                expected=valid,
                got=shorten(missing),
                hint=f"--neurons 0:{self.n_neurons}",
            )
        if len(set(chosen)) < len(chosen):
            twice = sorted(n for n, count in Counter(chosen).items() if count > 1)
            raise RasterError(
                "A neuron was chosen twice.", expected=valid, got=f"{shorten(twice)} more than once"
            )
        labels = tuple(self.neuron_labels[n] for n in chosen)
        return self._derived(self.spikes[:, :, chosen], labels)

    def select_units(self, labels: Sequence[str]) -> SpikeRaster:
        """Return the raster of the neurons with these labels, in that order.

        Raises
        ------
        RasterError
            If the list is empty, holds a label twice, or one that no neuron has.
        """
        positions = {label: n for n, label in enumerate(self.neuron_labels)}
        missing = [label for label in labels if label not in positions]
        if missing:
            raise RasterError(
                "The recording does not have these units.",
                expected=f"labels among {shorten(self.neuron_labels)}",
                got=shorten(missing),
                hint="neuroqgan data show lists the labels; --neurons chooses by position",
            )
        return self.select([positions[label] for label in labels])

    def with_labels(self, labels: Sequence[str]) -> SpikeRaster:
        """Return the same spikes with other neuron labels.

        Raises
        ------
        RasterError
            If there is not one distinct label per neuron.
        """
        return self._derived(self.spikes, tuple(labels))

    def with_spikes(self, spikes: NDArray[np.bool_]) -> SpikeRaster:
        """Return other spikes of the same neurons, in bins of the same width.

        Raises
        ------
        RasterError
            If the array does not have three dimensions, has an empty one, or another number of
            neurons.
        """
        return self._derived(spikes)

    def take(self, samples: NDArray[np.integer] | slice) -> SpikeRaster:
        """Return the raster of some samples.

        Raises
        ------
        RasterError
            If none is left.
        """
        return self._derived(self.spikes[samples])

    def windows(self, n_bins: int) -> SpikeRaster:
        """Cut every sample into consecutive, disjoint windows.

        A window never straddles two samples, since trials are independent of each other; bins
        left over at the end of a sample are dropped.

        Parameters
        ----------
        n_bins
            Bins a window.

        Raises
        ------
        RasterError
            If a window is empty or longer than a sample.
        """
        if not 1 <= n_bins <= self.n_bins:
            raise RasterError(
                "A window does not fit into a trial.",
                expected=f"windows of 1 to {self.n_bins} bins, the length of a trial",
                got=f"windows of {n_bins} bins",
                hint=f"--bins {min(16, self.n_bins)}, or a recording with longer trials",
            )
        per_sample = self.n_bins // n_bins
        cut = self.spikes[:, : per_sample * n_bins]
        return self._derived(cut.reshape(-1, n_bins, self.n_neurons))

    def packed(self) -> NDArray[np.uint8]:
        """Return the spikes as bytes, eight bits each, in C order (see `from_packed`)."""
        return np.packbits(self.spikes.reshape(-1))

    @classmethod
    def from_packed(
        cls,
        data: NDArray[np.uint8],
        shape: tuple[int, int, int],
        bin_width: float,
        neuron_labels: Sequence[str] = (),
    ) -> SpikeRaster:
        """Rebuild a raster from `packed` bytes.

        Raises
        ------
        RasterError
            If the number of bytes does not fit the shape.
        """
        n_bits = int(np.prod(shape))
        if data.dtype != np.uint8 or data.size != -(-n_bits // 8):
            raise RasterError(
                "Packed spikes do not fit their shape.",
                expected=f"{-(-n_bits // 8)} bytes of uint8 for shape {shape}",
                got=f"{data.size} values of {data.dtype}",
            )
        bits = np.unpackbits(data, count=n_bits).astype(bool)
        return cls(bits.reshape(shape), bin_width, tuple(neuron_labels))

    def _derived(
        self, spikes: NDArray[np.bool_], labels: tuple[str, ...] | None = None
    ) -> SpikeRaster:
        # The bin width has been warned of already, where it is implausible.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RasterWarning)
            kept = self.neuron_labels if labels is None else labels
            return SpikeRaster(spikes, self.bin_width, kept)


def shorten(values: Iterable[object], most: int = 8) -> str:
    """Return a listing for a message: the first few values, and how many there are.

    Examples
    --------
    >>> shorten(range(20), most=3)
    '0, 1, 2, ... (20 in all)'
    """
    listed = [str(value) for value in values]
    if len(listed) <= most:
        return ", ".join(listed) or "none"
    return f"{', '.join(listed[:most])}, ... ({len(listed)} in all)"


def _default_labels(n_neurons: int) -> tuple[str, ...]:
    return tuple(map(str, range(n_neurons)))


def _as_labels(labels: Sequence[str], n_neurons: int) -> tuple[str, ...]:
    if len(labels) == 0:
        return _default_labels(n_neurons)
    texts = tuple(map(str, labels))
    if len(texts) != n_neurons or len(set(texts)) != n_neurons:
        twice = sorted(text for text, count in Counter(texts).items() if count > 1)
        raise RasterError(
            "Neuron labels do not fit the neurons.",
            expected=f"{n_neurons} distinct labels, one per neuron",
            got=f"{len(texts)} labels" + (f", more than once: {shorten(twice)}" if twice else ""),
        )
    return texts


def _as_spikes(values: Any) -> NDArray[np.bool_]:
    array = np.asarray(values)
    wanted = "an array of shape (n_samples, n_bins, n_neurons), every value 0 or 1"
    if array.ndim != 3:
        raise RasterError(
            "A raster has three dimensions.", expected=wanted, got=f"shape {array.shape}"
        )
    if array.size == 0:
        raise RasterError("A raster cannot be empty.", expected=wanted, got=f"shape {array.shape}")
    if array.dtype == np.bool_:
        return array
    if array.dtype.kind not in "iuf":
        raise RasterError("Spikes are not numbers.", expected=wanted, got=f"type {array.dtype}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise RasterError(
            "A raster cannot hold NaN.",
            expected=wanted,
            got=f"{int(np.isnan(array).sum())} NaN in {array.size} values",
            hint="leave out the trials or bins that were not recorded",
        )
    odd = (array != 0) & (array != 1)
    if odd.any():
        is_count = bool((array[odd] > 1).all() and (array[odd] % 1 == 0).all())
        raise RasterError(
            "Spikes must be binary.",
            expected=wanted,
            got=f"{int(odd.sum()):,} of {array.size:,} values are neither 0 nor 1, such "
            f"as {array[odd][0]:g}; they range from {array.min():g} to {array.max():g}",
            hint="if these are counts of spikes, counts > 0 says which bins hold any; narrower "
            "bins lose fewer"
            if is_count
            else "rates, calcium traces and spike times are not spikes in bins",
        )
    return array.astype(bool)


def _as_bin_width(value: float) -> float:
    width = float(value)
    if not (np.isfinite(width) and width > 0):
        raise RasterError(
            "The bin width is not a duration.",
            expected="a positive number of seconds",
            got=f"{width:g}",
            hint="--bin-width 0.02 for 20 ms",
        )
    return width
