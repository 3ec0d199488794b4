"""A raster that a quantum device measured, as NWB."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuroqgan.data.load import load, open_recording
from neuroqgan.data.nwb import contents
from neuroqgan.data.reading import ReadOptions
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import Command
from tests.cli.jobs.conftest import DEVICE, RUN

pytest.importorskip("pynwb", reason='pip install "neuroqgan[nwb]" for the tests of NWB')

from tests.data.nwb_files import parse_here


def test_device_and_jobs_are_in_the_file(
    service: LoopbackService, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "parse_apart", parse_here)
    sent = command(*RUN, "--yes", "--json")
    assert sent.code == 0, sent.err
    home = command("jobs", "retrieve", "--json")
    assert home.code == 0, home.err
    (row,) = home.json
    exported = command("jobs", "export", "latest", tmp_path / "raster.nwb")
    assert exported.code == 0, exported.err
    found = open_recording(tmp_path / "raster.nwb", ReadOptions())
    assert found.raster == load(Path(row["raster"]))
    facts = found.about.facts
    assert found.about.is_synthetic
    assert facts["backend"] == DEVICE
    assert facts["simulated_backend"] == "no"
    assert facts["jobs"] == row["id"]
    assert facts["provider_jobs"] == row["provider_id"]
    assert facts["run"] == "tiny"
    assert any(f"sampled on {DEVICE}, as job {row['provider_id']}" in note for note in found.notes)
