"""Payloads of strangers, with right checksums, that the fuzzer found: each is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neuroqgan.backends.circuits_apart import check_circuits
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import PayloadError
from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.checksums import with_checksums
from neuroqgan.jobs.codec import (
    ANGLES,
    CIRCUITS,
    LAYOUT,
    layout_from_bytes,
    payload_from_bytes,
    payload_to_bytes,
)
from neuroqgan.jobs.payload import pack_payload
from neuroqgan.jobs.planning import plan_request
from tests.jobs.conftest import make_request

REQUEST = make_request("fake_nairobi")
PIECES = payload_to_bytes(
    pack_payload(
        *plan_request(REQUEST, resolve("fake_nairobi"))[::-1], calibrate=False, n_qubits=7
    ),
    {"calibration_rows": 0},
)


def _signed(change: Callable[[Any], object], **pieces: bytes) -> dict[str, bytes]:
    """Return the payload with another layout, or other files, and the right checksums."""
    files = {CIRCUITS: PIECES[CIRCUITS], ANGLES: PIECES[ANGLES]} | pieces
    value = {key: item for key, item in json.loads(PIECES[LAYOUT]).items() if key != "sha256"}
    change(value)
    return files | {LAYOUT: json.dumps(with_checksums(value, files, "")).encode()}


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value["layout"].update(pages=[]),
        lambda value: value["layout"]["pages"][0].update(tiles=[]),
        lambda value: value["layout"].update(n_bins=2**31),
        lambda value: value["layout"].update(n_neurons=2**63),
        lambda value: value["layout"].update(bin_width=None),
        lambda value: value["layout"]["pages"][0]["tiles"][0].update(qubits=[0]),
        lambda value: value["layout"]["pages"][0]["tiles"][0].update(qubits=[0, 1, 2**70]),
        lambda value: value["layout"]["pages"][0]["tiles"][0].update(offsets=[0]),
        lambda value: value["layout"]["pages"][0]["tiles"][0].update(edges=[[0, 7]]),
    ],
)
def test_layouts_of_no_raster(change: Callable[[Any], object]) -> None:
    with pytest.raises(PayloadError):
        layout_from_bytes(_signed(change)[LAYOUT])


@pytest.mark.parametrize("chain", [[0], [0, 0, 1], [0, 1, 1.5], "012", [0, 1, 2**70], [-1, -2, -3]])
def test_circuits_that_lie_nowhere(chain: Any) -> None:
    assert payload_from_bytes(_signed(lambda _: None)).n_qubits == 7
    with pytest.raises(PayloadError):
        payload_from_bytes(_signed(lambda value: value["circuits"][0][0].update(chain=chain)))


def test_arrays_are_no_larger_than_their_files() -> None:
    file = io.BytesIO()
    np.savez(file, page0000=np.zeros((2, 3)))
    claims = file.getvalue().replace(b"'shape': (2, 3), }", b"'shape': (2**9,), }")
    far = file.getvalue().replace(b"(2, 3), }          ", b"(2, 3000000000), } ")
    for data in (claims, far):
        with pytest.raises(PayloadError):
            payload_from_bytes(_signed(lambda _: None, **{ANGLES: data}))
        with pytest.raises(PayloadError):
            unpack(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no circuits"),
        (b"QISKIT" + bytes([12]) + bytes(40), "QPY version 12"),
        # Which takes the time in which Python starts.
        pytest.param(PIECES[CIRCUITS][:200], "Error", marks=pytest.mark.slow),
    ],
)
def test_circuits_without_a_checksum_are_read_by_another_process_first(
    data: bytes, said: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        check_circuits("circuits.qpy", data)
    assert said in caught.value.got
    legacy = json.loads(PIECES[LAYOUT])
    for key in ("job", "pieces", "sha256"):
        del legacy[key]
    files = {LAYOUT: json.dumps(legacy).encode(), CIRCUITS: data, ANGLES: PIECES[ANGLES]}
    with pytest.raises(PayloadError):
        payload_from_bytes(files)
