"""Tensors on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from neuroqgan.errors import CheckpointError
from neuroqgan.tensors import read_tensors, write_tensors


def test_a_changed_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    weights = {"a": torch.arange(3.0), "b": torch.tensor(True), "c": torch.zeros(0, 2)}
    write_tensors(path, weights, {"format": "mine", "steps": 15})
    found, metadata = read_tensors(path, "mine")
    assert metadata == {"format": "mine", "steps": 15}
    assert all(torch.equal(found[name], weights[name]) for name in weights)
    whole = path.read_bytes()
    # The last bytes are those of the tensors; the others say what they are.
    for place in (len(whole) - 3, whole.index(b"15") + 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match="damaged"):
            read_tensors(path, "mine")
