"""A flag means one thing, and is of use or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neuroqgan.data.load import load
from neuroqgan.runs.config import RunConfig
from tests.cli.conftest import Command


def test_neurons_are_counted_by_one_flag_and_chosen_by_another(
    command: Command, tmp_path: Path
) -> None:
    made = command("data", "simulate", tmp_path / "a.npz", "--n-neurons", 3, "--trials", 2)
    assert made.err == ""
    old = command("data", "simulate", tmp_path / "b.npz", "--neurons", 3, "--trials", 2)
    assert "--neurons is now called --n-neurons here" in old.err
    assert load(tmp_path / "a.npz") == load(tmp_path / "b.npz")
    assert load(tmp_path / "a.npz").n_neurons == 3
    assert "--neurons" not in command("data", "simulate", "--help").out


def test_a_plan_is_for_as_many_samples_as_a_run_has(command: Command, tiny: Path) -> None:
    show = ("backends", "show", "fake_nairobi", "--run", tiny.name)
    samples = RunConfig().samples
    assert f"{samples} samples of tiny" in command(*show).out
    dry = command("run", "--name", "tiny", "--backend", "fake_nairobi", "--dry-run", "--json")
    assert _counted(command(*show, "--json").json["run"]) == _counted(dry.json["plan"])
    few = command(*show, "--samples", 9, "--json").json["run"]
    assert _counted(few) != _counted(dry.json["plan"])


def _counted(plan: dict[str, Any]) -> dict[str, Any]:
    """Leave out the size of the request: parameters have random identities, a few bytes each."""
    return {name: value for name, value in plan.items() if name not in {"payload_bytes", "limits"}}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("backends", "show", "fake_nairobi", "--samples", 9), "add --run RUN"),
        (("run", "--name", "tiny", "--overwrite"), "--output FILE.npz"),
    ],
)
def test_a_flag_without_use_is_refused(
    command: Command, tiny: Path, arguments: tuple[object, ...], hint: str
) -> None:
    assert tiny.exists()
    outcome = command(*arguments)
    assert outcome.code == 2
    assert f"try: {hint}" in outcome.err
