#!/usr/bin/env python3
"""Classical models and generators that are given the time in the trial, on one recording.

All are fitted to the training trials alone. For each: parameters, and those that describe the
trial behind a plus; seconds of the fit; bits per spike on held-out trials against the homogeneous
model (Bernoulli, one rate per neuron); ratios of `neuroqgan.judge`; and the accuracy of its
classifier. Rows go to a JSON Lines file at once, and what is there is not measured again.

    python benchmarks/classical.py --neurons 0:10,0:50 --no-generators
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan import CovariateWindows, Generator, SpikeRaster, Split, judge, load, split
from neuroqgan.data.neurons import parse_neurons
from neuroqgan.errors import NeuroqganError
from neuroqgan.evaluation.classical.independent import Independent
from neuroqgan.evaluation.classical.model_registry import CLASSICAL_MODELS
from neuroqgan.evaluation.classical.nemos_glm import NemosGLM
from neuroqgan.evaluation.classical.psth import PSTH
from neuroqgan.evaluation.classical.psth_gaussian import PSTHGaussian
from neuroqgan.evaluation.model_row import ModelRow, headings, markdown_table

if TYPE_CHECKING:
    from neuroqgan.evaluation.classical.protocol import ClassicalModel

SALAMANDER = Path("shared/data/salamander_retina_train.npz")
N_BINS = 16


class Fitted:
    """What the table needs of a model, classical or not."""

    def __init__(
        self,
        n_parameters: int,
        n_stimulus_parameters: int,
        sample: Callable[[CovariateWindows, int], SpikeRaster],
        log_likelihood: Callable[[SpikeRaster], float],
    ) -> None:
        self.n_parameters = n_parameters
        self.n_stimulus_parameters = n_stimulus_parameters
        self.sample = sample
        self.log_likelihood = log_likelihood


def classical(model: ClassicalModel, parts: Split, seed: int) -> Fitted:
    model.fit(parts.train, seed, trials=parts.trials)
    return Fitted(
        model.n_parameters,
        model.n_stimulus_parameters,
        lambda seen, seed: model.sample(seen.n_samples, seed, covariates=seen),
        lambda trials: float(model.log_likelihood(trials).sum()),
    )


def generator(shape: dict[str, object], steps: int | None, parts: Split, seed: int) -> Fitted:
    model = Generator("history", **shape)
    model.fit(parts, seed=seed, steps=steps, progress=False, covariates=parts.covariates)
    part = model.covariate_drive
    return Fitted(
        model.n_parameters,
        0 if part is None else part.n_stimulus_weights,
        lambda seen, seed: model.sample(seen.n_samples, seed=seed, covariates=seen),
        lambda trials: float(
            sum(
                model.log_likelihood(trials.take(slice(i, i + 10))).sum()
                for i in range(0, trials.n_samples, 10)
            )
        ),
    )


Fit = Callable[[Split, int], Fitted]


def contestants(options: argparse.Namespace) -> dict[str, Fit]:
    """Return how every model of the table is fitted, by its name there."""
    models: dict[str, Fit] = {
        "psth": lambda parts, seed: classical(PSTH(), parts, seed),
        "psth-dichotomized-gaussian": lambda parts, seed: classical(PSTHGaussian(), parts, seed),
    }
    sizes = {
        "nemos, 2 filters, own past, 8 dimensions": {
            "n_filters": 2,
            "n_dimensions": 8,
            "is_coupled": False,
        },
        "nemos, 5 filters, own past, 8 dimensions": {"n_dimensions": 8, "is_coupled": False},
        "nemos, 2 filters, 8 dimensions": {"n_filters": 2, "n_dimensions": 8},
        "nemos, 5 filters, all dimensions": {},
    }
    if CLASSICAL_MODELS["nemos"].is_installed:
        for name, shape in sizes.items():
            models[name] = lambda parts, seed, shape=shape: classical(
                NemosGLM(**shape), parts, seed
            )
    else:
        print("SKIPPED: nemos; pip install 'neuroqgan[nemos]'", file=sys.stderr)
    for past in ("filters", "one-bin") if options.generators else ():
        models[f"history, past {past}"] = lambda parts, seed, past=past: generator(
            {"past": past}, options.steps, parts, seed
        )
    chosen = [text.strip() for text in options.models.split(";") if text.strip()]
    return {name: fit for name, fit in models.items() if not chosen or name in chosen}


def measure(fit: Fit, parts: Split, n_samples: int, seed: int) -> tuple[float, ModelRow]:
    """Return bits per spike on held-out trials (not a number without a likelihood), and the row."""
    held_out, covariates = parts.held_out_trials, parts.covariates
    start = time.perf_counter()
    model = fit(parts, seed)
    seconds = time.perf_counter() - start
    rates = Independent()
    rates.fit(parts.train)
    try:
        gain = model.log_likelihood(held_out) - rates.log_likelihood(held_out).sum()
        bits = gain / np.log(2) / held_out.spikes.sum()
    except NotImplementedError:
        bits = np.nan
    seen = CovariateWindows.spread(covariates, n_samples, parts.n_bins, seed)
    evaluation = judge(model.sample(seen, seed), parts, seed=seed)
    row = ModelRow.of("", evaluation, model.n_parameters, seconds)
    return float(bits), replace(row, n_stimulus_parameters=model.n_stimulus_parameters)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=str(SALAMANDER), help="recording, trials of one stimulus")
    parser.add_argument("--neurons", default="0:10,20:30,30:40,0:50", help="choices, by commas")
    parser.add_argument("--models", default="", help="names of the table, by semicolons [all]")
    parser.add_argument("--samples", type=int, default=20_000, help="windows of a model [20000]")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of each model [1]")
    parser.add_argument("--steps", type=int, help="training steps of generators [the preset's]")
    parser.add_argument("--no-generators", dest="generators", action="store_false")
    parser.add_argument("--out", type=Path, default=Path("classical.jsonl"), help="file of results")
    options = parser.parse_args()
    if not Path(options.data).exists():
        sys.exit(f"SKIPPED: there is no recording {options.data}; --data says where it is.")
    lines = options.out.read_text().splitlines() if options.out.exists() else []
    entries = [json.loads(line) for line in lines if line.endswith("}")]
    recording = load(options.data)
    for subset in options.neurons.split(","):
        chosen = recording.select(parse_neurons(subset, recording.n_neurons))
        parts = split(chosen, N_BINS, "trial-time")
        for seed in range(options.seeds):
            for name, fit in contestants(options).items():
                key = {"neurons": subset, "model": name, "seed": seed, "samples": options.samples}
                if any(entry["key"] == key for entry in entries):
                    continue
                try:
                    bits, row = measure(fit, parts, options.samples, seed)
                except NeuroqganError as error:
                    print(f"{name}, {subset}: {error}", file=sys.stderr)
                    continue
                row = replace(row, model=name).to_dict()
                entry = {"key": key, "bits": None if np.isnan(bits) else bits, "row": row}
                entries.append(entry)
                with options.out.open("a") as file:
                    file.write(json.dumps(entry) + "\n")
                print(json.dumps(entry), file=sys.stderr, flush=True)
    rows = [
        (
            entry["key"]["neurons"],
            str(entry["key"]["seed"]),
            *ModelRow.from_dict(entry["row"]).cells(),
            "-" if entry["bits"] is None else f"{entry['bits']:.3f}",
        )
        for entry in entries
    ]
    print(markdown_table(("neurons", "seed", *headings(), "bits per spike"), rows))


if __name__ == "__main__":
    main()
