"""Bits brought home, and decoded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.remote import Execution
from neuroqgan.errors import (
    JobFailedError,
    NotReadyError,
    PayloadError,
    ResultLostError,
    ServiceError,
)
from neuroqgan.jobs.codec import ANGLES, BITS
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.existing_requests import find_existing
from neuroqgan.jobs.fetching import fetch
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import send
from tests.jobs.conftest import StubService, died, planned


def test_the_raster_is_what_the_service_drew(context: JobContext, service: StubService) -> None:
    job = send(context, planned(context, service, options=JobOptions(mitigate="readout")), service)
    assert (job.state, job.provider_id, job.seconds) == (JobState.QUEUED, "stub0", 1.5)
    with pytest.raises(NotReadyError, match="not finished"):
        retrieve(context, job)
    service.finish()
    job = retrieve(context, job)
    assert job.state is JobState.RETRIEVED
    spikes = decode_request(context, [job])
    drawn = service.jobs["stub0"].bits
    layout = context.layout(job)
    n_pages = len(layout.layout.pages)
    assert np.array_equal(spikes.raster.spikes, layout.layout.decode(drawn[:n_pages]).spikes)
    assert len(drawn) > n_pages
    # Random bits calibrate nothing, which costs the correction and not the raster.
    assert spikes.flips is None
    assert "cannot be corrected" in spikes.warning
    # Again, and without the service.
    service.down = ServiceError("Nobody there.")
    assert retrieve(context, job) == job
    assert decode_request(context, [context.store.get(job.id)]).raster == spikes.raster
    assert service.fetched == 1
    # The angles are part of the measurement, which may be published.
    assert context.payloads.exists(job.id, ANGLES)


def test_failures_say_why(context: JobContext, service: StubService) -> None:
    job = send(context, planned(context, service), service)
    service.jobs["stub0"].execution = Execution.FAILED
    service.jobs["stub0"].message = "the fridge is warm"
    with pytest.raises(JobFailedError, match="without a result") as caught:
        retrieve(context, job)
    assert "the fridge is warm" in str(caught.value)
    assert context.store.get(job.id).message == "the fridge is warm"
    assert find_existing(context, job.request_hash) == []
    with pytest.raises(JobFailedError):
        decode_request(context, [context.store.get(job.id)])


def test_a_result_that_is_gone_is_lost(context: JobContext, service: StubService) -> None:
    job = send(context, planned(context, service), service)
    service.finish()
    job = refresh(context, job)
    service.jobs.clear()
    with pytest.raises(ResultLostError):
        fetch(context, job)
    job = context.store.get(job.id)
    assert job.state is JobState.LOST
    # It is asked for again whenever somebody wants it.
    with pytest.raises(ResultLostError, match="does not know"):
        retrieve(context, job)
    assert service.fetched == 2
    assert context.store.get(job.id).state is JobState.LOST


def test_bits_that_were_stored_before_a_crash_are_not_fetched_again(
    context: JobContext, service: StubService
) -> None:
    job = send(context, planned(context, service), service)
    service.finish()
    done = refresh(context, job)
    fetched = fetch(context, done)
    again = died(context, replace(done, version=done.version))
    assert retrieve(context, again).bits_sha256 == fetched.bits_sha256
    assert service.fetched == 1


def test_damaged_bits_are_refused(context: JobContext, service: StubService) -> None:
    job = send(context, planned(context, service), service)
    service.finish()
    job = retrieve(context, job)
    context.payloads.write(job.id, BITS, b"other bytes")
    with pytest.raises(PayloadError, match="damaged"):
        decode_request(context, [job])
