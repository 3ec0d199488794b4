"""Whether a generator repeats the windows that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

# Real windows are close to other real windows by chance; a generator has memorised only if its
# windows are markedly closer than that.
_MARKEDLY = 0.7
_EXTRA_COPIES = 0.1
_SAME = 0.05
_LEVEL = 0.01  # of the tests that this is no chance

FEWEST_WINDOWS = 20
"""Number of pairs of generated and held-out windows below which there is no verdict."""


@dataclass(frozen=True)
class Memorisation:
    """Distances to the nearest training window: the number of spikes that differ.

    A window with fewer spikes is closer to others, and more often equal to one. Every generated
    window is therefore paired with a held-out window that has as many spikes; windows without
    spikes or without such a partner are left out.

    Parameters
    ----------
    generated_mean, generated_median
        Mean and median distance of generated windows.
    held_out_mean, held_out_median
        Mean and median distance of their partners, real windows that were not trained on.
    copied_fraction
        Share of generated windows that also occur in the training data.
    held_out_copied_fraction
        The same share of their partners.
    n_compared
        Number of pairs; None in evaluations of version 0.1.
    memorised
        Whether generated windows are markedly closer than held-out ones; None if there are fewer
        than `FEWEST_WINDOWS` pairs.
    """

    generated_mean: float
    generated_median: float
    held_out_mean: float
    held_out_median: float
    copied_fraction: float
    held_out_copied_fraction: float
    n_compared: int | None
    memorised: bool | None

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Memorisation:
        """Read stored fields; files of version 0.1 have neither means nor pairs."""
        medians = {
            "generated_mean": values["generated_median"],
            "held_out_mean": values["held_out_median"],
            "n_compared": None,
        }
        return cls(**(medians | values))


def nearest_training_distance(
    generated: SpikeRaster,
    training: SpikeRaster,
    held_out: SpikeRaster,
    *,
    max_samples: int = 2000,
    seed: Seed = 0,
) -> Memorisation | None:
    """Compare generated and held-out windows by their nearest training window.

    Parameters
    ----------
    generated, training, held_out
        Windows of the same bins and neurons, ``(n_windows, n_bins, n_neurons)``.
    max_samples
        Largest number of generated and of held-out windows that are used.
    seed
        Source of their choice and of the pairing.

    Returns
    -------
    Memorisation or None
        None if no generated window with spikes has a partner.
    """
    random = as_generator(seed)
    known = training.spikes.reshape(training.n_samples, -1).astype(np.float32)
    fresh, real = (_chosen(raster, max_samples, random) for raster in (generated, held_out))
    mine, partner = _pairs(fresh.sum(1), real.sum(1), random)
    if not len(mine):
        return None
    near, real_near = _nearest(fresh[mine], known), _nearest(real, known)[partner]
    return Memorisation(
        float(near.mean()),
        float(np.median(near)),
        float(real_near.mean()),
        float(np.median(real_near)),
        float((near == 0).mean()),
        float((real_near == 0).mean()),
        len(mine),
        _memorised(near, real_near) if len(mine) >= FEWEST_WINDOWS else None,
    )


def _memorised(near: Floats, real_near: Floats) -> bool:
    """Return whether distances are much smaller, or copies much more frequent, than by chance."""
    from scipy.stats import fisher_exact, mannwhitneyu

    n, copies, real_copies = len(near), int((near == 0).sum()), int((real_near == 0).sum())
    if copies > real_copies + _EXTRA_COPIES * n:
        table = np.array([[copies, n - copies], [real_copies, n - real_copies]])
        if fisher_exact(table, alternative="greater").pvalue < _LEVEL:
            return True
    if near.mean() >= _MARKEDLY * real_near.mean():
        return False
    return bool(mannwhitneyu(near, real_near, alternative="less").pvalue < _LEVEL)


def _chosen(
    raster: SpikeRaster, max_samples: int, random: np.random.Generator
) -> NDArray[np.float32]:
    active = raster.spikes[raster.spikes.any(axis=(1, 2))]
    chosen = active[random.permutation(len(active))[:max_samples]]
    return chosen.reshape(len(chosen), raster.n_bins * raster.n_neurons).astype(np.float32)


def _pairs(
    counts: NDArray[np.float32], real_counts: NDArray[np.float32], random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair windows at random with real ones that have as many spikes, each window once."""
    mine, partners = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    sizes, real_sizes = _sizes(counts), _sizes(real_counts)
    for size in np.intersect1d(sizes, real_sizes):
        here = random.permutation(np.flatnonzero(sizes == size))
        there = random.permutation(np.flatnonzero(real_sizes == size))
        n = min(len(here), len(there))
        mine.append(here[:n])
        partners.append(there[:n])
    return np.concatenate(mine), np.concatenate(partners)


def _sizes(counts: NDArray[np.float32]) -> NDArray[np.intp]:
    """Bin numbers of spikes: those within about five percent count as the same."""
    return np.floor(np.where(counts < 1 / _SAME, counts, np.log(counts) / _SAME)).astype(np.intp)


def _nearest(rows: NDArray[np.float32], known: NDArray[np.float32]) -> Floats:
    n_known = known.sum(1)
    nearest = np.empty(len(rows))
    for start in range(0, len(rows), 500):
        block = rows[start : start + 500]
        distance = block.sum(1)[:, None] + n_known - 2 * (block @ known.T)
        nearest[start : start + 500] = distance.min(1)
    return nearest
