#!/usr/bin/env python3
"""What entangling gates add once the stimulus is known: noise correlations with and without CZ.

Neurons are ordered so that pairs with strong noise correlations are neighbours, because CZ joins
neighbours. Trains `history` with the time in the trial, with and without entangling gates, and
prints a table in Markdown: noise correlations of neighbours and of all pairs, bits per spike, C2ST.

    python benchmarks/entangling.py --data recording.npz --neurons 0:10 --seeds 0,1,2
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

import neuroqgan as nq
from neuroqgan.evaluation.conditional.bits_per_spike import bits_per_spike
from neuroqgan.evaluation.conditional.residuals import residuals_by_time
from neuroqgan.evaluation.conditional.variability import bin_sums, noise_correlations


def correlations(raster: nq.SpikeRaster) -> np.ndarray:
    """Return noise correlations of single bins, square and symmetric."""
    (products,) = bin_sums(residuals_by_time(raster))
    found = np.zeros((raster.n_neurons, raster.n_neurons))
    pairs = np.triu_indices(raster.n_neurons, 1)
    found[pairs] = np.nan_to_num(noise_correlations(products.sum(0)))
    return found + found.T


def ordered(matrix: np.ndarray) -> list[int]:
    """Return an order in which strongly correlated neurons are neighbours, greedily."""
    size = np.abs(matrix)
    path = list(np.unravel_index(np.argmax(size), size.shape))
    left = set(range(len(size))) - set(path)
    while left:
        here = max(left, key=lambda n: max(size[path[0], n], size[path[-1], n]))
        path.insert(0 if size[path[0], here] > size[path[-1], here] else len(path), here)
        left.remove(here)
    return [int(n) for n in path]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--neurons", default="0:10")
    parser.add_argument("--seeds", default="0,1,2")
    options = parser.parse_args()
    if not Path(options.data).exists():
        sys.exit(f"There is no recording {options.data}.")
    recording = nq.load(options.data, neurons=options.neurons)
    parts = nq.split(recording, 16, covariates="trial-time")
    order = ordered(correlations(parts.train))
    parts = nq.split(recording.select(order), 16, covariates="trial-time")
    train, real = correlations(parts.train), correlations(parts.held_out)
    pairs = np.triu_indices(len(order), 1)
    neighbours = (np.arange(len(order) - 1), np.arange(1, len(order)))
    heads = ["gates", "seed", "bits per spike", "neighbours", "noise corr. ratio", "C2ST"]
    print(f"order {order}; recorded noise correlation of neighbours {real[neighbours].mean():.4f}")
    print(f"| {' | '.join(heads)} |\n|" + "---|" * len(heads))
    for seed in map(int, options.seeds.split(",")):
        for gates in ("line", "none"):
            model = nq.Generator("history", entangling=gates)
            model.fit(parts, seed=seed, progress=False)
            raster = model.sample(parts.held_out.n_samples, seed=seed + 1)
            found = correlations(raster)
            error, floor = (np.abs(m[pairs] - real[pairs]).mean() for m in (found, train))
            accuracy = nq.judge(raster, parts, n_bootstrap=0).c2st.accuracy
            cells = [
                gates,
                str(seed),
                f"{bits_per_spike(model, parts):.4f}",
                f"{found[neighbours].mean():.4f}",
                f"{error / floor:.2f}",
                f"{accuracy:.3f}",
            ]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
