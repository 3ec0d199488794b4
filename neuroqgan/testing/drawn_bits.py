"""How bits are drawn: at random from a seed, or by simulating the circuits."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.testing.pubs import Pub

Draw = Literal["random", "simulate"]


def draw_bits(pubs: Sequence[Pub], draw: Draw, seed: int, job_id: str) -> list[NDArray[np.bool_]]:
    """Draw the bits of a job's circuits, each ``(n_rows * shots, n_bits)``.

    The shots of a row follow each other; column `i` is classical bit `i`.
    """
    random = np.random.default_rng([seed, zlib.crc32(job_id.encode())])
    if draw == "random":
        return [
            random.integers(0, 2, (pub.executions, pub.n_bits), dtype=np.uint8).astype(bool)
            for pub in pubs
        ]
    from neuroqgan.testing.simulated_bits import simulate

    return [simulate(pub, random) for pub in pubs]
