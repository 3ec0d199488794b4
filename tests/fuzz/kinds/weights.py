"""Weights of generators in safetensors files."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path

from tests.fuzz.mutators import mutate_bytes, mutate_tree
from tests.fuzz.target import Target


def _seeds() -> list[bytes]:
    from neuroqgan.models.base import Generator
    from neuroqgan.models.registry import preset_names

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for preset in preset_names():
            path = Path(folder) / f"{preset}.safetensors"
            Generator(preset, n_neurons=2, n_bins=3, bin_width=0.02).save(path)
            found.append(path.read_bytes())
    return found


def header(data: bytes, rng: random.Random) -> bytes:
    """Change the header, or what the package keeps in it, and leave its length right."""
    length = int.from_bytes(data[:8], "little")
    try:
        held = json.loads(data[8 : 8 + length])
        own = json.loads(held["__metadata__"]["neuroqgan"])
        if rng.random() < 0.75:
            held["__metadata__"]["neuroqgan"] = json.dumps(mutate_tree(own, rng))
        else:
            held = mutate_tree(held, rng)
        text = json.dumps(held).encode()
    except Exception:  # noqa: BLE001  # an input that was such a file once
        return mutate_bytes(data, rng)
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def _read(path: Path) -> object:
    from neuroqgan.models.loading import load_generator

    return load_generator(path)


TARGETS = (
    Target(
        name="weights",
        suffix=".safetensors",
        seeds=_seeds,
        run=_read,
        mutate=(header, header),
        watched=("neuroqgan.models", "neuroqgan.tensors"),
    ),
)
