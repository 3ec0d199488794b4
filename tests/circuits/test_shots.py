"""Which samples share a row, and where each is measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.backends.twirling import divisible_shots, randomizations
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.circuits.shots import MAX_SURPLUS, arrange, equal_samples


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=80),
    st.integers(1, 7),
    st.none() | st.integers(1, 9),
)
def test_every_sample_is_measured_once_with_its_own_angles(
    names: list[int], n_places: int, most: int | None
) -> None:
    group = np.unique(names, return_inverse=True)[1]
    found = arrange(group, n_places, most_shots=most)
    n_rows = len(found.rows)
    assert found.rows.shape == (n_rows, n_places)
    assert found.shots <= (most or len(group))
    sample = found.samples
    if not len(sample):
        sample = np.arange(n_rows * found.shots * n_places)
        sample[len(group) :] = -1
    slots = sample.reshape(n_rows, found.shots, n_places)
    assert sorted(slots[slots >= 0]) == list(range(len(group)))
    row, _, place = np.nonzero(slots >= 0)
    assert np.array_equal(group[slots[slots >= 0]], group[found.rows[row, place]])
    fewest = -(-len(group) // n_places)
    if most is None:
        assert n_rows * found.shots <= max(fewest, (1 + MAX_SURPLUS) * fewest)
        assert n_rows <= fewest


def test_groups_of_equal_size_fill_their_rows() -> None:
    found = arrange(np.repeat(np.arange(20), 50))
    assert (found.shots, len(found.rows)) == (50, 20)
    side_by_side = arrange(np.repeat(np.arange(20), 50), 7)
    # 150 cells of seven samples lie on 22 pages of seven: four shots are lost in all.
    assert len(side_by_side.rows) * side_by_side.shots <= 145


def test_samples_are_equal_if_all_their_batches_are() -> None:
    sample, first_bin = np.arange(4), np.zeros(4, int)
    columns = ([[0.0, 1], [-0.0, 1], [0, 1], [0, 2]], [[5.0, 5], [5, 5], [6, 5], [5, 5]])
    batches = tuple(
        CellBatch(CellAnsatz(2, 1).circuit(), np.array(angles), sample, first_bin, neurons)
        for angles, neurons in zip(columns, ((0, 1), (2, 3)), strict=True)
    )
    assert equal_samples(Program(batches, (4, 1, 4), 0.02)).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("shots", [1, 7, 32, 33, 37, 64, 997, 1000, 10_007])
def test_random_circuits_share_the_shots_evenly(shots: int) -> None:
    more = divisible_shots(shots)
    assert shots <= more <= shots + max(1, shots // 33)
    assert more % randomizations(more) == 0
    assert randomizations(more) >= min(shots, 16)
