"""Whether a generator repeats the windows that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

# New real windows are this close to old ones by chance; a generator that is markedly closer
# repeats them.
_MARKEDLY = 0.7
_EXTRA_COPIES = 0.1


@dataclass(frozen=True)
class Memorisation:
    """Distances to the nearest training window, in spikes that differ.

    Windows without a spike are left out, since they are copies of each other by necessity.

    Parameters
    ----------
    generated_median
        Median distance of generated windows.
    held_out_median
        Median distance of real windows that were not trained on.
    copied_fraction
        Share of generated windows that are in the training data as they are.
    held_out_copied_fraction
        The same share of held-out windows.
    memorised
        Whether generated windows are markedly closer than held-out ones.
    """

    generated_median: float
    held_out_median: float
    copied_fraction: float
    held_out_copied_fraction: float
    memorised: bool


def nearest_training_distance(
    generated: SpikeRaster,
    training: SpikeRaster,
    held_out: SpikeRaster,
    *,
    max_samples: int = 2000,
    seed: Seed = 0,
) -> Memorisation:
    """Compare generated and held-out windows by their nearest training window.

    Parameters
    ----------
    generated, training, held_out
        Windows of one shape.
    max_samples
        Generated and held-out windows looked at.
    seed
        Source of their choice.
    """
    random = as_generator(seed)
    known = training.spikes.reshape(training.n_samples, -1).astype(np.float32)
    fresh = _nearest(generated, known, max_samples, random)
    real = _nearest(held_out, known, max_samples, random)
    copied, real_copied = float((fresh == 0).mean()), float((real == 0).mean())
    generated_median, held_out_median = float(np.median(fresh)), float(np.median(real))
    return Memorisation(
        generated_median,
        held_out_median,
        copied,
        real_copied,
        memorised=generated_median < _MARKEDLY * held_out_median
        or copied > real_copied + _EXTRA_COPIES,
    )


def _nearest(
    raster: SpikeRaster, known: NDArray[np.float32], max_samples: int, random: np.random.Generator
) -> NDArray[np.float32]:
    active = raster.spikes[raster.spikes.any(axis=(1, 2))]
    if not len(active):
        return np.zeros(1, np.float32)
    chosen = active[random.permutation(len(active))[:max_samples]]
    rows = chosen.reshape(len(chosen), -1).astype(np.float32)
    n_known = known.sum(1)
    nearest = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), 500):
        block = rows[start : start + 500]
        distance = block.sum(1)[:, None] + n_known - 2 * (block @ known.T)
        nearest[start : start + 500] = distance.min(1)
    return nearest
