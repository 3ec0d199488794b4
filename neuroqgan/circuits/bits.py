"""Bit order: the one place where sampler bits become raster columns.

Qiskit prints and packs classical bit 0 last, so the integer value of an outcome has bit 0 as its
least significant one. Raster columns run the other way: column 0 is neuron 0, qubit 0, classical
bit 0. Everything that decodes outcomes calls `columns_from_hex`, `columns_from_integers` or
`columns_from_packed`.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Integers are faster for outcomes this short; up to 63 bits the results are the same.
_SHORT = 16


def columns_from_hex(outcomes: Sequence[str], n_bits: int) -> NDArray[np.bool_]:
    """Decode outcomes as Aer writes them, of any number of bits.

    Parameters
    ----------
    outcomes
        Hexadecimal integers such as ``0x1f`` (classical bit 0 least significant).
    n_bits
        Number of classical bits measured.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(len(outcomes), n_bits)``; column ``q`` is classical bit ``q``.

    Raises
    ------
    RasterError
        If an outcome does not fit into ``n_bits``.

    Examples
    --------
    >>> columns_from_hex(["0x1", "0x6"], 3)
    array([[ True, False, False],
           [False,  True,  True]])
    """
    integers = map(int, outcomes, repeat(16))
    try:
        if n_bits <= _SHORT:
            return columns_from_integers(np.fromiter(integers, np.int64), n_bits)
        n_bytes = -(-n_bits // 8)
        packed = b"".join([outcome.to_bytes(n_bytes, "big") for outcome in integers])
    except OverflowError as error:
        raise RasterError(
            "A measured outcome does not fit its register.",
            expected=f"integers below 2**{n_bits}",
            got=max(outcomes, key=len),
        ) from error
    return columns_from_packed(np.frombuffer(packed, np.uint8).reshape(-1, n_bytes), n_bits)


def columns_from_integers(outcomes: NDArray[np.integer], n_bits: int) -> NDArray[np.bool_]:
    """Decode outcomes as integers (classical bit 0 least significant).

    Parameters
    ----------
    outcomes
        Integers of any shape.
    n_bits
        Number of classical bits measured.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(*outcomes.shape, n_bits)``; column ``q`` is classical bit ``q``.

    Raises
    ------
    RasterError
        If an outcome does not fit into ``n_bits``.

    Examples
    --------
    >>> columns_from_integers(np.array([4]), 3)
    array([[False, False,  True]])
    """
    if outcomes.size and (int(outcomes.min()) < 0 or int(outcomes.max()) >> n_bits):
        raise RasterError(
            "A measured outcome does not fit its register.",
            expected=f"integers below 2**{n_bits}",
            got=f"{int(outcomes.min())} to {int(outcomes.max())}",
        )
    shifts = np.arange(n_bits, dtype=np.int64)
    return ((outcomes[..., None].astype(np.int64) >> shifts) & 1).astype(bool)


def columns_from_packed(array: NDArray[np.uint8], n_bits: int) -> NDArray[np.bool_]:
    """Decode the packed bytes of a Qiskit `BitArray` (big-endian, left padded).

    Parameters
    ----------
    array
        ``BitArray.array``, shape ``(..., ceil(n_bits / 8))``.
    n_bits
        ``BitArray.num_bits``.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(..., n_bits)``; column ``q`` is classical bit ``q``.

    Raises
    ------
    RasterError
        If the number of bytes does not fit ``n_bits``, or bits beyond them are set.

    Examples
    --------
    >>> columns_from_packed(np.array([[3]], np.uint8), 2)
    array([[ True,  True]])
    """
    n_bytes = -(-n_bits // 8)
    if array.dtype != np.uint8 or array.shape[-1] != n_bytes:
        raise RasterError(
            "Packed outcomes do not fit their register.",
            expected=f"{n_bytes} bytes of uint8 in the last dimension",
            got=f"{array.shape[-1]} of {array.dtype}",
        )
    bits = np.unpackbits(array, axis=-1)
    padding = 8 * n_bytes - n_bits
    if bits[..., :padding].any():
        raise RasterError(
            "A measured outcome does not fit its register.",
            expected=f"integers below 2**{n_bits}",
            got="bits beyond the register",
        )
    return bits[..., padding:][..., ::-1].astype(bool)
