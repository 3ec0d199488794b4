"""Small recordings of every kind, made by code, from which inputs are made."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.fuzz.folders import pack_folder


def spikes(n_trials: int = 3, n_bins: int = 12, n_neurons: int = 2) -> Any:
    """Return booleans, about a third of them true."""
    import numpy as np

    shape = n_trials, n_bins, n_neurons
    return np.arange(n_trials * n_bins * n_neurons).reshape(shape) * 7 % 3 == 0


def trains() -> Any:
    """Return spike times of neurons as an array of objects."""
    import numpy as np

    held = np.empty(3, object)
    for n in range(3):
        held[n] = np.arange(1, 5 + n) * 0.11 * (n + 1)
    return held


def written(suffix: str, *, has_covariates: bool = True) -> bytes:
    """Return a raster, with covariates if need be, as the package itself writes it."""
    import numpy as np

    from neuroqgan.covariates import Covariates, CovariateWindows
    from neuroqgan.data.save import save
    from neuroqgan.raster import SpikeRaster

    raster = SpikeRaster(spikes(), 0.02, ("a", "b"))
    if has_covariates:
        values = np.arange(3 * 12 * 2, dtype=float).reshape(3, 12, 2) % 7
        own = Covariates(values, ("speed", "x"))
        seen = CovariateWindows(own, np.arange(3), np.zeros(3, np.int64), 12)
        raster = raster.with_covariates(seen)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"raster{suffix}"
        save(path, raster)
        return pack_folder(path) if path.is_dir() else path.read_bytes()
