"""Spikes as packed bytes, eight bits each: how they are stored and hashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pack(spikes: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return spikes as bytes, eight bits each.

    Parameters
    ----------
    spikes
        Booleans of any shape.

    Returns
    -------
    NDArray
        ``uint8`` of shape ``(ceil(spikes.size / 8),)``, in C order; the last byte is filled up with
        zeros.

    Examples
    --------
    >>> pack(np.array([True, False, True]))
    array([160], dtype=uint8)
    """
    return np.packbits(spikes.reshape(-1))


def unpack(data: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Undo `pack`.

    Parameters
    ----------
    data
        The bytes, ``uint8``.
    shape
        ``(n_samples, n_bins, n_neurons)``.

    Raises
    ------
    RasterError
        If the number of bytes does not fit the shape.

    Examples
    --------
    >>> unpack(np.array([160], np.uint8), (1, 3, 1)).ravel().tolist()
    [True, False, True]
    """
    n_bits = int(np.prod(shape))
    if data.dtype != np.uint8 or data.size != -(-n_bits // 8):
        raise RasterError(
            "Packed spikes do not fit their shape.",
            expected=f"{-(-n_bits // 8)} bytes of uint8 for shape {shape}",
            got=f"{data.size} values of {data.dtype}",
        )
    return np.unpackbits(data, count=n_bits).astype(bool).reshape(shape)
