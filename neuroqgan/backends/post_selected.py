"""Outcomes that passed the checks of post-selection, from measured bits and their layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.page_layout import CHECK_REGISTER, REGISTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.backends.layout import Layout
    from neuroqgan.backends.page_layout import Checks, TileLayout

    Bits = NDArray[np.bool_]


def outcomes_passed(layout: Layout, bits: Sequence[Bits]) -> Bits | None:
    """Return which of the samples that were measured passed their checks.

    Parameters
    ----------
    layout
        Where the bits belong.
    bits
        See `neuroqgan.backends.layout.Layout.decode`.

    Returns
    -------
    numpy.ndarray or None
        For every sample that `Layout.decode` returns whether all of its cell circuits passed; None
        if nothing was checked.
    """
    if all(page.checks is None for page in layout.pages):
        return None
    n_shots, grids = layout.by_shot(bits)
    passed = np.ones((n_shots, layout.samples_per_shot), bool)
    n_bins = layout.n_bins // layout.samples_per_shot
    for page, grid in zip(layout.pages, grids, strict=True):
        first = 0
        for tile in page.tiles:
            here = slice(first, first + len(tile.neurons))
            if page.checks is not None:
                measured, again = grid[:, 0, here], grid[:, 0, page.n_bits :][:, here]
                place = tile.bins[0] // n_bins
                passed[:, place] &= tile_passed(tile, page.checks, measured, again)
            first += len(tile.neurons)
    return passed.ravel()


def tile_passed(tile: TileLayout, checks: Checks, measured: Bits, again: Bits) -> Bits:
    """Return which outcomes of a tile passed their checks.

    Parameters
    ----------
    tile
        Where its bits belong.
    checks
        How they are checked.
    measured, again
        Its bits, and those of the second measurement, ``(n_shots, n_bits)``.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(n_shots,)``.

    Examples
    --------
    >>> from neuroqgan.backends.page_layout import Checks, TileLayout
    >>> tile = TileLayout((0, 1, 2), (0,), (4, 5, 6), edges=((0, 1), (1, 2)))
    >>> measured = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1]], bool)
    >>> again = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1]], bool)
    >>> tile_passed(tile, Checks("node", "rx"), measured, again)
    array([ True, False, False])
    >>> tile_passed(tile, Checks("edge", "rx"), measured, again)
    array([ True,  True, False])
    """
    from qiskit_mitigation.postselection import PostSelectionSummary, PostSelector

    n_bits = measured.shape[1]
    summary = PostSelectionSummary(
        {REGISTER},
        {bit: (REGISTER, bit) for bit in range(n_bits)},
        set(map(frozenset, tile.edges)),
        measure_map_ps={bit: (CHECK_REGISTER, bit) for bit in range(n_bits)},
    )
    results = {REGISTER: measured, CHECK_REGISTER: again}
    passed: Bits = PostSelector(summary).compute_mask(results, checks.strategy)
    return passed
