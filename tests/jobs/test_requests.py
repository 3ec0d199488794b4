"""Requests: known again, divided at limits, given up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.errors import JobStateError, NotReadyError
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.completion import complete
from neuroqgan.jobs.context import JobDesk
from neuroqgan.jobs.request import earlier, prepare
from neuroqgan.jobs.retrieval import decode
from neuroqgan.jobs.submission import send
from tests.jobs.conftest import StubService, make_request


def test_the_same_request_is_known_again(desk: JobDesk, service: StubService) -> None:
    request = make_request()
    assert earlier(desk, request.identity) == []
    (job,) = prepare(desk, request, service)
    job = send(desk, job, service)
    assert earlier(desk, request.identity) == [job]
    service.finish()
    job = complete(desk, job)
    assert earlier(desk, make_request().identity) == [job]
    others = [
        make_request(n_samples=6),
        make_request(placement=Placement(max_tiles=1)),
        make_request(options=JobOptions(twirling="both")),
        replace(make_request(), seed=8),
        make_request("ibm_other"),
    ]
    assert len({request.identity, *(other.identity for other in others)}) == 6
    assert make_request(options=JobOptions(private=True)).identity == request.identity
    desk.payloads.remove(job.id, BITS)
    assert earlier(desk, request.identity) == []


def test_a_request_beyond_the_limits_is_several_jobs(
    desk: JobDesk, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuroqgan.backends.estimate.MOST_EXECUTIONS", 5)
    jobs = prepare(desk, make_request(), service)
    assert [(job.first_sample, job.samples, job.parts) for job in jobs] == [
        (0, 2, 3),
        (2, 2, 3),
        (4, 1, 3),
    ]
    jobs = [send(desk, job, service) for job in jobs]
    service.finish()
    first = complete(desk, jobs[0])
    with pytest.raises(NotReadyError):
        decode(desk, [first, *jobs[1:]])
    jobs = [first, *(complete(desk, job) for job in jobs[1:])]
    raster = decode(desk, jobs[::-1]).raster
    assert raster.spikes.shape == (5, 3, 3)
    for job in jobs:
        (stub,) = [stub for stub in service.jobs.values() if stub.tag == job.tag]
        part = desk.layout(job).layout.decode(stub.bits)
        rows = slice(job.first_sample, job.first_sample + job.samples)
        assert np.array_equal(raster.spikes[rows], part.spikes)
    desk.store.forget(jobs[1])
    with pytest.raises(JobStateError, match="forgotten"):
        decode(desk, [jobs[0], jobs[2]])
