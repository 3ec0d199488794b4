"""Two terminals: one shows the question, the other asks for the same without one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from neuroqgan.jobs.store import JobStore
from neuroqgan.testing import ServiceProcess
from tests.jobs.forks import ForkServer
from tests.jobs.lives import DEVICE, forks, loopback  # noqa: F401  # fixtures

RUN = ["run", "--name", "tiny", "--backend", DEVICE, "--samples", "20"]


@pytest.mark.slow
def test_whoever_answers_late_finds_the_job_of_another(
    forks: ForkServer,  # noqa: F811
    loopback: ServiceProcess,  # noqa: F811
    tiny: Path,
    own_home: Path,
    tmp_path: Path,
) -> None:
    before = loopback.created
    ours, theirs = os.openpty()
    first, second = (str(tmp_path / name) for name in ("first.json", "second.json"))
    given = {"home": str(own_home), "arguments": RUN}
    pid = forks.start("at_a_terminal", **given, report=first, terminal=os.ttyname(theirs))
    shown = b""
    while b"Use about" not in shown:
        shown += os.read(ours, 4096)
    given["arguments"] = [*RUN, "--yes"]
    assert forks.run("command", **given, report=second) == 0
    assert json.loads(Path(second).read_text())["code"] == 0
    store = JobStore()
    (job,) = store.find()
    store.close()
    os.write(ours, b"y\n")
    assert forks.join(pid) == 0
    assert json.loads(Path(first).read_text()) == {"code": 0}
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert b"same raster, as job " + job.short_id.encode() in shown
    assert loopback.created == before + 1
