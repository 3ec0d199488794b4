"""Sizes of arrays, checked before anything is allocated."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.untrusted import memory
from neuroqgan.errors import RecordingError

SPIKES = np.random.default_rng(0).random((5, 40, 3)) < 0.3


def _header(shape: tuple[int, ...]) -> bytes:
    handle = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        handle, {"descr": "|b1", "fortran_order": False, "shape": shape}
    )
    return handle.getvalue()


@pytest.fixture(autouse=True)
def no_large_array(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where an array is made before its size was looked at."""
    made = np.lib.format.read_array

    def read_array(handle: io.BytesIO, **options: object) -> np.ndarray:
        at = handle.tell()
        version = np.lib.format.read_magic(handle)
        assert version == (1, 0)
        assert np.prod(np.lib.format.read_array_header_1_0(handle)[0], dtype=float) < 10**6
        handle.seek(at)
        return made(handle, **options)

    monkeypatch.setattr(np.lib.format, "read_array", read_array)


def test_headers_that_claim_too_much(tmp_path: Path) -> None:
    crafted = _header((10**6, 10**4, 100)) + SPIKES.tobytes()
    (tmp_path / "r.npy").write_bytes(crafted)
    with zipfile.ZipFile(tmp_path / "r.npz", "w") as archive:
        archive.writestr("spikes.npy", crafted)
    for name in ("r.npy", "r.npz"):
        with pytest.raises(RecordingError, match="does not fit into memory") as caught:
            load(tmp_path / name, bin_width=0.02)
        assert "1,000,000 x 10,000 x 100" in caught.value.got


def test_what_fits_depends_on_the_memory_that_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "r.npz", spikes=np.zeros((10, 100, 100)), bin_width=0.02)
    monkeypatch.setattr(memory, "free_bytes", lambda: 10**5)
    with pytest.raises(RecordingError, match="does not fit into memory"):
        load(tmp_path / "r.npz")


@pytest.mark.parametrize("shape", [(4, 40, 3), (6, 40, 3), (2, 40, 3)])
def test_headers_that_do_not_fit_the_values(tmp_path: Path, shape: tuple[int, ...]) -> None:
    crafted = _header(shape) + SPIKES.tobytes()
    (tmp_path / "r.npy").write_bytes(crafted)
    with zipfile.ZipFile(tmp_path / "r.npz", "w") as archive:
        archive.writestr("spikes.npy", crafted)
    for name in ("r.npy", "r.npz"):
        with pytest.raises(RecordingError, match="may be damaged"):
            load(tmp_path / name, bin_width=0.02)


def test_only_the_chosen_array_is_read(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    np.savez(path, spikes=SPIKES, bin_width=0.02)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("lfp.npy", _header((10**6, 10**4, 100)))
    assert np.array_equal(load(path).spikes, SPIKES)


def test_flipped_bits_in_archives(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for name in ("r.npz", "c.npz"):
        save = np.savez if name == "r.npz" else np.savez_compressed
        save(tmp_path / name, spikes=SPIKES, bin_width=0.02)
        raw = (tmp_path / name).read_bytes()
        for _ in range(200):
            damaged = bytearray(raw)
            damaged[int(random.integers(len(raw)))] ^= 1 << int(random.integers(8))
            (tmp_path / "damaged.npz").write_bytes(damaged)
            try:
                found = load(tmp_path / "damaged.npz", bin_width=0.02)
            except RecordingError:
                continue
            assert np.array_equal(found.spikes, SPIKES)


def test_one_format_under_the_name_of_the_other(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", spikes=SPIKES)
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(RecordingError, match="not a single array") as caught:
        load(tmp_path / "a.npy", bin_width=0.02)
    assert "a.npz" in caught.value.hint
    np.save(tmp_path / "b.npy", SPIKES)
    (tmp_path / "b.npy").rename(tmp_path / "b.npz")
    with pytest.raises(RecordingError, match=r"not a \.npz archive") as caught:
        load(tmp_path / "b.npz", bin_width=0.02)
    assert "b.npy" in caught.value.hint
