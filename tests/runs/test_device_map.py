"""What a run says of the device that measured its raster."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import make_url

from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.jobs.codec import LAYOUT
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.store import JobStore
from neuroqgan.runs.device_map import device_map


@pytest.fixture
def context() -> JobContext:
    return JobContext(JobStore(make_url("sqlite://")), PayloadStore("memory://device-map"))


def _planned(context: JobContext, backend: str) -> JobRecord:
    cell, angles = CellAnsatz(2, 1).circuit(), np.full((3, 2), np.pi)
    batch = CellBatch(cell, angles, np.arange(3), np.zeros(3, int), neurons=(0, 1))
    program = Program((batch,), shape=(3, 1, 2), bin_width=0.02)
    (job,) = prepare(context, Request(program, backend, seed=1), resolve(backend))
    return job


def test_chosen_qubits_and_the_errors_of_the_day(context: JobContext) -> None:
    job = _planned(context, "fake_nairobi")
    found = device_map(context, job)
    assert found is not None
    (cell,) = found.cells
    assert [bit.neuron for bit in cell.bits] == [0, 1]
    assert found.n_pages == 1
    pair = tuple(sorted(cell.qubits))
    assert pair in found.pairs
    assert pair in found.coupled
    # A single layer of rotations has no gate between the two.
    assert cell.couplers == ()
    assert len(found.readout) == 7
    assert "with which the job was planned" in found.source


def test_jobs_of_earlier_versions_have_the_errors_of_a_snapshot(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _planned(context, "fake_nairobi")
    now = device_map(context, job)
    stored = context.layout(job)
    for kept in (
        None,
        {"readout": [0.1]},
        {"readout": [0.1], "pairs": [[0, 9, 0.1]], "coupled": []},
    ):
        about = stored.about | {"device": kept}
        monkeypatch.setattr(JobContext, "layout", lambda *_, a=about: replace(stored, about=a))
        found = device_map(context, job)
        assert found is not None
        assert now is not None
        assert found.readout == now.readout
        assert "snapshot" in found.source
    # Nothing is known of other devices, and nobody is asked.
    assert device_map(context, replace(job, backend="ibm_elsewhere")) is None


def test_simulators_without_qubits_have_no_map(context: JobContext) -> None:
    job = _planned(context, "aer")
    assert device_map(context, job) is None
    assert "device" not in json.loads(context.payloads.read(job.id, LAYOUT))["about"]
