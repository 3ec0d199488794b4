"""What jobs store: bits, layouts, circuits, angles, and where."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from neuroqgan.backends.layout import Layout
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import ConfigError, PayloadError, StorageError
from neuroqgan.jobs.bits import pack, unpack
from neuroqgan.jobs.codec import (
    ANGLES,
    CIRCUITS,
    LAYOUT,
    layout_from_bytes,
    payload_from_bytes,
    payload_to_bytes,
)
from neuroqgan.jobs.payload import CALIBRATION_ROWS, JobPayload, pack_payload
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.request_hash import describe_circuit
from tests.jobs.conftest import make_request

pages = st.lists(
    arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=40)), max_size=4
)


@given(pages)
def test_bits_come_back(bits: list[np.ndarray]) -> None:
    found = unpack(pack(bits))
    assert len(found) == len(bits)
    for one, two in zip(bits, found, strict=True):
        assert two.dtype == bool
        assert np.array_equal(one, two)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_bits_are_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        unpack(data)


@given(st.data())
def test_damaged_bits_are_refused_or_read_as_bits(data: st.DataObject) -> None:
    whole = bytearray(pack([np.eye(9, dtype=bool)]))
    where = data.draw(st.integers(0, len(whole) - 1))
    whole[where] ^= data.draw(st.integers(1, 255))
    try:
        (page,) = unpack(bytes(whole))
    except PayloadError:
        return
    assert page.dtype == bool


def test_a_bit_takes_a_bit() -> None:
    bits = np.random.default_rng(0).random((16000, 50)) < 0.1
    assert len(pack([bits])) * 8 <= 1.05 * bits.size


def _payload(backend: str, *, calibrate: bool = False) -> JobPayload:
    request, device = make_request(backend), resolve(backend)
    n_qubits = None if device.target is None else device.target.num_qubits
    plan = device.plan(request.program)
    return pack_payload(request.program, plan, calibrate=calibrate, n_qubits=n_qubits)


@pytest.mark.parametrize(("backend", "calibrate"), [("aer", False), ("fake_nairobi", True)])
def test_a_payload_comes_back_and_gives_the_same_bits(backend: str, calibrate: bool) -> None:
    payload, device = _payload(backend, calibrate=calibrate), resolve(backend)
    pieces = payload_to_bytes(payload, {"note": "mine"})
    again = payload_from_bytes(pieces)
    assert again.layout == payload.layout
    assert again.calibration == payload.calibration
    assert (len(payload.calibration) > 0) is calibrate
    for one, two in zip(payload.pages, again.pages, strict=True):
        assert (one.circuit is None) is (backend == "aer")
        assert one.layout == two.layout
        if one.circuit is not None:
            assert describe_circuit(one.circuit) == describe_circuit(two.circuit)
    first, second = (device.run_pages(p.pages, p.values, seed=3) for p in (payload, again))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert layout_from_bytes(pieces[LAYOUT]).about == {"note": "mine"}


def test_angles_keep_their_precision() -> None:
    payload = _payload("aer")
    single = tuple(values.astype(np.float32).astype(np.float64) for values in payload.values)
    for values in (payload.values, single):
        changed = JobPayload(payload.layout, (), payload.pages, values, None)
        pieces = payload_to_bytes(changed, {})
        again = payload_from_bytes(pieces)
        assert all(np.array_equal(a, b) for a, b in zip(values, again.values, strict=True))
    assert len(pieces[ANGLES]) < len(payload_to_bytes(payload, {})[ANGLES])


def test_parts_are_calibrated_each() -> None:
    payload = _payload("fake_nairobi", calibrate=True)
    part = payload.part(1, 2)
    n_pages = len(payload.layout.pages)
    for whole, rows in zip(payload.values[:n_pages], part.values[:n_pages], strict=True):
        assert np.array_equal(rows, whole[1:3])
    assert {len(rows) for rows in part.values[n_pages:]} == {CALIBRATION_ROWS}


@pytest.mark.parametrize("name", [LAYOUT, CIRCUITS, ANGLES])
@pytest.mark.parametrize("damage", ["cut", "nothing", "noise"])
def test_damaged_pieces_are_refused(name: str, damage: str) -> None:
    pieces = payload_to_bytes(_payload("aer"), {})
    whole = pieces[name]
    pieces[name] = {"cut": whole[: len(whole) // 2], "nothing": b"", "noise": b"\x93noise"}[damage]
    with pytest.raises(PayloadError):
        payload_from_bytes(pieces)


def test_a_layout_of_a_later_version_is_refused() -> None:
    value = json.loads(payload_to_bytes(_payload("aer"), {})[LAYOUT])
    value["layout"]["format"] = 99
    with pytest.raises(PayloadError, match="cannot be read by this version"):
        layout_from_bytes(json.dumps(value).encode())


def test_a_layout_survives_json() -> None:
    layout = _payload("fake_nairobi").layout
    assert Layout.from_dict(json.loads(json.dumps(layout.to_dict()))) == layout


@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_payloads(kind: str, tmp_path: Path) -> None:
    url = (tmp_path / "store").as_uri() if kind == "folder" else f"memory://{tmp_path.name}"
    payloads = PayloadStore(url)
    digest = payloads.write("a" * 32, "bits.npz", b"one")
    assert payloads.read("a" * 32, "bits.npz", digest) == b"one"
    again = payloads.write("a" * 32, "bits.npz", b"two")
    assert payloads.read("a" * 32, "bits.npz", again) == b"two"
    with pytest.raises(PayloadError, match="damaged"):
        payloads.read("a" * 32, "bits.npz", digest)
    with pytest.raises(PayloadError, match="not in the storage"):
        payloads.read("b" * 32, "bits.npz")
    assert payloads.exists("a" * 32, "bits.npz")
    payloads.remove("a" * 32, "bits.npz")
    payloads.remove("a" * 32, "bits.npz")
    assert not payloads.exists("a" * 32, "bits.npz")
    payloads.remove("a" * 32)
    payloads.remove("a" * 32)


def test_a_write_that_fails_leaves_the_old_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    payloads = PayloadStore((tmp_path / "store").as_uri())
    payloads.write("job", "bits.npz", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        payloads.write("job", "bits.npz", b"new")
    assert [path.name for path in (tmp_path / "store" / "job").iterdir()] == ["bits.npz"]
    assert payloads.read("job", "bits.npz") == b"old"


def test_storage_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        PayloadStore("nosuchthing://bucket")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be used"):
        PayloadStore((tmp_path / "file").as_uri()).write("job", "bits.npz", b"x")
    monkeypatch.setenv("NEUROQGAN_STORAGE_URL", "memory://elsewhere")
    assert PayloadStore().url == "memory://elsewhere"
