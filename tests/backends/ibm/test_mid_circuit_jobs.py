"""Cells that measure and reset mid-circuit, sent to the service and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import make_url

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.backends.remote import Workload
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.errors import PlanError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.planning import in_shots
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.submission import send
from tests.backends.ibm.conftest import Start
from tests.mid_circuit import certain_program, some_spikes


@pytest.mark.parametrize(
    "options",
    [
        JobOptions(),
        JobOptions(dynamical_decoupling="XY4"),
        JobOptions(twirling="gates"),
    ],
    ids=str,
)
@pytest.mark.parametrize("equal", [False, True])
def test_bits_come_back_to_their_bins_and_neurons(
    start: Start, options: JobOptions, equal: bool
) -> None:
    server = start(draw="simulate")
    device = resolve("ibm_brisbane")
    spikes = np.repeat(some_spikes(1), 5, axis=0) if equal else some_spikes(5)
    program = in_shots(bind_equal_rows(certain_program(spikes)), device, options, 2)
    plan = device.plan(program, Placement(max_tiles=2))
    (page,) = plan.pages
    work = Workload((page.circuit,), (plan.values(program, page),), options, program.shots)
    assert (work.values[0].shape, work.shots) == (((1, 0), 3) if equal else ((3, 20), 1))
    device.check(work)
    job = device.submit(work, tag="tag-of-mine")
    server.finish(job.provider_id)
    bits = [measured.bits for measured in device.service.fetch(job.provider_id)]
    assert np.array_equal(plan.layout_of(program).decode(bits).spikes[:5], spikes)


@pytest.mark.parametrize("options", [JobOptions(), JobOptions(twirling="gates")], ids=str)
def test_faster_operations_reach_the_service(start: Start, options: JobOptions) -> None:
    server = start(["ibm_boston"], draw="simulate")
    device = resolve("ibm_boston")
    spikes = np.repeat(some_spikes(1), 5, axis=0)
    program = in_shots(bind_equal_rows(certain_program(spikes)), device, options, 1)
    plan = device.plan(program, Placement(max_tiles=1))
    (page,) = plan.pages
    assert page.circuit is not None
    assert {"measure_2", "reset_2"} <= set(page.circuit.count_ops())
    work = Workload((page.circuit,), (plan.values(program, page),), options, program.shots)
    device.check(work)
    job = device.submit(work, tag="tag-of-mine")
    server.finish(job.provider_id)
    bits = [measured.bits for measured in device.service.fetch(job.provider_id)]
    assert np.array_equal(plan.layout_of(program).decode(bits).spikes[:5], spikes)


def test_a_job_from_beginning_to_end(start: Start, tmp_path: Path) -> None:
    server = start(draw="simulate")
    device = resolve("ibm_brisbane")
    spikes = some_spikes(5)
    request = Request(certain_program(spikes), "ibm_brisbane", 7, placement=Placement(max_tiles=2))
    context = JobContext(
        JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}")),
        PayloadStore((tmp_path / "payloads").as_uri()),
    )
    (job,) = prepare(context, request, device)
    job = send(context, job, device)
    server.finish(job.provider_id)
    job = retrieve(context, job)
    assert job.state is JobState.RETRIEVED
    assert (job.samples, job.n_samples) == (3, 5)
    assert np.array_equal(decode_request(context, [job]).raster.spikes, spikes)


@pytest.mark.parametrize("twirling", ["measure", "both"])
def test_measurements_mid_circuit_cannot_be_twirled(start: Start, twirling: str) -> None:
    start()
    device = resolve("ibm_brisbane")
    program = bind_equal_rows(certain_program(some_spikes(1)))
    plan = device.plan(program, Placement(max_tiles=1))
    (page,) = plan.pages
    values = (plan.values(program, page),)
    with pytest.raises(PlanError, match="twirled") as caught:
        device.check(Workload((page.circuit,), values, JobOptions(twirling=twirling)))
    assert "`twirling = gates`" in caught.value.hint
