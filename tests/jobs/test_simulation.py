"""Jobs that run in this process."""

from __future__ import annotations

import pytest

from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import (
    BackendError,
)
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import JobState
from tests.jobs.conftest import make_request


@pytest.mark.parametrize("backend", ["aer", "fake_nairobi"])
def test_a_simulation_that_was_interrupted_gives_the_same_bits(
    context: JobContext, backend: str
) -> None:
    request = make_request(backend, options=JobOptions(mitigate="readout"))
    whole = simulate(context, prepare(context, request, resolve(backend))[0])
    (job,) = prepare(context, request, resolve(backend))

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(context, job, on_progress=interrupt)
    job = context.store.get(job.id)
    assert (job.state, job.owner) == (JobState.RUNNING, None)
    again = retrieve(context, job)
    assert again.state is JobState.RETRIEVED
    assert again.bits_sha256 == whole.bits_sha256
    assert decode_request(context, [again]).raster == decode_request(context, [whole]).raster
    assert (decode_request(context, [again]).flips is None) is (backend == "aer")


def test_a_simulation_and_a_run_at_once_give_the_same_bits(context: JobContext) -> None:
    from neuroqgan.seeding import sampling_streams

    request = make_request("fake_nairobi")
    job = simulate(context, prepare(context, request, resolve("fake_nairobi"))[0])
    at_once = resolve("fake_nairobi").run(request.program, seed=sampling_streams(request.seed)[1])
    assert decode_request(context, [job]).raster == at_once


def test_a_backend_that_fails(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    (job,) = prepare(context, make_request("aer"), resolve("aer"))

    def fail(*_, **__):
        raise BackendError("It broke.")

    monkeypatch.setattr("neuroqgan.backends.local.aer.AerBackend.run_pages", fail)
    with pytest.raises(BackendError, match="broke"):
        simulate(context, job)
    job = context.store.get(job.id)
    assert (job.state, job.message) == (JobState.FAILED, "It broke.")
