"""A sweep of trainings that take a moment, and workers that are none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from neuroqgan.runs.sweep.sweep import Sweep
from neuroqgan.runs.sweep.sweep_file import read_sweep

GRID = "learning_rate = [0.01, 0.1]\nseed = [0, 1]\n"


def write_sweep(folder: Path, grid: str = GRID, more: str = "") -> Path:
    """Write a sweep and its recording."""
    recording = folder / "recording.npz"
    if not recording.exists():
        save(recording, simulate_population(3, 24, 32, seed=0))
    file = folder / "tiny.toml"
    file.write_text(
        f'data = "{recording}"\nbins = 8\npreset = "memory"\ncovariates = "none"\nbatch = 8\n'
        f"steps = 2\nmixing_layers = 4\nmemory_qubits = 2\n{more}\n[grid]\n{grid}"
    )
    return file


def open_sweep(file: Path, **choices: Any) -> Sweep:
    """Open a sweep that is decided by the fastest objective."""
    return Sweep.of(read_sweep(file), None, {"objective": "energy"} | choices)


class Inline(Executor):
    """Runs every task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*arguments, **keywords))
        except Exception as error:  # noqa: BLE001  # it belongs to the task
            future.set_exception(error)
        return future


def weights(sweep: Sweep) -> dict[str, bytes]:
    """Return the trained weights of every run."""
    files = sweep.store.root.glob(f"{sweep.name}-*/generator.safetensors")
    return {path.parent.name: path.read_bytes() for path in files}
