"""Programs of generators, as a walk over a raster draws them."""

from __future__ import annotations

import numpy as np

from neuroqgan.circuits.program import Program
from neuroqgan.models.base import Generator
from neuroqgan.seeding import Seed, sampling_streams


def whole_program(
    generator: Generator, n_samples: int, seed: Seed, n_bins: int | None = None
) -> Program:
    """Return the program of a whole raster."""
    past = generator.initial_past(n_samples, seed)
    return generator.next_program(past, 0, n_bins or generator.spec.n_bins, seed)


def first_past(generator: Generator, n_samples: int, seed: int) -> np.ndarray:
    """Return the spikes before the first bin of the raster of a seed."""
    return generator.initial_past(n_samples, sampling_streams(seed)[0])


def next_bins(generator: Generator, past: np.ndarray, seed: int, n_bins: int = 1) -> Program:
    """Return the program of the next bins of the raster of a seed."""
    return generator.next_program(past, 0, n_bins, sampling_streams(seed)[0])
