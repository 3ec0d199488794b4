"""Random plans against a service that enforces IBM's rules: what is planned is not refused."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from neuroqgan.backends.ibm.device import IbmDevice
from tests.backends.ibm.conftest import Start


@pytest.fixture
def random_plans(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "random_plans.py"
    spec = importlib.util.spec_from_file_location("random_plans", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its data classes look themselves up.
    monkeypatch.setitem(__import__("sys").modules, "random_plans", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(IbmDevice, "limits", IbmDevice.limits)
    return module


@pytest.mark.slow
def test_no_plan_is_refused_by_the_service(start: Start, random_plans: ModuleType) -> None:
    service = start(list(random_plans.DEVICES), auto=False)
    service.set_usage(limit=None)
    tries = random_plans.Tries(service)
    found = [tries.send(random_plans.draw(seed)) for seed in range(2000, 2015)]
    assert random_plans.summary(found)["refused_by_service"] == []
    assert sum("jobs" in one for one in found) >= 7


def test_without_a_limit_of_ours_the_service_refuses(
    start: Start, random_plans: ModuleType
) -> None:
    service = start(["ibm_torino"], auto=False)
    plain = {"mitigate": "none", "twirling": "none"}
    plan = replace(
        random_plans.draw(0),
        device="ibm_torino",
        preset="stationary",
        sizes={"n_neurons": 2, "n_bins": 1},
        shape={},
        n_samples=1500,
        options=plain,
        placement={},
        bins={},
        small_limits=True,
    )
    with_limit = random_plans.Tries(service).send(plan)
    assert with_limit["jobs"] > 1
    assert with_limit["limit"] == "instructions"
    without = random_plans.Tries(service, "max_instructions").send(plan)
    assert "exceed the system limit of 53600 per qubit" in without["by_service"]
