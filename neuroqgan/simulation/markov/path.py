"""Paths of a latent Markov chain, drawn bin by bin and taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan import checks
from neuroqgan.seeding import as_generator
from neuroqgan.simulation.markov.stationary import stationary_distribution
from neuroqgan.simulation.statevector.amplitudes import jit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Values = NDArray[np.uint8]


def draw_next(
    before: NDArray[np.integer], cumulative: Floats, levels: NDArray[np.float64]
) -> Values:
    """Draw the next value of many Markov chains.

    Parameters
    ----------
    before
        Index of the value of each chain, ``(n_samples,)``.
    cumulative
        Cumulative probability of the next value by rows, ``(n_values, n_values)``, of at most 256
        values; rows need not end at one.
    levels
        Uniform numbers in [0, 1), one per chain, ``(n_samples,)``.

    Returns
    -------
    numpy.ndarray
        Index of the next value, ``(n_samples,)``.

    Raises
    ------
    InputError
        If there is not one level per chain.

    Examples
    --------
    >>> cumulative = np.array([[0.9, 1.0], [0.3, 1.0]])
    >>> draw_next(np.array([0, 0, 1]), cumulative, np.array([0.5, 0.95, 0.5])).tolist()
    [0, 1, 1]
    """
    checks.shape("levels", levels.shape, n_samples=len(before))
    drawn: Values = _next(before, cumulative / cumulative[:, -1:], levels)
    return drawn


class LatentPaths:
    """Draws paths, and keeps the last that were asked for.

    A walk over a raster asks for the same paths once per bin, one bin longer each time: only the
    new bins are then drawn. Nothing is kept for other seeds, numbers of samples or chains.
    """

    def __init__(self) -> None:
        self._kept_for: tuple[Any, ...] = ()
        self._bins: list[Values] = []

    def draw(
        self,
        transition_matrix: Floats,
        n_samples: int,
        n_bins: int,
        stream: Callable[[int], np.random.SeedSequence],
    ) -> list[Values]:
        """Return the values of every bin.

        Parameters
        ----------
        transition_matrix
            Probability of the next value by rows, ``(n_values, n_values)``, of at most 256 values.
        n_samples, n_bins
            Number of paths, and their length.
        stream
            Seed of a bin. The same seeds give the same paths, whatever their length.

        Returns
        -------
        list of numpy.ndarray
            For every bin the index of each sample's value, ``(n_samples,)``; not to be changed.
            The first is drawn from the stationary distribution.

        Raises
        ------
        InputError
            If the matrix is not square.
        """
        key = (n_samples, transition_matrix.tobytes(), stream(0).generate_state(8).tobytes())
        if key != self._kept_for:
            self._kept_for, self._bins = key, []
        cumulative = transition_matrix.cumsum(1)
        for t in range(len(self._bins), n_bins):
            levels = as_generator(stream(t)).random(n_samples)
            if t == 0:
                share = stationary_distribution(torch.from_numpy(transition_matrix)).numpy()
                first = draw_next(np.zeros(n_samples, np.uint8), share.cumsum()[None], levels)
                self._bins.append(first)
            else:
                self._bins.append(draw_next(self._bins[-1], cumulative, levels))
        return self._bins[:n_bins]


@jit()
def _next(before: NDArray[np.integer], edges: Floats, levels: Floats) -> Values:
    """Return how many edges of the value before lie below each level; the last one never does."""
    values = np.empty(len(levels), np.uint8)
    for s in range(len(levels)):
        value = 0
        for z in range(edges.shape[1] - 1):
            value += 1 if levels[s] >= edges[before[s], z] else 0
        values[s] = value
    return values
