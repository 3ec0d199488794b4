"""Raw bits as bytes: one bit each, checked, and read without pickle.

A service packs every shot into whole bytes, which for ten neurons takes 1.6 times the space. Here
all shots of a page follow one another without gaps.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.archive import Archive
from neuroqgan.errors import PayloadError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

FORMAT = 1


def pack(pages: Sequence[Bits]) -> bytes:
    """Pack the bits of pages into the bytes of an ``.npz`` file.

    Parameters
    ----------
    pages
        For every page booleans of shape ``(n_rows, n_bits)``; column ``i`` is classical bit ``i``.

    Examples
    --------
    >>> import numpy as np
    >>> pages = [np.eye(3, dtype=bool)]
    >>> np.array_equal(unpack(pack(pages))[0], pages[0])
    True
    """
    arrays = {f"page{i:04d}": np.packbits(page) for i, page in enumerate(pages)}
    shapes = np.array([page.shape for page in pages], np.int64).reshape(-1, 2)
    file = io.BytesIO()
    np.savez(file, format=np.array(FORMAT), shapes=shapes, **arrays)  # type: ignore[arg-type]  # none is allow_pickle
    return file.getvalue()


def unpack(data: bytes) -> list[Bits]:
    """Return the pages that `pack` packed.

    Returns
    -------
    list
        For every page booleans of shape ``(n_rows, n_bits)``.

    Raises
    ------
    PayloadError
        If the bytes are damaged, or have an unknown version.
    """
    try:
        file = Archive(Path("bits.npz"), io.BytesIO(data))
        version = int(file.load("format"))
        if version == FORMAT:
            shapes = [(int(rows), int(bits)) for rows, bits in file.load("shapes")]
            return [_page(file.load(f"page{i:04d}"), shape) for i, shape in enumerate(shapes)]
    except (*DAMAGE, RecordingError) as error:
        raise PayloadError(
            "The stored bits are damaged.",
            expected="an .npz file with format, shapes and pages",
            got="something else, or only a part of it",
            hint="restore the file from a copy",
        ) from error
    raise PayloadError(
        "The stored bits were written by a later version of neuroqgan.",
        expected=f"format {FORMAT}",
        got=f"format {version}",
        hint="pip install --upgrade neuroqgan",
    )


def _page(packed: NDArray[np.uint8], shape: tuple[int, int]) -> Bits:
    count = shape[0] * shape[1]
    if packed.dtype != np.uint8 or len(packed) != -(-count // 8):
        raise ValueError(f"{len(packed)} bytes of {packed.dtype} for {count} bits")
    return np.unpackbits(packed, count=count).view(np.bool_).reshape(shape)
