"""What the noise of a device does to firing rates, and rates of free runs that have that noise.

Shots of a simulated device are slow, so they are spent on a few rows of angles, each with many
shots, and compared with the exact spike probabilities of the same rows. Free runs, in which wrong
spikes act on later ones, are then drawn exactly and flipped as often as the device flips them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.local.exact import ExactBackend
from neuroqgan.jobs.planning import plan_request
from neuroqgan.jobs.request import BinBlock, Request
from neuroqgan.seeding import spawned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.backends.local.in_process import LocalBackend
    from neuroqgan.backends.placement.tiles import Page
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource

    Floats = NDArray[np.float64]

# Bins of every neuron that a device measures: a rate of 5 % is known to 0.2 %.
_MEASURED_BINS = 12_000
_ROWS = 24
_EXACT_BINS = 200_000


def rate_shift(
    source: RasterSource, order: RasterOrder, backend: LocalBackend, seed: int
) -> Floats:
    """Return by how much a device's noise raises the spike probability of every neuron.

    Parameters
    ----------
    source
        The generator.
    order
        How a raster would be measured.
    backend
        A simulated device.
    seed
        Of the shots.

    Returns
    -------
    numpy.ndarray
        Per bin, shape ``(n_neurons,)``; negative where spikes are lost.
    """
    source, latents = order.measured_source(source), np.random.SeedSequence(seed)
    is_whole, n_bins = source.bins_at_once is None, order.n_bins_of(source)
    step = n_bins if is_whole else order.bins_per_job or 1
    exact = ExactBackend()
    n_samples, side_by_side = max(2, _ROWS // step), 1
    for _ in range(2):
        # Whole pages, so that all places of the device count alike.
        n_samples = -(-n_samples // side_by_side) * side_by_side
        past = source.initial_past(n_samples, latents)
        program = source.next_program(past, 0, step, latents)
        block = None if is_whole else BinBlock(0, n_bins, n_samples, None, step, "")
        plan, laid_out = plan_request(Request(program, backend.name, seed, block=block), backend)
        if n_samples % plan.samples_per_shot == 0:
            break
        side_by_side = plan.samples_per_shot
    shots = max(1, _MEASURED_BINS // (n_samples * step))
    measured = backend.run_pages(
        plan.pages,
        [plan.values(laid_out, page) for page in plan.pages],
        seed=seed,
        shots=laid_out.shots * shots,
    )
    ideal_plan = exact.plan(program)
    ideal = exact.run_pages(
        ideal_plan.pages,
        [ideal_plan.values(program, page) for page in ideal_plan.pages],
        seed=seed,
        shots=max(1, _EXACT_BINS // (n_samples * step)),
    )
    n_neurons = source.spec.n_neurons
    noisy = _rates(plan.pages, measured, n_neurons)
    return noisy - _rates(ideal_plan.pages, ideal, n_neurons)


def _rates(pages: Sequence[Page], bits: Sequence[NDArray[np.bool_]], n_neurons: int) -> Floats:
    spikes, n_read = np.zeros(n_neurons), np.zeros(n_neurons)
    for page, array in zip(pages, bits, strict=True):
        columns = [neuron for tile in page.tiles for neuron in tile.neurons]
        np.add.at(spikes, columns, array.sum(0))
        np.add.at(n_read, columns, len(array))
    return spikes / n_read


def shifted_rates(source: RasterSource, order: RasterOrder, shift: Floats, seed: int) -> Floats:
    """Return the firing rates of free runs whose bits are flipped as a device flips them.

    Parameters
    ----------
    source, order
        See `rate_shift`.
    shift
        As `rate_shift` returns it; if it is positive, so many silent bins get a spike, else as many
        spikes are lost.
    seed
        Of the runs; the same seed draws the same random numbers, whatever the weights.

    Returns
    -------
    numpy.ndarray
        Spike probabilities per bin, shape ``(n_neurons,)``.
    """
    streams = spawned(np.random.SeedSequence(seed), 2)
    latents, random = streams[0], np.random.default_rng(streams[1])
    exact, n_bins = ExactBackend(), source.spec.n_bins if order.n_bins is None else order.n_bins
    n_runs = order.n_samples
    step = n_bins if source.bins_at_once is None else 1
    past = source.initial_past(n_runs, latents)
    first = past.shape[1]
    while past.shape[1] < first + n_bins:
        done = past.shape[1] - first
        program = source.next_program(past, done, step, latents)
        spikes = exact.run(program, seed=int(random.integers(1 << 31))).spikes
        rate = np.clip(spikes.mean((0, 1)), 1e-6, 1 - 1e-6)
        chance = np.where(spikes, np.maximum(-shift, 0) / rate, np.maximum(shift, 0) / (1 - rate))
        past = np.concatenate([past, spikes ^ (random.random(spikes.shape) < chance)], axis=1)
    rates: Floats = past[:, first:].mean((0, 1))
    return rates
