"""Sampling for scripts: the same rasters as from the command line, and jobs that can be held."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions
from neuroqgan.errors import ConfigError, PlanError
from neuroqgan.jobs.context import JobContext
from neuroqgan.models.base import Generator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.sampling.raster_job import estimate, sample, submit

SHAPE = (6, 3, 4)


def _generator(preset: str, **changes: object) -> Generator:
    generator = build_generator(GeneratorSpec.of(preset, 4, 3, 0.02, **changes))
    generator.initialise(np.full(4, 0.3), 1)
    return generator


@pytest.mark.parametrize("preset", ["stationary", "history", "memory", "spiqgan"])
def test_any_generator_is_sampled_by_the_same_call(preset: str) -> None:
    generator = _generator(preset)
    raster = sample(generator, 6, "aer", seed=2)
    assert raster.spikes.shape == SHAPE
    assert raster.bin_width == 0.02
    context = JobContext()
    n_jobs = context.store.count()
    assert n_jobs == (3 if preset == "history" else 1)
    # The same raster is found again, and another seed is another raster.
    assert sample(generator, 6, "aer", seed=2) == raster
    assert context.store.count() == n_jobs
    assert sample(generator, 6, "aer", seed=3) != raster


def test_a_raster_may_be_longer_than_the_training_windows() -> None:
    assert sample(_generator("stationary"), 5, "exact", n_bins=7).spikes.shape == (5, 7, 4)
    assert sample(_generator("history"), 5, "aer", n_bins=4).spikes.shape == (5, 4, 4)


def test_a_job_says_how_far_it_is() -> None:
    job = submit(_generator("stationary"), 6, "aer")
    assert job.status == "retrieved"
    assert repr(job) == f"RasterJob({job.id[:8]} on aer, retrieved)"
    assert job.id in job._repr_html_()
    assert JobContext().store.get(job.id).n_samples == 6
    bin_by_bin = submit(_generator("history"), 6, "aer")
    assert "1 of 3 bins" in repr(bin_by_bin) or "0 of 3 bins" in repr(bin_by_bin)
    assert bin_by_bin.result().spikes.shape == SHAPE
    assert bin_by_bin.status == "retrieved"


def test_an_estimate_can_be_read() -> None:
    planned = estimate(_generator("stationary"), 100, "fake_nairobi")
    assert planned.n_requests == 1
    assert planned.seconds > 2
    assert "QPU time" in str(planned)
    assert "<table>" in planned._repr_html_()
    history = estimate(_generator("history"), 100, "fake_nairobi")
    assert history.n_requests == 3
    assert "3, one per bin" in str(history)
    calibrated = estimate(
        _generator("history"), 100, "fake_nairobi", options=JobOptions(mitigate="readout")
    )
    # With the first bins alone.
    assert calibrated.total.calibration_shots == 4000


def test_what_makes_no_sense_is_refused() -> None:
    generator = _generator("stationary")
    with pytest.raises(PlanError, match="ideal simulator"):
        estimate(generator, 10, "aer")
    with pytest.raises(ConfigError, match="n_samples"):
        sample(generator, 0, "aer")
    with pytest.raises(ConfigError, match="measures all bins") as caught:
        sample(generator, 5, "aer", bins_per_job=2)
    assert "`bins_per_job`" in caught.value.hint
    with pytest.raises(ConfigError, match="No circuit of this generator"):
        sample(_generator("history"), 5, "aer", bins_per_job=2)
