"""A job that lives longer than the process that sent it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.testing import ServiceProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def service() -> Iterator[ServiceProcess]:
    with ServiceProcess(devices=("ibm_brisbane",), auto=False) as started:
        yield started


def neuroqgan(service: ServiceProcess, *words: object) -> tuple[int, Any]:
    """Run a command in a process of its own; returns its exit code and its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "neuroqgan", *map(str, words), "--json"],
        env={**os.environ, **service.environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_the_raster_is_the_one_that_the_service_drew(
    service: ServiceProcess, tiny: Path, tmp_path: Path
) -> None:
    run = ("run", "--name", "tiny", "--backend", "ibm_brisbane", "--samples", 200)
    code, sent = neuroqgan(service, *run, "--yes")
    assert code == 0, sent
    code, status = neuroqgan(service, "jobs", "status")
    assert (code, status["state"], status["id"]) == (3, "queued", sent["job"])
    code, _ = neuroqgan(service, "jobs", "retrieve")
    assert code == 3
    service.control("finish", {"job_id": status["provider_id"]})
    code, home = neuroqgan(service, "jobs", "retrieve")
    assert code == 0, home
    raster = load(Path(home[0]["raster"]))

    code, exported = neuroqgan(service, "jobs", "export", "latest", tmp_path / "spikes.npz")
    assert code == 0
    (page,) = json.loads(Path(exported["about"]).read_text())["layout"]["pages"]
    (bits,) = service.bits(status["provider_id"])
    expected = np.zeros((200, 8, 4), bool)
    for i, tile in enumerate(page["tiles"]):
        (at,) = tile["bins"]
        expected[:, at, tile["neurons"]] = bits[:, 4 * i : 4 * i + 4]
    assert np.array_equal(raster.spikes, expected)
    assert service.created == 1
