"""What children of the fork server do: the three parts of a round, and the template of homes."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.campaign.scenarios.migrating import write_earlier_store
from tests.campaign.shell import BrokenError, Shell, hurry

STOPPED, BROKEN = 3, 4


def template(folder: str) -> None:
    """Make two recordings, and a home with a trained run whose recording is not at hand."""
    from neuroqgan.data.save import save
    from neuroqgan.data.simulate import simulate_population

    root = Path(folder)
    os.environ["NEUROQGAN_HOME"] = str(root / "home")
    for seed, name in enumerate(("recording", "other", "moved")):
        save(root / f"{name}.npz", simulate_population(3, 12, 60, seed=seed))
    steps = ("--bins", "4", "--steps", "2", "--batch", "8", "--shots", "2")
    Shell().must("train", "--data", str(root / "moved.npz"), "--name", "mine", *steps)
    # Without it rasters are not judged, which would take most of a round.
    (root / "moved.npz").unlink()
    # An empty store, so that rounds begin with what is struck.
    Shell().must("jobs", "list")
    write_earlier_store(root)
    (root / "modules.json").write_text(json.dumps(sorted(sys.modules)))


def prepare(home: str, scenario: str, report: str, variables: dict[str, str]) -> int:
    """Do what has to be done before."""
    return _part("prepare", home, scenario, report, variables)


def mend(home: str, scenario: str, report: str, variables: dict[str, str]) -> int:
    """Do what a user does afterwards."""
    return _part("mend", home, scenario, report, variables)


def act(
    home: str,
    scenario: str,
    report: str,
    variables: dict[str, str],
    fault: str | None = None,
    place: dict[str, Any] | None = None,
) -> int:
    """Do what a fault strikes."""
    from tests.campaign.events import Events
    from tests.campaign.faults.fault_registry import FAULTS
    from tests.jobs.forks import wait_for_go

    _enter(home, variables)
    wait_for_go()
    events = None if fault is None else FAULTS[fault].arm(Path(home), place or {})
    if events is None:
        events = Events(Path(home))
    events.install()
    return _part("act", home, scenario, report, variables, events)


def _enter(home: str, variables: dict[str, str]) -> None:
    os.environ.update({"NEUROQGAN_HOME": home} | variables)
    os.chdir(home)
    hurry()
    from neuroqgan.jobs import context

    # A real service is given minutes to list a job; the one of the campaign takes none.
    given = {"answer_grace": timedelta(0), "missing_grace": timedelta(0)}
    context.JobContext = partial(context.JobContext, **given)  # type: ignore[misc,assignment]


def _part(
    part: str,
    home: str,
    scenario: str,
    report: str,
    variables: dict[str, str],
    events: Any = None,
) -> int:
    from tests.campaign.scenarios.scenario_registry import SCENARIOS

    if events is None:
        _enter(home, variables)
    shell, began, problem = Shell(), time.monotonic(), ""
    try:
        getattr(SCENARIOS[scenario], part)(shell, Path(home))
    except BrokenError as error:
        problem = f"{error}\n{traceback.format_exc()[-3000:]}"
    told = {
        "seconds": time.monotonic() - began,
        "processor_seconds": time.process_time(),
        "events": [] if events is None else events.names,
        "said": [{**entry, "stdout": ""} for entry in shell.said],
        "problem": problem,
        "modules": sorted(sys.modules),
    }
    if events is not None:
        events.stopped = True
    # Whole or not at all: the process may be ended meanwhile.
    part_file = Path(f"{report}.part")
    part_file.write_text(json.dumps(told))
    part_file.replace(report)
    return BROKEN if problem else 0
