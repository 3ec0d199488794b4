"""Paths of a latent Markov chain, drawn bin by bin and taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.seeding import as_generator
from neuroqgan.simulation.statevector.amplitudes import jit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Values = NDArray[np.uint8]


class LatentPaths:
    """Draws paths, and keeps the last that were asked for.

    A walk over a raster asks for the same paths in every round, a bin longer each time: only the
    new bins are then drawn. Of other seeds, samples or chains nothing is kept.
    """

    def __init__(self) -> None:
        self._kept_for: tuple[Any, ...] = ()
        self._bins: list[Values] = []

    def draw(
        self,
        chain: Floats,
        n_samples: int,
        n_bins: int,
        stream: Callable[[int], np.random.SeedSequence],
    ) -> list[Values]:
        """Return the values of every bin.

        Parameters
        ----------
        chain
            Probability of the next value by rows, ``(n_values, n_values)``; of up to 256 values.
        n_samples, n_bins
            How many paths, and of which length.
        stream
            The seed of a bin. The same seeds give the same paths, whatever their length.

        Returns
        -------
        list
            For every bin the index of each sample's value, ``(n_samples,)``; not to be changed.
            The first is drawn from the values' long-term shares.
        """
        asked = (n_samples, chain.tobytes(), stream(0).generate_state(8).tobytes())
        if asked != self._kept_for:
            self._kept_for, self._bins = asked, []
        edges = chain.cumsum(1)
        for t in range(len(self._bins), n_bins):
            levels = as_generator(stream(t)).random(n_samples)
            if t == 0:
                likely = np.linalg.matrix_power(chain, 1 << 20)[:1].cumsum(1)
                values = _next(np.zeros(n_samples, np.uint8), likely / likely[:, -1:], levels)
            else:
                values = _next(self._bins[-1], edges / edges[:, -1:], levels)
            self._bins.append(values)
        return self._bins[:n_bins]


@jit()
def _next(before: Values, edges: Floats, levels: Floats) -> Values:
    """Return how many edges of the value before lie below each level; the last one never does."""
    values = np.empty(len(levels), np.uint8)
    for s in range(len(levels)):
        value = 0
        for z in range(edges.shape[1] - 1):
            value += 1 if levels[s] >= edges[before[s], z] else 0
        values[s] = value
    return values
