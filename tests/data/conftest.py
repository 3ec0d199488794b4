"""What tests of files share."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.formats import neo_files
from neuroqgan.data.untrusted import isolated


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse MATLAB, HDF5 and Neo's files in this process, which takes a tenth of the time.

    Errors of the parser are not turned into those that users see.
    """

    def parse(child: str, _kind: str, path: Path, target: Path, *wanted: str) -> None:
        members = dict(import_module(child).parse(str(path), list(wanted)))
        np.savez(target, allow_pickle=False, **members)

    monkeypatch.setattr(isolated, "parse_apart", parse)
    monkeypatch.setattr(neo_files, "parse_apart", parse)
