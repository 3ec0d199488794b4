"""A calibration that changes under a raster of several requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.placement.plan import Plan, device_plan
from neuroqgan.errors import ConfigError, ServiceError
from neuroqgan.sampling.calibration_watch import CACHED, REFRESH, CalibrationWatch
from tests.backends.test_devices import pattern_program

MORNING = datetime(2026, 11, 29, 7, tzinfo=UTC)
TARGET = snapshot_target("fake_nairobi")


class Calibrated:
    """A device behind a service that says when it was calibrated."""

    name, kind = "ibm_stub", "ibm"

    def __init__(self) -> None:
        self.calibrated = self.newest = MORNING
        self.target = self.next_target = TARGET
        self.down: Exception | None = None

    def refresh_calibration(self) -> None:
        if self.down is not None:
            raise self.down
        self.calibrated, self.target = self.newest, self.next_target


@pytest.fixture
def device() -> Calibrated:
    return Calibrated()


@pytest.fixture
def plan() -> Plan:
    program = pattern_program(np.zeros((2, 1, 3), bool), (3,), n_layers=2)
    return device_plan(program, TARGET, "ibm_stub")


def watch(device: Any, use: str) -> CalibrationWatch:
    return CalibrationWatch(device, use)


@pytest.mark.parametrize("use", [CACHED, REFRESH])
def test_nothing_is_said_while_nothing_changes(device: Calibrated, plan: Plan, use: str) -> None:
    looking = watch(device, use)
    assert looking.look(None, 0) == (None, "")
    assert looking.look(plan, 1) == (plan, "")


def test_a_plan_is_kept_and_that_is_said_once(device: Calibrated, plan: Plan) -> None:
    looking = watch(device, CACHED)
    looking.look(None, 0)
    device.newest += timedelta(hours=2)
    kept, said = looking.look(plan, 4)
    assert kept is plan
    assert "before bin 5 were planned with the calibration of 2026-11-29 07:00 UTC" in said
    assert "keep their qubits" in said
    assert looking.look(plan, 5) == (plan, "")


def test_refresh_plans_anew(device: Calibrated, plan: Plan) -> None:
    looking = watch(device, REFRESH)
    looking.look(None, 0)
    device.newest += timedelta(hours=2)
    found, said = looking.look(plan, 4)
    assert found is None
    assert "are planned with it" in said


def test_refresh_makes_no_use_of_a_plan_from_before_the_question(
    device: Calibrated, plan: Plan
) -> None:
    device.newest += timedelta(hours=2)
    assert watch(device, REFRESH).look(plan, 0) == (None, "")
    assert watch(Calibrated(), CACHED).look(plan, 0) == (plan, "")


def test_a_plan_whose_qubits_broke_is_given_up(device: Calibrated, plan: Plan) -> None:
    looking = watch(device, CACHED)
    looking.look(None, 0)
    device.newest += timedelta(hours=2)
    broken = plan.pages[0].tiles[0].qubits[1]
    others = restrict(TARGET, [q for q in range(7) if q != broken])
    device.next_target = others
    found, said = looking.look(plan, 4)
    assert found is None
    assert "faulty" in said
    assert "planned anew" in said


def test_bins_of_another_process_are_compared_with(device: Calibrated, plan: Plan) -> None:
    looking = watch(device, CACHED)
    before = SimpleNamespace(about={"calibrated": (MORNING - timedelta(days=1)).isoformat()})
    looking.knows(before)  # type: ignore[arg-type]
    # The plan of this process was made with what is known now.
    found, said = looking.look(plan, 2)
    assert found is plan
    assert "2026-11-28 07:00 UTC" in said
    assert "are planned with it" in said
    # Jobs of earlier versions do not say it.
    looking.knows(SimpleNamespace(about={}))  # type: ignore[arg-type]
    assert looking.look(None, 3) == (None, "")


def test_only_refresh_insists_on_an_answer(device: Calibrated, plan: Plan) -> None:
    looking = watch(device, CACHED)
    looking.look(None, 0)
    device.down = ServiceError("No network.")
    assert looking.look(plan, 1) == (plan, "")
    with pytest.raises(ServiceError):
        watch(device, REFRESH).look(plan, 1)
    with pytest.raises(ConfigError, match="no calibration"):
        watch(device, "newest")
