"""Cells in lanes, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neuroqgan.simulation.lanes import LANES, from_lanes, to_lanes

ROWS = st.tuples(st.integers(1, 3 * LANES), st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(-9, 9, width=32))
)


@given(rows=ROWS, repeat_last=st.booleans())
def test_there_and_back(rows: np.ndarray, repeat_last: bool) -> None:
    blocks = to_lanes(rows, repeat_last=repeat_last)
    assert blocks.shape == (-(-len(rows) // LANES), *rows.shape[1:], LANES)
    assert blocks.flags.c_contiguous
    assert blocks.dtype == rows.dtype
    assert np.array_equal(from_lanes(blocks, len(rows)), rows)
    if len(rows) % LANES:
        filling = rows[-1] if repeat_last else np.zeros_like(rows[-1])
        assert np.array_equal(blocks[-1, ..., -1], filling)


@pytest.mark.parametrize("n_parts", [1, 2, 5])
def test_parts_share_no_block(n_parts: int) -> None:
    rows = np.arange(1, 1 + n_parts * 70)
    blocks = to_lanes(rows, n_parts=n_parts)
    assert blocks.shape == (2 * n_parts, LANES)
    for part in range(n_parts):
        here = blocks[2 * part : 2 * part + 2].ravel()
        assert np.array_equal(here[:70], rows[70 * part : 70 * (part + 1)])
        assert not here[70:].any()
    assert np.array_equal(from_lanes(blocks, len(rows), n_parts=n_parts), rows)
