"""Bit order of measured outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.primitives import BitArray

from neuroqgan.circuits.bits import columns_from_hex, columns_from_integers, columns_from_packed
from neuroqgan.errors import RasterError


@given(st.lists(st.integers(0, 2**11 - 1), min_size=1, max_size=20))
def test_both_decoders_agree(outcomes: list[int]) -> None:
    bits = columns_from_integers(np.array(outcomes), 11)
    packed = BitArray.from_samples(outcomes, 11)
    assert np.array_equal(columns_from_packed(packed.array, packed.num_bits), bits)
    assert [sum(1 << q for q in np.flatnonzero(row)) for row in bits] == outcomes


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2**n - 1))))
def test_long_outcomes(case: tuple[int, int]) -> None:
    n_bits, outcome = case
    bits = columns_from_hex([hex(outcome), "0x0"], n_bits)
    assert bits.shape == (2, n_bits)
    assert sum(1 << int(q) for q in np.flatnonzero(bits[0])) == outcome
    assert not bits[1].any()


@pytest.mark.parametrize("n_bits", [3, 16, 17, 64, 160])
def test_outcomes_beyond_the_register_are_refused(n_bits: int) -> None:
    for outcome in (2**n_bits, 2 ** (n_bits + 70)):
        with pytest.raises(RasterError, match="register"):
            columns_from_hex([hex(outcome)], n_bits)


def test_outcomes_that_do_not_fit_say_so() -> None:
    for outcome in (8, -1):
        with pytest.raises(RasterError, match="register"):
            columns_from_integers(np.array([outcome]), 3)
    for array in (np.zeros((1, 2), np.uint8), np.zeros((1, 1), np.int64), np.full((1, 1), 8, "u1")):
        with pytest.raises(RasterError, match="register"):
            columns_from_packed(array, 3)


def test_no_outcomes_are_no_bits() -> None:
    assert columns_from_integers(np.zeros((0,), int), 3).shape == (0, 3)
    assert columns_from_hex([], 3).shape == (0, 3)
    assert columns_from_hex([], 20).shape == (0, 20)


def test_integers_of_any_shape() -> None:
    outcomes = np.arange(6).reshape(2, 3)
    assert columns_from_integers(outcomes, 3)[1, 2].tolist() == [True, False, True]
    several = np.zeros((2, 3, 2), np.uint8)
    several[1, 2, 0] = 0b100
    assert np.argwhere(columns_from_packed(several, 11)).tolist() == [[1, 2, 10]]
    # Two bytes, of which the first holds the three highest bits.
    packed = np.array([[0b101, 0b11]], np.uint8)
    assert np.flatnonzero(columns_from_packed(packed, 11)[0]).tolist() == [0, 1, 8, 10]
