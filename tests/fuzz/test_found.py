"""Inputs that once were faults of a reader, read once more; `python -m tests.fuzz` found them."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import warnings
from pathlib import Path
from unittest import mock

import pytest

from neuroqgan.data.untrusted import child
from neuroqgan.errors import NeuroqganError
from tests.fuzz import forked
from tests.fuzz.findings import judged
from tests.fuzz.folders import unpack
from tests.fuzz.registry import targets
from tests.fuzz.target import Target

FOUND = sorted((Path(__file__).parent / "found").glob("*.bin"))


@functools.cache
def _warmed(target: Target) -> None:
    """Import here what the reader imports at its first use, which is no part of reading."""
    data = target.seeds()[0]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / f"input{target.suffix}"
        if target.folder:
            unpack(data, path)
        else:
            path.write_bytes(data)
        # The command line is tried in a folder and a home of its own.
        with (
            contextlib.suppress(NeuroqganError),
            contextlib.chdir(folder),
            mock.patch.dict(os.environ),
        ):
            target.run(path)


def test_there_are_inputs() -> None:
    assert len(FOUND) > 20


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_an_input_is_read_or_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = targets()[path.name.partition("--")[0]]
    if missing := target.missing():
        pytest.skip(f"needs {', '.join(missing)}: pip install neuroqgan[all]")
    monkeypatch.setattr(child, "run_child", forked.run_forked)
    _warmed(target)
    fault, said = judged(target, path.read_bytes())
    assert fault is None, fault.text
    assert said
