"""Payloads that were changed since they were stored are refused, though they would still fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.backends.layout import Layout
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import PayloadError
from neuroqgan.jobs.bits import pack, unpack
from neuroqgan.jobs.codec import (
    ANGLES,
    BITS,
    CIRCUITS,
    LAYOUT,
    layout_from_bytes,
    payload_from_bytes,
    payload_to_bytes,
)
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.payload import pack_payload
from neuroqgan.jobs.planning import plan_request
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.submission import send
from tests.jobs.conftest import StubService, make_request, planned

REQUEST = make_request("aer")
PIECES = payload_to_bytes(
    pack_payload(*plan_request(REQUEST, resolve("aer"))[::-1], calibrate=False, n_qubits=None),
    {"calibration_rows": 0},
    "a1",
)


def test_a_layout_that_was_changed_and_still_fits_makes_no_raster(
    context: JobContext, service: StubService
) -> None:
    job = send(context, planned(context, service, options=JobOptions(mitigate="readout")), service)
    service.finish()
    job = retrieve(context, job)
    spikes = decode_request(context, [job]).raster
    written = context.payloads.read(job.id, LAYOUT)
    for change in (_exchange_neurons, _stretch_bins, _claim_shots):
        value = json.loads(written)
        change(value)
        context.payloads.write(job.id, LAYOUT, json.dumps(value).encode())
        with pytest.raises(PayloadError, match="changed since") as caught:
            decode_request(context, [job])
        assert "copy" in caught.value.hint
    # The layout of another job, which is as whole and fits as well.
    other = planned(context, service, options=JobOptions(mitigate="readout"))
    context.payloads.write(job.id, LAYOUT, context.payloads.read(other.id, LAYOUT))
    with pytest.raises(PayloadError) as caught:
        decode_request(context, [job])
    assert caught.value.expected == "the layout of this job"
    # Spaces are no content.
    context.payloads.write(job.id, LAYOUT, json.dumps(json.loads(written)).encode())
    assert decode_request(context, [job]).raster == spikes


def _exchange_neurons(value: dict) -> None:
    tile = value["layout"]["pages"][0]["tiles"][0]
    tile["neurons"] = tile["neurons"][::-1]


def _stretch_bins(value: dict) -> None:
    value["layout"]["bin_width"] *= 1000


def _claim_shots(value: dict) -> None:
    value["about"]["calibration_rows"] = 1


@pytest.mark.parametrize("piece", [CIRCUITS, ANGLES])
def test_circuits_and_angles_of_another_job_are_not_run(context: JobContext, piece: str) -> None:
    backend = resolve("aer")
    (job,) = prepare(context, make_request("aer"), backend)
    (other,) = prepare(context, make_request("aer", n_samples=6), backend)
    data = context.payloads.read(other.id, piece)
    # Circuits of one kind are the same bytes but for their parameters' names.
    assert data != context.payloads.read(job.id, piece)
    context.payloads.write(job.id, piece, data)
    with pytest.raises(PayloadError, match=f"{piece} of the job has been changed"):
        simulate(context, job)
    assert not context.payloads.exists(job.id, BITS)


def test_payloads_of_earlier_versions_have_no_checksums(context: JobContext) -> None:
    (job,) = prepare(context, make_request("aer"), resolve("aer"))
    value = json.loads(context.payloads.read(job.id, LAYOUT))
    for key in ("job", "pieces", "sha256"):
        del value[key]
    context.payloads.write(job.id, LAYOUT, json.dumps(value, indent=1).encode())
    assert decode_request(context, [simulate(context, job)]).raster.spikes.shape == (5, 3, 3)


def _read(read: Callable[[], Any]) -> tuple[Any, str]:
    """Return what is read, or the words of the refusal."""
    try:
        return read(), ""
    except PayloadError as error:
        return None, str(error)


@given(st.data())
def test_no_byte_of_a_layout_can_be_changed_unseen(data: st.DataObject) -> None:
    whole = PIECES[LAYOUT]
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
    found, said = _read(lambda: layout_from_bytes(changed, "a1"))
    assert found == (None if said else layout_from_bytes(whole, "a1"))
    assert not any(word in said for word in ("Error(", "object", "indices"))


@given(st.data())
def test_no_byte_of_circuits_and_angles_can_be_changed_unseen(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([CIRCUITS, ANGLES]))
    place = data.draw(st.integers(0, len(PIECES[name]) - 1))
    other = bytes([PIECES[name][place] ^ data.draw(st.integers(1, 255))])
    changed = PIECES[name][:place] + other + PIECES[name][place + 1 :]
    with pytest.raises(PayloadError, match="has been changed"):
        payload_from_bytes(PIECES | {name: changed}, "a1")


@given(st.data())
def test_damaged_bits_are_refused_or_the_same(data: st.DataObject) -> None:
    pages = [np.eye(5, 7, dtype=bool), np.ones((3, 2), bool)]
    whole = pack(pages)
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    found, said = _read(lambda: unpack(changed))
    assert "Error(" not in said
    assert said or (len(found) == 2 and all(map(np.array_equal, found, pages)))


@pytest.mark.parametrize(
    "change",
    [
        {"neurons": [0, 1, 3]},
        {"neurons": [-1, 1, 2]},
        {"neurons": [0, 1, 1.5]},
        {"neurons": "012"},
        {"neurons": []},
        {"bins": [0, 1, 3]},
        {"bins": [0, 1, -2]},
        {"bins": []},
        {"offsets": [0, 0, 1]},
        {"bins": None},
    ],
)
def test_a_layout_that_leads_outside_its_raster_is_refused(change: dict) -> None:
    value = json.loads(PIECES[LAYOUT])["layout"]
    assert Layout.from_dict(value).n_neurons == 3
    value["pages"][0]["tiles"][0] |= change
    with pytest.raises(PayloadError, match="damaged"):
        Layout.from_dict(value)
