"""What happens on this machine alone: training, sampling, converting, removing."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.scenarios.scenario import Scenario
from tests.campaign.shell import Shell

_STEPS = ("--bins", "4", "--steps", "6", "--batch", "8", "--shots", "2", "--checkpoint-every", "2")
_SIMULATE = ("run", "--name", "mine", "--backend", "fake_nairobi", "--samples", "40")


def recording(home: Path, name: str = "recording") -> str:
    """Return a recording; it lies outside the home, where nothing happens to it."""
    return str(home.parent / "template" / f"{name}.npz")


def _train(shell: Shell, home: Path) -> None:
    shell("train", "--data", recording(home), "--name", "new", *_STEPS)


def _finish_training(shell: Shell, home: Path) -> None:
    shell.must("runs", "list")
    folder = home / "runs" / "new"
    again = ("--name", "new", "--resume") if (folder / "config.toml").exists() else None
    if again is None:
        shell.must("train", "--data", recording(home), "--name", "new", *_STEPS)
    elif not (folder / "generator.safetensors").exists():
        shell.must("train", *again)
    shell.must("runs", "show", "new")
    shell.must("jobs", "list")


def _simulate(shell: Shell, home: Path) -> None:
    shell(*_SIMULATE)


def _simulate_again(shell: Shell, home: Path) -> None:
    shell.must("jobs", "recover")
    shell.must(*_SIMULATE)
    shell.must("jobs", "list")


def _convert(shell: Shell, home: Path) -> None:
    shell("data", "convert", recording(home), str(home / "out.npz"), "--overwrite")
    shell("data", "convert", recording(home), str(home / "out.zarr"), "--overwrite")


def _converted_before(shell: Shell, home: Path) -> None:
    for name in ("out.npz", "out.zarr"):
        shell.must("data", "convert", recording(home, "other"), str(home / name))


def _convert_again(shell: Shell, home: Path) -> None:
    # What is there is either the former file or the new one, and whole.
    for name in ("out.npz", "out.zarr"):
        shell.must("data", "show", str(home / name))
    for name in ("out.npz", "out.zarr"):
        shell.must("data", "convert", recording(home), str(home / name), "--overwrite")


def _remove(shell: Shell, home: Path) -> None:
    shell("runs", "remove", "mine", "--yes")


def _train_on_another(shell: Shell, home: Path) -> None:
    shell.must("runs", "list")
    if (home / "runs" / "mine" / "config.toml").exists():
        shell.must("runs", "show", "mine")
        shell.must("runs", "remove", "mine", "--yes")
    shell.must("train", "--data", recording(home, "other"), "--name", "mine", *_STEPS)


_WEIGHTS = ("generator.safetensors", "checkpoint.safetensors")

SCENARIOS = (
    Scenario(
        "train", _train, _finish_training, outputs=tuple(f"runs/new/{name}" for name in _WEIGHTS)
    ),
    Scenario("simulate", _simulate, _simulate_again, outputs=("runs/mine/rasters/*.npz",)),
    Scenario(
        "convert",
        _convert,
        _convert_again,
        _converted_before,
        outputs=("out.npz", "out.zarr/**/*"),
    ),
    Scenario(
        "remove",
        _remove,
        _train_on_another,
        outputs=tuple(f"runs/mine/{name}" for name in _WEIGHTS),
    ),
)
