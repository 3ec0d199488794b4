from __future__ import annotations

import json

import numpy as np
import pytest

from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import RasterError
from neuroqgan.evaluation.comparison import compare
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.judge import judge
from neuroqgan.evaluation.memorisation import nearest_training_distance
from neuroqgan.raster import SpikeRaster


@pytest.fixture(scope="module")
def real() -> tuple[SpikeRaster, SpikeRaster, SpikeRaster]:
    """Three independent stretches of one population."""
    trials = simulate_population(6, 120, 320, seed=3)
    return tuple(trials.take(slice(i, None, 3)).windows(16) for i in range(3))


def _shuffled(raster: SpikeRaster) -> SpikeRaster:
    """Same rates, no correlations in space or time."""
    random = np.random.default_rng(0)
    return SpikeRaster(
        random.random(raster.spikes.shape) < raster.spikes.mean((0, 1)), raster.bin_width
    )


def test_real_data_against_real_data_has_a_ratio_of_about_one(real) -> None:
    for name, row in compare(*real, n_bootstrap=50).items():
        assert row.ratio_low <= row.ratio <= row.ratio_high, name
        assert row.ratio_low < 1.5, name
        assert row.ratio_high > 0.7, name


def test_independent_spikes_are_found_out(real) -> None:
    one, two, three = real
    rows = compare(_shuffled(one), two, three, n_bootstrap=10)
    for name in ("pair_covariance", "autocovariance", "lag1_cross_covariance"):
        assert rows[name].ratio > 3, name
    assert rows["spike_probability"].ratio < 5


def test_the_same_seed_gives_the_same_interval(real) -> None:
    one, again, other = (compare(*real, n_bootstrap=20, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_a_floor_of_zero_is_not_a_number(real) -> None:
    rows = compare(real[0], real[1], real[1], n_bootstrap=3)
    assert all(np.isnan(row.ratio) for row in rows.values())


def test_copies_of_the_training_windows_are_found_out(real) -> None:
    training, held_out, fresh = real
    assert not nearest_training_distance(fresh, training, held_out).memorised
    copied = nearest_training_distance(training.take(slice(0, 300)), training, held_out)
    assert copied.memorised
    assert copied.copied_fraction == 1


def test_the_nearest_window_by_brute_force(make_raster) -> None:
    training, other = make_raster(20, seed=1), make_raster(15, seed=2)
    distances = (training.spikes[None] != other.spikes[:, None]).sum((2, 3)).min(1)
    found = nearest_training_distance(other, training, other)
    assert found.generated_median == np.median(distances)


@pytest.mark.parametrize("with_training", [True, False])
def test_judgement_survives_json(real, with_training: bool) -> None:
    evaluation = judge(real[2], real[1], real[0] if with_training else None, n_bootstrap=3)
    values = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert Evaluation.from_dict(values) == evaluation
    assert evaluation.floor_source == ("training" if with_training else "halves")
    assert (evaluation.memorisation is not None) == with_training


def test_rasters_that_cannot_be_judged(make_raster) -> None:
    raster = make_raster()
    for other, message in (
        (make_raster(n_neurons=3), "neurons"),
        (make_raster(n_bins=7), "bins"),
        (SpikeRaster(raster.spikes, 0.01), "bin width"),
        (make_raster(n_samples=3), "too few"),
    ):
        with pytest.raises(RasterError, match=message):
            judge(raster, other)


def test_the_peers_against_the_recording(shared_data) -> None:
    trials = np.load(shared_data / "salamander_retina_train.npz")["spikes"][:, :, :8]
    training, held_out = (SpikeRaster(trials[i::2], 0.02).windows(16) for i in (0, 1))
    floors = {}
    for name in ("k_pairwise", "dichotomized_gaussian"):
        archive = np.load(shared_data / f"peer_{name}.npz")
        spikes = archive[archive.files[0]][None, :, :8]
        generated = SpikeRaster(spikes, 0.02).windows(16)
        rows = compare(generated, held_out, training, n_bootstrap=2)
        floors[name] = rows
    # Neither knows the order of bins beyond what its form allows; the pairwise one knows none.
    assert floors["k_pairwise"]["autocovariance"].ratio > 15
    assert floors["k_pairwise"]["lag1_cross_covariance"].ratio > 8
    assert 2 < floors["dichotomized_gaussian"]["autocovariance"].ratio < 15
    assert floors["dichotomized_gaussian"]["pair_covariance"].ratio < 2
