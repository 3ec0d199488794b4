"""Rows of several shots, sent to the service and back: as many as were asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import make_url

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.submission import send
from tests.backends.ibm.conftest import Start
from tests.backends.test_devices import pattern_program


@pytest.mark.parametrize(
    "options",
    [
        JobOptions(mitigate="readout"),
        JobOptions(twirling="both", dynamical_decoupling="XX"),
    ],
    ids=str,
)
def test_samples_of_a_row_come_back_as_its_shots(
    start: Start, tmp_path: Path, options: JobOptions
) -> None:
    server = start(draw="simulate")
    device = resolve("ibm_brisbane")
    kinds = np.array([[[1, 0]], [[1, 1]]], bool)
    spikes = kinds[np.random.default_rng(3).permutation(np.arange(79) % 2)]
    # Rotations by 0 and pi: what is measured is certain.
    request = Request(
        pattern_program(spikes, (2,)),
        "ibm_brisbane",
        7,
        options=options,
        placement=Placement(max_tiles=1),
    )
    context = JobContext(
        JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}")),
        PayloadStore((tmp_path / "payloads").as_uri()),
    )
    (job,) = prepare(context, request, device)
    payload = context.payload(job)
    assert (payload.shots, len(payload.values[0])) == (40, 2)
    job = send(context, job, device)
    pubs = server.jobs[str(job.provider_id)].pubs
    assert {pub.shots_a_row for pub in pubs} == {40}
    assert pubs[0].rows == 2
    assert {pub.rows for pub in pubs[1:]} <= {50}
    assert {pub.n_randomizations for pub in pubs} == {20 if options.twirl_gates else 0}
    server.finish(job.provider_id)
    found = decode_request(context, [retrieve(context, job)])
    assert np.array_equal(found.raster.spikes, spikes)


def test_post_selected_bits_come_back_with_those_that_check_them(
    start: Start, tmp_path: Path
) -> None:
    server = start(draw="simulate", devices=("ibm_fractional",))
    device = resolve("ibm_fractional", fractional_gates=True)
    options = JobOptions(postselect="node", fractional_gates=True)
    spikes = np.random.default_rng(4).random((6, 2, 2)) < 0.5
    request = Request(pattern_program(spikes, (2,)), "ibm_fractional", 7, options=options)
    context = JobContext(
        JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}")),
        PayloadStore((tmp_path / "payloads").as_uri()),
    )
    (job,) = prepare(context, request, device)
    job = send(context, job, device)
    server.finish(job.provider_id)
    found = decode_request(context, [retrieve(context, job)])
    # The service's qubits make no errors, so every slow pulse flips its qubit.
    assert found.passed is not None
    assert found.passed.all()
    assert np.array_equal(found.raster.spikes, spikes)
