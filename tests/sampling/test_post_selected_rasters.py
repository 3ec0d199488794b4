"""Rasters of a generator whose samples are post-selected."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.backends.options import JobOptions
from neuroqgan.covariates import CovariateWindows, trial_time
from neuroqgan.errors import PlanError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_raster
from neuroqgan.models.covariate_spec import CovariateSpec
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.sampling.raster_job import submit
from tests.jobs.conftest import context, service  # noqa: F401  # fixtures


def test_samples_keep_their_covariates(context: JobContext) -> None:  # noqa: F811
    windows = CovariateWindows.whole_trials(trial_time(3, 0.02), 40)
    windows = CovariateWindows(windows.covariates, windows.trials, np.arange(40) % 2, 2)
    generator = HistoryGenerator(
        n_neurons=2,
        n_bins=2,
        bin_width=0.02,
        past="one-bin",
        covariates=CovariateSpec.of(windows),
        covariate_dimensions=1,
    )
    with torch.no_grad():
        for weight in generator.parameters():
            weight.fill_(0.3)
    # With `node`, a readout error of any qubit drops a sample.
    options = JobOptions(postselect="node")
    job = submit(generator.given(windows), 40, "fake_fractional", options=options, context=context)
    raster = job.result()
    assert 0 < raster.n_samples < 40
    seen = raster.covariates
    assert seen is not None
    passed = decode_raster(context, context.store.find()[:1]).passed
    assert passed is not None
    assert passed.sum() == raster.n_samples
    assert np.array_equal(seen.starts, windows.starts[passed])


def test_what_cannot_be_checked_is_refused_before_anything_is_made(
    context: JobContext,  # noqa: F811
) -> None:
    generator = MemoryGenerator(n_neurons=2, n_bins=3, bin_width=0.02, n_memory=1)
    with pytest.raises(PlanError, match="before their end"):
        submit(
            generator,
            5,
            "fake_fractional",
            options=JobOptions(postselect="edge"),
            context=context,
        )
    assert context.store.count() == 0
