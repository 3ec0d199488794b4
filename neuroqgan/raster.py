"""Spike rasters: booleans of shape (n_samples, n_bins, n_neurons) and a bin width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SpikeRaster:
    """Spikes of a population in discrete time.

    A recording is a raster whose samples are its trials; a window is a raster whose samples are
    short stretches of one; what a generator emits is a raster of independent samples.

    Parameters
    ----------
    spikes
        Booleans of shape ``(n_samples, n_bins, n_neurons)``; true where a neuron spiked. Integers
        and floats are accepted where every value is 0 or 1.
    bin_width
        Width of a bin in seconds.

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
    """

    spikes: NDArray[np.bool_]
    bin_width: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "spikes", _as_spikes(self.spikes))
        object.__setattr__(self, "bin_width", _as_bin_width(self.bin_width))

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
    def silent_neurons(self) -> tuple[int, ...]:
        """Indices of the neurons that never fire."""
        return tuple(np.flatnonzero(~self.spikes.any(axis=(0, 1))).tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpikeRaster):
            return NotImplemented
        return self.bin_width == other.bin_width and np.array_equal(self.spikes, other.spikes)

    __hash__ = None  # type: ignore[assignment]  # arrays are mutable

    def __repr__(self) -> str:
        return (
            f"SpikeRaster({self.n_samples} samples x {self.n_bins} bins x {self.n_neurons} "
            f"neurons, bin_width={self.bin_width:g} s)"
        )

    def select(self, neurons: Sequence[int]) -> SpikeRaster:
        """Return the raster of the neurons at ``neurons``, in that order.

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
                got=", ".join(map(str, missing)),
                hint=f"--neurons 0:{self.n_neurons}",
            )
        if len(set(chosen)) < len(chosen):
            raise RasterError("A neuron was chosen twice.", expected=valid, got=str(chosen))
        return SpikeRaster(self.spikes[:, :, chosen], self.bin_width)

    def take(self, samples: NDArray[np.integer] | slice) -> SpikeRaster:
        """Return the raster of some samples.

        Raises
        ------
        RasterError
            If none is left.
        """
        return SpikeRaster(self.spikes[samples], self.bin_width)

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
        return SpikeRaster(cut.reshape(-1, n_bins, self.n_neurons), self.bin_width)

    def packed(self) -> NDArray[np.uint8]:
        """Return the spikes as bytes, eight bits each, in C order (see `from_packed`)."""
        return np.packbits(self.spikes.reshape(-1))

    @classmethod
    def from_packed(
        cls, data: NDArray[np.uint8], shape: tuple[int, int, int], bin_width: float
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
        return cls(bits.reshape(shape), bin_width)


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
        raise RasterError(
            "Spikes must be binary.",
            expected=wanted,
            got=f"values from {array.min():g} to {array.max():g}, e.g. {array[odd][0]:g}",
            hint="clip spike counts with (counts > 0), or use smaller bins",
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
