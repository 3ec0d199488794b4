"""Searching every byte of every file, also of those inside archives, for what must not be there."""

from __future__ import annotations

import base64
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

_PIECE = 12
_DEEPEST = 4
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def needles(secret: str) -> list[bytes]:
    """Return a secret as it may be written: plain, in part, in other encodings.

    Parts of it are long enough that they are nowhere by accident.
    """
    written = {secret, quote(secret, safe=""), secret.encode().hex(), secret[::-1]}
    for shift in range(3):
        # The same bytes look otherwise in base64 if others come before them.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
            written.add(text[4 if shift else 0 : -2])
    pieces = {text[i : i + _PIECE] for text in written for i in range(len(text) - _PIECE + 1)}
    plain = [piece.encode() for piece in pieces]
    return plain + [secret[i : i + _PIECE].encode("utf-16-le") for i in range(len(secret) - _PIECE)]


def found_in(folder: Path, secrets: list[bytes]) -> list[str]:
    """Return the names of all files below a folder that hold a secret, in any form."""
    found = []
    for path in sorted(folder.rglob("*")):
        if any(secret in os.fsencode(path.name) for secret in secrets):
            found.append(f"{path}, in its name")
        if path.is_file() and not path.is_symlink():
            found += [
                f"{path}{inner}"
                for inner, data in _layers(path.read_bytes())
                if any(secret in data for secret in secrets)
            ]
    return found


def _layers(data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield data as they are, and what they hold compressed."""
    yield "", data
    if depth == _DEEPEST:
        return
    for name, inner in (*_members(data), *_streams(data)):
        for below, found in _layers(inner, depth + 1):
            yield f" > {name}{below}", found


def _members(data: bytes) -> list[tuple[str, bytes]]:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return []
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def _streams(data: bytes) -> list[tuple[str, bytes]]:
    found = []
    if data[:2] == b"\x1f\x8b":
        found.append(("gzip", gzip.decompress(data)))
    if data[:6] == b"\xfd7zXZ\0":
        found.append(("xz", lzma.decompress(data)))
    if data[:4] == b"\x28\xb5\x2f\xfd":
        import zstandard

        found.append(("zstd", zstandard.ZstdDecompressor().stream_reader(data).read()))
    # Streams within other files: chunks of HDF5 and MATLAB, pictures, tensors of a service.
    for start in {data.find(mark, at) for mark in _ZLIB for at in _starts(data, mark)}:
        inner = _inflated(data[start:])
        if inner:
            found.append((f"zlib at {start}", inner))
    return found


def _starts(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return b""
