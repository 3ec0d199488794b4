"""The size of a request, as it was estimated and as it was sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import make_url

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.store import JobStore
from neuroqgan.models.base import Generator
from neuroqgan.sampling.raster_job import submit
from tests.backends.ibm.conftest import Start

_OPTIONS = [
    pytest.param(JobOptions(mitigate="readout"), id="readout"),
    pytest.param(JobOptions(dynamical_decoupling="XY4"), id="XY4", marks=pytest.mark.slow),
    pytest.param(JobOptions(twirling="both"), id="twirled"),
]


@pytest.mark.parametrize("options", _OPTIONS)
def test_the_estimate_is_what_is_sent(start: Start, tmp_path: Path, options: JobOptions) -> None:
    server = start(["ibm_fez"])
    context = JobContext(
        JobStore(make_url("sqlite://")), PayloadStore((tmp_path / "payloads").as_uri())
    )
    generator = Generator("stationary", n_neurons=4, n_bins=4, bin_width=0.02)
    generator.initialise(np.full(4, 0.1), 0)
    submit(generator, 300, "ibm_fez", options=options, context=context)
    (job,) = context.store.find()
    (sent,) = server.jobs.values()
    assert job.estimate["payload_bytes"] == pytest.approx(sent.n_bytes, rel=0.1)
    # Before the angles are known, those of a generator that was trained are assumed.
    plan = generator.estimate(300, backend="ibm_fez", options=options)
    assert plan.total.payload_bytes == pytest.approx(sent.n_bytes, rel=0.1)


@pytest.mark.slow
def test_the_estimate_of_a_long_circuit(start: Start, tmp_path: Path) -> None:
    server = start(["ibm_fez"])
    context = JobContext(
        JobStore(make_url("sqlite://")), PayloadStore((tmp_path / "payloads").as_uri())
    )
    generator = Generator("memory", n_neurons=3, n_bins=8, bin_width=0.02)
    generator.initialise(np.full(3, 0.1), 0)
    submit(generator, 40, "ibm_fez", placement=Placement(max_tiles=4), context=context)
    (job,) = context.store.find()
    (sent,) = server.jobs.values()
    assert sent.n_bytes > 100_000
    assert job.estimate["payload_bytes"] == pytest.approx(sent.n_bytes, rel=0.1)
