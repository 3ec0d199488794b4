"""A preset of another package, from its training to a simulated quantum device."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from tests.models.third_party import NAME, third_party_preset

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what calls the command line with the package on its path, in a process of its own."""
    package = third_party_preset(tmp_path / "package")
    recording = tmp_path / "three.npz"
    save(recording, simulate_population(3, 12, 64, seed=1))
    path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
    home = {"NEUROQGAN_HOME": str(tmp_path / "home"), "PYTHONPATH": path}

    def call(*arguments: object) -> Any:
        words = [str(word) for word in arguments]
        command = [sys.executable, "-m", "neuroqgan", *words]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | home,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stdout

    call.recording = recording  # type: ignore[attr-defined]
    return call


@pytest.mark.slow
def test_it_goes_all_the_way(run: Run, tmp_path: Path) -> None:
    recording = run.recording  # type: ignore[attr-defined]
    assert "--jitter-layers" in run("train", "--help")
    trained = run(
        *("train", "--data", recording, "--preset", NAME, "--jitter-layers", 1, "--name", "mine"),
        *("--bins", 4, "--steps", 2, "--batch", 8, "--json"),
    )
    assert trained["run"] == "mine"
    assert "jitter_layers = 1" in (tmp_path / "home" / "runs" / "mine" / "config.toml").read_text()
    shown = run("circuits", "show", "mine", "--json")
    assert (shown["preset"], shown["parameters"]) == (NAME, trained["parameters"])
    sampled = run("run", "--name", "mine", "--samples", 40, "--backend", "aer", "--json")
    assert Path(sampled["raster"]).is_file()
    assert sampled["evaluation"]["n_generated"] == 40
    device = ("--samples", 20, "--backend", "fake_manila", "--json")
    assert Path(run("run", "--name", "mine", *device)["raster"]).is_file()
    judged = run("evaluate", "mine", "--json")
    assert judged["evaluation"]["n_generated"] == 20
