from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.evaluation.memorisation import (
    FEWEST_WINDOWS,
    _memorised,
    _pairs,
    _sizes,
    nearest_training_distance,
)
from neuroqgan.raster import SpikeRaster


def _random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_distances_by_brute_force() -> None:
    # All windows have three spikes, so that any generated one may be paired with any real one.
    def windows(n: int, seed: int) -> SpikeRaster:
        order = np.random.default_rng(seed).permuted(np.tile(np.arange(12), (n, 1)), axis=1)
        return SpikeRaster((order < 3).reshape(n, 4, 3), 0.02)

    # More than the 500 rows that are compared at a time.
    generated, training, held_out = windows(700, 0), windows(30, 1), windows(700, 2)
    found = nearest_training_distance(generated, training, held_out)
    assert found is not None
    assert found.n_compared == 700
    for raster, mean, median, copied in (
        (generated, found.generated_mean, found.generated_median, found.copied_fraction),
        (held_out, found.held_out_mean, found.held_out_median, found.held_out_copied_fraction),
    ):
        gaps = (training.spikes[None] != raster.spikes[:, None]).sum((2, 3)).min(1)
        assert mean == pytest.approx(gaps.mean())
        assert median == np.median(gaps)
        assert copied == pytest.approx((gaps == 0).mean())
    few = nearest_training_distance(generated, training, held_out, max_samples=50)
    assert few is not None
    assert few.n_compared == 50


def test_windows_are_paired_with_those_of_as_many_spikes() -> None:
    mine, partners = _pairs(
        np.array([1, 5, 5, 5, 9], np.float32), np.array([5, 1, 5, 7, 7], np.float32), _random()
    )
    assert sorted(mine.tolist()) == [0, *sorted(mine[1:].tolist())]
    assert len(set(mine[1:].tolist()) & {1, 2, 3}) == 2
    assert dict(zip(mine.tolist(), partners.tolist(), strict=True))[0] == 1
    assert sorted(partners.tolist()) == [0, 1, 2]
    # Which of several windows are paired is a matter of chance.
    many = [np.full(40, 3, np.float32), np.full(10, 3, np.float32)]
    one, other = (_pairs(*many, np.random.default_rng(seed))[0].tolist() for seed in (0, 1))
    assert one != other


def test_numbers_of_spikes_within_five_percent_count_as_the_same() -> None:
    small = np.arange(1, 20, dtype=np.float32)
    assert _sizes(small).tolist() == small.tolist()
    assert len(set(_sizes(np.arange(20, 400, dtype=np.float32)).tolist())) == pytest.approx(
        60, abs=2
    )
    wide = _sizes(np.array([400, 440], np.float32))
    assert wide[1] - wide[0] == 2


def test_windows_without_spikes_are_left_out(make_raster) -> None:
    spikes = make_raster(60, rate=0.3).spikes.copy()
    spikes[::2] = False
    half = SpikeRaster(spikes, 0.02)
    found = nearest_training_distance(half, half, half)
    assert found is not None
    assert found.n_compared == 30


@pytest.mark.parametrize("n", [FEWEST_WINDOWS - 1, FEWEST_WINDOWS])
def test_a_verdict_needs_enough_pairs(make_raster, n: int) -> None:
    raster = make_raster(n)
    found = nearest_training_distance(raster, raster, raster)
    assert found is not None
    assert (found.memorised is None) == (n < FEWEST_WINDOWS)


def test_when_windows_are_memorised() -> None:
    real = np.tile([3.0, 4.0, 5.0], 40)
    # Markedly closer, in mean and not by chance.
    assert _memorised(0.6 * real, real)
    assert not _memorised(0.75 * real, real)
    assert not _memorised(0.6 * real[:2], real[:2])

    # Equal means: more copies than the real windows have, by a tenth and not by chance.
    def with_copies(n: int) -> np.ndarray:
        near = np.full(120, 4.0)
        near[:n] = 0
        return near

    for copies, memorised in ((12, False), (13, True), (0, False)):
        near = with_copies(copies)
        near[copies:] *= 120 / (120 - copies)
        assert _memorised(near, with_copies(0)) is memorised, copies
    assert not _memorised(with_copies(40), with_copies(40))
    assert not _memorised(with_copies(30), with_copies(60))
    assert not _memorised(np.array([0.0, 8.0, 4.0]), np.array([4.0, 4.0, 4.0]))


@pytest.mark.parametrize(("copies", "real_copies", "memorised"), [(8, 1, True), (9, 2, False)])
def test_copies_beyond_chance_by_fishers_exact_test(
    copies: int, real_copies: int, memorised: bool
) -> None:
    # Of 20 windows each: p = 0.0098 and 0.0155, at a level of 0.01; the means are equal.
    near, real = np.full(20, 1 / (20 - copies)), np.full(20, 1 / (20 - real_copies))
    near[:copies] = real[:real_copies] = 0
    assert _memorised(near, real) is memorised
