"""Jobs of cells that yield a whole sample in one shot: planned, stored, run, decoded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.protocol import Limits
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.program import Program
from neuroqgan.jobs.codec import LAYOUT, layout_from_bytes, payload_from_bytes, payload_to_bytes
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.payload import pack_payload
from neuroqgan.jobs.planning import plan_request
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.request_hash import describe_circuit
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.submission import send
from tests.jobs.conftest import StubService
from tests.mid_circuit import N_BINS, certain_program, some_spikes


def _request(backend: str, spikes: np.ndarray, **changes) -> Request:
    return Request(certain_program(spikes), backend, seed=7, **changes)


@pytest.mark.parametrize("equal", [False, True])
def test_a_job_on_ideal_aer(context: JobContext, equal: bool) -> None:
    spikes = np.repeat(some_spikes(1), 6, axis=0) if equal else some_spikes(6)
    (job,) = prepare(context, _request("aer", spikes), resolve("aer"))
    assert job.samples == job.n_samples == 6
    assert np.array_equal(decode_request(context, [simulate(context, job)]).raster.spikes, spikes)


def test_a_job_on_a_simulated_device_holds_samples_side_by_side(context: JobContext) -> None:
    backend = resolve("fake_nairobi")
    spikes = np.repeat(some_spikes(1), 301, axis=0)
    request = _request("fake_nairobi", spikes, options=JobOptions(mitigate="readout"))
    (job,) = prepare(context, request, backend)
    assert (job.samples, job.n_samples) == (151, 301)
    assert context.layout(job).layout.samples_per_shot == 2
    assert (job.estimate["parameter_sets"], job.estimate["shots"]) == (1, 151)
    # There are no angles: what is left is the circuits.
    assert 2_000 < job.estimate["payload_bytes"] < 30_000
    job = simulate(context, job)
    found = decode_request(context, [job])
    assert found.raster.spikes.shape == spikes.shape
    assert np.array_equal(found.raster.spikes.mean(0) > 0.5, spikes[0])
    assert found.flips is not None
    assert found.flips.p01.shape == spikes.shape
    # Samples of the same place share their qubits, those of the two places do not.
    assert np.array_equal(found.flips.p01[0], found.flips.p01[2])
    assert not np.array_equal(found.flips.p01[0], found.flips.p01[1])
    again = simulate(context, prepare(context, request, backend)[0])
    assert again.bits_sha256 == job.bits_sha256


def test_parts_are_cut_between_rows(context: JobContext, service: StubService) -> None:
    service.limits = Limits(max_executions=2)
    jobs = prepare(context, _request(service.name, some_spikes(7)), service)
    assert [job.samples for job in jobs] == [2, 2]
    assert {job.n_samples for job in jobs} == {7}
    jobs = [send(context, job, service) for job in jobs]
    service.finish()
    jobs = [retrieve(context, job) for job in jobs]
    drawn = np.concatenate([stub.bits[0] for stub in service.jobs.values()])
    layout = context.layout(jobs[0]).layout
    expected = layout.decode([drawn]).spikes[:7]
    assert np.array_equal(decode_request(context, jobs[::-1]).raster.spikes, expected)


def test_a_payload_comes_back_and_gives_the_same_bits() -> None:
    backend = resolve("fake_nairobi")
    request = _request("fake_nairobi", some_spikes(5))
    plan, program = plan_request(request, backend)
    # The plan serves a request with the same circuits, whose samples it lays in the same order.
    kept, same = plan_request(request, backend, plan)
    assert kept is plan
    assert np.array_equal(same.batches[0].angles, program.batches[0].angles)
    payload = pack_payload(program, plan, calibrate=True, n_qubits=7)
    pieces = payload_to_bytes(payload, {})
    again = payload_from_bytes(pieces)
    assert again.layout == payload.layout == layout_from_bytes(pieces[LAYOUT]).layout
    assert again.layout.samples_per_shot == 2
    for one, two in zip(payload.pages, again.pages, strict=True):
        assert one.layout == two.layout
        assert describe_circuit(one.circuit) == describe_circuit(two.circuit)
    first, second = (backend.run_pages(p.pages, p.values, seed=3) for p in (payload, again))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_request_hash_knows_the_offsets() -> None:
    request = _request("aer", some_spikes(3))
    (batch,) = request.program.batches
    same = replace(request, program=certain_program(some_spikes(3)))
    assert same.request_hash == request.request_hash
    turned = replace(batch, offsets=batch.offsets[::-1])
    other = replace(request, program=Program((turned,), (3, N_BINS, 2), 0.02))
    assert other.request_hash != request.request_hash
