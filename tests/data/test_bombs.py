"""Small files that unpack to gigabytes, and parsers that never end."""

from __future__ import annotations

import resource
import zlib
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.untrusted import child
from neuroqgan.data.untrusted.isolated import Parser
from neuroqgan.data.untrusted.memory import LIMIT
from neuroqgan.errors import RecordingError

SPIKES = np.eye(40, 5, dtype=np.uint8)
_BLOCK = 1 << 24


def unpacking_to(n_blocks: int) -> bytes:
    """Return data of zlib that unpack to as many blocks of 16 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 15)
    begin = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    return begin + block * n_blocks + packer.compress(b"") + packer.flush()


def _zarr(path: Path, bomb: bytes) -> Path:
    zarr = pytest.importorskip(
        "zarr", "3", reason='needs the extra zarr: pip install "neuroqgan[zarr]"'
    )
    from numcodecs import Zlib

    root = zarr.open_group(path / "x.zarr", mode="w", zarr_format=2)
    root.create_array("spikes", data=SPIKES, chunks=SPIKES.shape, compressors=Zlib(6))
    (path / "x.zarr" / "spikes" / "0.0").write_bytes(bomb)
    return path / "x.zarr"


def _hdf5(path: Path, bomb: bytes) -> Path:
    import h5py

    with h5py.File(path / "x.h5", "w") as file:
        made = file.create_dataset("spikes", SPIKES.shape, "u1", chunks=True, compression="gzip")
        made.id.write_direct_chunk((0, 0), bomb)
    return path / "x.h5"


def _matlab(path: Path, bomb: bytes) -> Path:
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    kind = (15).to_bytes(4, "little") + len(bomb).to_bytes(4, "little")
    (path / "x.mat").write_bytes(head + kind + bomb)
    return path / "x.mat"


@pytest.mark.parametrize("make", [_zarr, _hdf5, _matlab])
def test_what_unpacks_to_gigabytes_is_refused(
    make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LIMIT, "0.1")
    bomb = unpacking_to(160)
    assert len(bomb) < 20_000_000
    path = make(tmp_path, bomb)
    most_before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with pytest.raises(RecordingError, match="may be damaged"):
        load(path, bin_width=0.02)
    # In kilobytes; the bomb is of 2.7 gigabytes.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(most_before, 1_500_000)


def test_a_parser_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HDF5's library does that with some damaged files."""
    from neuroqgan.data.formats import hdf5

    (tmp_path / "circling.py").write_text(
        "import sys\n"
        "from neuroqgan.data.untrusted.parsing import answer\n"
        "def parse(source, wanted):\n"
        "    while True:\n"
        "        pass\n"
        "answer(sys.argv[1:], parse, ())\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(hdf5, "HDF5_PARSER", Parser("circling", "an HDF5 file", is_compressed=True))
    monkeypatch.setattr(child, "_SECONDS", 2)
    (tmp_path / "x.h5").write_bytes(b"x")
    with pytest.raises(RecordingError) as caught:
        load(tmp_path / "x.h5")
    assert caught.value.got == "its parser was not done after 2 s of processor time"
