"""Requests: known again, divided at limits, given up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.protocol import Limits
from neuroqgan.errors import JobStateError, NotReadyError
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.existing_requests import find_existing
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.submission import send
from tests.jobs.conftest import StubService, make_request


def test_the_same_request_is_known_again(context: JobContext, service: StubService) -> None:
    request = make_request()
    assert find_existing(context, request.request_hash) == []
    (job,) = prepare(context, request, service)
    job = send(context, job, service)
    assert find_existing(context, request.request_hash) == [job]
    service.finish()
    job = retrieve(context, job)
    assert find_existing(context, make_request().request_hash) == [job]
    others = [
        make_request(n_samples=6),
        make_request(placement=Placement(max_tiles=1)),
        make_request(options=JobOptions(twirling="both")),
        replace(make_request(), seed=8),
        make_request("ibm_other"),
    ]
    assert len({request.request_hash, *(other.request_hash for other in others)}) == 6
    assert make_request(options=JobOptions(private=True)).request_hash == request.request_hash
    context.payloads.remove(job.id, BITS)
    assert find_existing(context, request.request_hash) == []


def test_a_request_beyond_the_limits_is_several_jobs(
    context: JobContext, service: StubService
) -> None:
    service.limits = Limits(max_executions=5)
    jobs = prepare(context, make_request(), service)
    assert [(job.first_sample, job.samples, job.parts) for job in jobs] == [
        (0, 2, 3),
        (2, 2, 3),
        (4, 1, 3),
    ]
    jobs = [send(context, job, service) for job in jobs]
    service.finish()
    first = retrieve(context, jobs[0])
    with pytest.raises(NotReadyError):
        decode_request(context, [first, *jobs[1:]])
    jobs = [first, *(retrieve(context, job) for job in jobs[1:])]
    raster = decode_request(context, jobs[::-1]).raster
    assert raster.spikes.shape == (5, 3, 3)
    for job in jobs:
        (stub,) = [stub for stub in service.jobs.values() if stub.tag == job.tag]
        part = context.layout(job).layout.decode(stub.bits)
        rows = slice(job.first_sample, job.first_sample + job.samples)
        assert np.array_equal(raster.spikes[rows], part.spikes)
    context.store.forget(jobs[1])
    with pytest.raises(JobStateError, match="deleted"):
        decode_request(context, [jobs[0], jobs[2]])
