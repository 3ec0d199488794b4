"""What tests share."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroqgan.backends.names import PLUGIN_GROUP
from neuroqgan.raster import SpikeRaster

Install = Callable[[Callable[[str], Any]], None]

# Spinning OpenMP threads stall each other where anything else is running.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Caches stay where they are, although every test has a home of its own.
os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))

OF_STORES = (
    *("NEUROQGAN_DATABASE_URL", "NEUROQGAN_STORAGE_URL", "NEUROQGAN_ACCOUNT", "NEUROQGAN_USER"),
    *("NEUROQGAN_FILE_SYSTEM", "NEUROQGAN_GROUP_STORE"),
)

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture
def shared_data() -> Path:
    """Folder with the real recording and the peers' samples, which are not in the project."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"the real recording is not there: {folder}")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep tests away from the user's runs and jobs."""
    home = tmp_path / "home"
    monkeypatch.setenv("NEUROQGAN_HOME", str(home))
    for name in OF_STORES:
        monkeypatch.delenv(name, raising=False)
    # And from the user's account of a service that charges.
    for name in [name for name in os.environ if name.startswith("QISKIT_IBM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return home


@pytest.fixture
def make_raster() -> Callable[..., SpikeRaster]:
    """Independent spikes of a given rate."""

    def make(
        n_samples: int = 40, n_bins: int = 8, n_neurons: int = 4, rate: float = 0.3, seed: int = 0
    ) -> SpikeRaster:
        random = np.random.default_rng(seed)
        return SpikeRaster(random.random((n_samples, n_bins, n_neurons)) < rate, 0.02)

    return make


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin with the scheme ``acme``, made by a function."""

    def add(make: Callable[[str], Any]) -> None:
        class Made(EntryPoint):
            def load(self) -> Any:
                return make

        entry = Made("acme", "tests.made:up", PLUGIN_GROUP)
        found = importlib.metadata.entry_points

        def entry_points(**wanted: Any) -> EntryPoints:
            if wanted.get("group") == PLUGIN_GROUP:
                return EntryPoints([entry]).select(**wanted)
            return found(**wanted)

        monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)

    return add


def pytest_configure(config: pytest.Config) -> None:
    """Leave warnings of other packages aside that no user of ours can act on."""
    for message, module in (
        ("", r"qiskit.*"),
        ("", r"qiskit_machine_learning.*"),
        ("", r"numba.*"),
    ):
        config.addinivalue_line("filterwarnings", f"ignore:{message}::{module}")
