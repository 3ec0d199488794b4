"""Files of runs and jobs, read byte by byte: whether they are whole, and what they hold."""

from __future__ import annotations

import hashlib
import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np


def why_broken(path: Path) -> str | None:
    """Return why a file is not whole, or None."""
    read = _READERS.get(path.suffix)
    if read is None or is_temporary(path):
        return None
    try:
        read(path)
    except Exception as error:  # noqa: BLE001  # whatever a reader stumbles over
        return repr(error)[:200]
    return None


def is_temporary(path: Path) -> bool:
    """Whether a name says that nobody takes the file, or what it lies in, for a whole one."""
    return any(
        part.endswith((".part", ".old")) or part.startswith((".new-", ".removed-"))
        for part in path.parts
    )


def leftovers(home: Path) -> list[Path]:
    """Return what was begun and never finished; of folders the folder alone."""
    found = [path for path in home.rglob("*") if is_temporary(Path(path.name))]
    return [path for path in found if not any(other in path.parents for other in found)]


def digest(home: Path, pattern: str) -> list[str]:
    """Return the SHA-256 of the content of files, sorted."""
    return sorted(_content(path) for path in home.glob(pattern) if path.is_file())


def _content(path: Path) -> str:
    found = hashlib.sha256()
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            for name in sorted(file.files):
                # Where a file came from differs from home to home.
                if file[name].dtype.kind not in "US":
                    found.update(name.encode() + file[name].tobytes())
    elif path.suffix == ".safetensors":
        # Versions name their settings differently.
        tensors = {k: v for k, v in safetensors_header(path).items() if k != "__metadata__"}
        data = path.read_bytes()
        found.update(json.dumps(tensors, sort_keys=True).encode())
        found.update(data[8 + int.from_bytes(data[:8], "little") :])
    else:
        found.update(path.read_bytes())
    return found.hexdigest()


def raster_of(path: Path) -> np.ndarray:
    """Return the spikes of a raster."""
    with np.load(path, allow_pickle=False) as file:
        return np.asarray(file["spikes"])


def stored_bits(path: Path) -> list[np.ndarray]:
    """Return the bits of all pages of a job."""
    with np.load(path, allow_pickle=False) as file:
        return [
            np.unpackbits(file[f"page{i:04d}"])[: rows * bits].astype(bool).reshape(rows, bits)
            for i, (rows, bits) in enumerate(file["shapes"])
        ]


def safetensors_header(path: Path) -> dict[str, Any]:
    """Return the header of a safetensors file, after comparing its sizes with the file's."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + size])
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    if 8 + size + max(ends) != len(data):
        raise ValueError(f"{len(data)} bytes, expected {8 + size + max(ends)}")
    return header


def _npz(path: Path) -> None:
    with zipfile.ZipFile(path) as file:
        if file.testzip() is not None:
            raise ValueError("a wrong checksum")
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                arrays[name]


def _metrics(path: Path) -> None:
    steps = [json.loads(line)["step"] for line in path.read_text().splitlines()]
    if steps != list(range(1, len(steps) + 1)):
        raise ValueError(f"steps {steps}")
    weights = path.with_name("generator.safetensors")
    checkpoint = path.with_name("checkpoint.safetensors")
    if weights.exists() and checkpoint.exists():
        about = json.loads(safetensors_header(checkpoint)["__metadata__"]["neuroqgan"])
        if about["steps_done"] != len(steps):
            raise ValueError(f"{len(steps)} rows, weights of {about['steps_done']} steps")


def _qpy(path: Path) -> None:
    if path.read_bytes()[:6] != b"QISKIT":
        raise ValueError("no QPY")


_READERS: dict[str, Any] = {
    ".npz": _npz,
    ".zip": _npz,
    ".json": lambda path: json.loads(path.read_text()),
    ".jsonl": _metrics,
    ".toml": lambda path: tomllib.loads(path.read_text()),
    ".safetensors": safetensors_header,
    ".qpy": _qpy,
}
