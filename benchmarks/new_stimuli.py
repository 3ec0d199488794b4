#!/usr/bin/env python3
"""New stimuli: a simulated population, learnt from some stimuli and judged on others.

Trials take turns through the stimuli, and training and held-out trials share none of them. The
columns of the stimulus enter through temporal filters. Prints a table in Markdown: what constant
rates, the stimulus of other trials (shuffled) and the right stimulus explain.

    python benchmarks/new_stimuli.py --neurons 8 --stimuli 40
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

import neuroqgan as nq
from neuroqgan.data.simulate import simulate_population
from neuroqgan.evaluation.conditional.bits_per_spike import bits_per_spike


def shuffled(parts: nq.Split) -> nq.Split:
    """Give every trial the stimulus of another one."""
    own = parts.covariates
    moved = nq.Covariates(np.roll(own.values, 2, axis=0), own.names, "shuffled")
    return parts.with_covariates(moved)


def row(name: str, preset: str, parts: nq.Split, options: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if parts.covariates is not None:
        given = {"covariate_filters": 5, "covariate_bins": 15}
    model = nq.Generator(preset, **given)
    start = time.perf_counter()
    model.fit(
        parts,
        covariates="none" if parts.covariates is None else parts.covariates,
        seed=options.seed,
        progress=False,
    )
    seconds = time.perf_counter() - start
    windows = parts.held_out.covariates
    raster = model.sample(parts.held_out.n_samples, seed=1, covariates=windows)
    judged = nq.judge(raster, parts, seed=0, n_bootstrap=0)
    bits = bits_per_spike(model, parts)
    rates = _correlation(model, parts) if windows is not None else float("nan")
    return {
        "covariates": name,
        "preset": preset,
        "parameters": f"{model.n_parameters - model.n_stimulus_parameters}"
        f" + {model.n_stimulus_parameters}",
        "bits per spike": "-" if bits is None else f"{bits:.3f}",
        "PSTH correlation": f"{rates:.3f}",
        "C2ST": f"{judged.c2st.accuracy:.3f}",
        "seconds": f"{seconds:.0f}",
    }


def _correlation(model: nq.Generator, parts: nq.Split) -> float:
    """Correlate mean rates over repeats of each new stimulus, model with recording."""
    trials = parts.held_out_trials
    drawn = np.mean(
        [
            model.sample(
                trials.n_samples, trials.n_bins, seed=10 + i, covariates=trials.covariates
            ).spikes
            for i in range(10)
        ],
        axis=0,
    )
    values = trials.covariates.covariates.values[trials.covariates.trials]
    _, stimulus = np.unique(values.reshape(len(values), -1), axis=0, return_inverse=True)
    real = np.stack([trials.spikes[stimulus == s].mean(0) for s in range(stimulus.max() + 1)])
    mine = np.stack([drawn[stimulus == s].mean(0) for s in range(stimulus.max() + 1)])
    return float(
        np.mean(
            [
                np.corrcoef(real[..., n].ravel(), mine[..., n].ravel())[0, 1]
                for n in range(real.shape[2])
            ]
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", type=int, default=8)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--stimuli", type=int, default=40)
    parser.add_argument("--presets", default="history,stationary")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    recording = simulate_population(
        options.neurons, n_trials=options.trials, n_stimuli=options.stimuli, seed=0
    )
    parts = nq.split(recording, 16, covariates="recorded")
    rows = [
        row(name, preset, chosen, options)
        for preset in options.presets.split(",")
        for name, chosen in (
            ("none", parts.with_covariates(None)),
            ("stimulus of another trial", shuffled(parts)),
            ("stimulus", parts),
        )
    ]
    print(f"| {' | '.join(rows[0])} |")
    print("|" + "---|" * len(rows[0]))
    for one in rows:
        print(f"| {' | '.join(one.values())} |", flush=True)


if __name__ == "__main__":
    main()
