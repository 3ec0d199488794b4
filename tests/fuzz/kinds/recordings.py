"""What all targets that read recordings share."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Options = dict[str, Any]

OFTEN: tuple[Options, ...] = ({}, {"bin_width": 0.02}, {"bin_width": 0.02})
"""What users say about most files."""

ARRAYS: tuple[Options, ...] = (
    *OFTEN,
    {"bin_width": 0.02, "axes": "neurons,bins,trials"},
    {"bin_width": 0.02, "axes": "bins,neurons", "counts": "refuse"},
    {"bin_width": 0.02, "time_unit": "ms"},
    {"bin_width": 0.02, "time_unit": "samples", "sampling_rate": 30000.0},
    {"bin_width": 0.02, "start": 0.1, "stop": 0.5},
    {"bin_width": 0.02, "array": "times"},
    {"bin_width": 0.02, "units": "0,1"},
)
"""And about arrays."""


def reader(choices: Sequence[Options] = ARRAYS) -> Callable[[Path], object]:
    """Return a function that loads a recording, with options that its bytes choose."""

    def read(path: Path) -> object:
        from neuroqgan.data.load import load

        raster = load(path, **chosen(path, choices))
        check_raster(raster)
        return raster

    return read


def covariates(path: Path) -> object:
    """Read covariates from a file."""
    from neuroqgan.data.covariates.files import read_covariates

    columns = chosen(path, ({}, {}, {"columns": ["speed"]}))
    found = read_covariates(path, **columns).covariates
    check_covariates(found)
    return found


def chosen(path: Path, choices: Sequence[Options]) -> Options:
    """Return one of several options, always the same for the same bytes."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    digest = 0
    for file in files:
        if file.is_file():
            digest = zlib.crc32(file.read_bytes(), digest)
    return choices[digest % len(choices)]


def check_raster(raster: Any) -> None:
    """Check that a raster makes sense, down to the bytes of its booleans."""
    import numpy as np

    spikes = raster.spikes
    assert spikes.dtype == np.bool_
    assert spikes.ndim == 3
    assert spikes.size
    assert np.ascontiguousarray(spikes).view(np.uint8).max() <= 1, "booleans that are none"
    assert math.isfinite(raster.bin_width)
    assert raster.bin_width > 0
    assert len(raster.neuron_labels) == len(set(raster.neuron_labels)) == spikes.shape[2]
    if raster.covariates is not None:
        check_covariates(raster.covariates.covariates)


def check_covariates(found: Any) -> None:
    """Check that covariates make sense."""
    import numpy as np

    assert found.values.ndim == 3
    assert found.values.size
    assert np.isfinite(found.values).all()
    assert len(set(found.names)) == found.n_columns
