"""Zarr stores: folders, and folders packed into an archive."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from tests.fuzz.folders import pack_folder
from tests.fuzz.kinds.recordings import reader
from tests.fuzz.kinds.samples import spikes, trains, written
from tests.fuzz.mutators import in_json, in_zip, mutate_bytes
from tests.fuzz.target import Target

_METADATA = (".zarray", ".zgroup", ".zattrs", ".zmetadata", "zarr.json")


def _stores() -> list[bytes]:
    import zarr

    found = [written(".zarr")]
    for version in (2, 3):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.zarr"
            root = zarr.open_group(path, mode="w", zarr_format=version)
            counts = root.create_array("counts", data=spikes()[0].astype("u2"), chunks=(5, 2))
            counts.attrs["bin_width"] = 0.02
            units = root.create_group("units")
            for label, train in zip("abc", trains(), strict=True):
                units.create_array(label, data=train)
            if version == 2:
                del root["units"]
            found.append(pack_folder(path))
    return found


def _archives() -> list[bytes]:
    return [written(".zarr.zip")]


def _file(name: str, content: bytes, rng: random.Random) -> bytes:
    is_metadata = name.rpartition("/")[2] in _METADATA
    return (
        in_json(content, rng) if is_metadata and rng.random() < 0.9 else mutate_bytes(content, rng)
    )


_CHANGE = in_zip(change=_file)

TARGETS = (
    Target(
        name="zarr",
        suffix=".zarr",
        seeds=_stores,
        run=reader(),
        mutate=(_CHANGE,),
        folder=True,
        requires=("zarr",),
    ),
    Target(
        name="zarr-zip",
        suffix=".zarr.zip",
        seeds=_archives,
        run=reader(),
        mutate=(_CHANGE,),
        requires=("zarr",),
    ),
)
