#!/usr/bin/env python3
"""Free runs of a minute: how many leave the recording's firing rates.

For every choice of neurons: nemos's GLM and the PSTH, and generators of the preset history, each
given the time in the trial (the trial is repeated over the run) and without it. Prints a table in
Markdown: weights, share of runs that left, and the greatest error in units of what is allowed (see
`neuroqgan.evaluation.stability`).

    python benchmarks/stability.py --data recording.npz --neurons 0:10
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan import Covariates, CovariateWindows, Generator, Split, load, split
from neuroqgan.data.neurons import parse_neurons
from neuroqgan.errors import NeuroqganError
from neuroqgan.evaluation.classical.model_registry import CLASSICAL_MODELS
from neuroqgan.evaluation.classical.nemos_glm import NemosGLM
from neuroqgan.evaluation.classical.psth import PSTH
from neuroqgan.evaluation.model_row import markdown_table
from neuroqgan.evaluation.stability import RateReference, free_run_stability

if TYPE_CHECKING:
    from neuroqgan.evaluation.classical.protocol import ClassicalModel

SALAMANDER = Path("shared/data/salamander_retina_train.npz")

Simulate = Callable[[int, int, np.random.Generator], np.ndarray]
Contestant = tuple[str, bool, Callable[[Split], tuple[Simulate, int]]]


def repeated(covariates: Covariates, n_runs: int, n_bins: int) -> CovariateWindows:
    """Return the trial's covariates one after the other, for runs of any length."""
    repeats = -(-n_bins // covariates.n_bins)
    values = np.tile(covariates.values[:1], (1, repeats, 1))[:, :n_bins]
    return CovariateWindows.whole_trials(Covariates(values, covariates.names), n_runs)


def classical(model: ClassicalModel, parts: Split) -> tuple[Simulate, int]:
    model.fit(parts.train, trials=parts.trials)

    def simulate(n_runs: int, n_bins: int, random: np.random.Generator) -> np.ndarray:
        if parts.covariates is None:
            # Without a stimulus only the length of the run is told by its covariates.
            seen = repeated(Covariates(np.zeros((1, 1)), ("nothing",)), n_runs, n_bins)
        else:
            seen = repeated(parts.covariates, n_runs, n_bins)
        return model.sample(n_runs, random, covariates=seen).spikes

    return simulate, model.n_parameters


class RepeatedTrial(CovariateWindows):
    """Runs that begin with a trial and go on with the next when it ends."""

    def rows(self, first_bin: int = 0, n_bins: int | None = None) -> np.ndarray:
        bins = first_bin + np.arange(self.n_bins if n_bins is None else n_bins)
        row = self.covariates.values[0, bins % self.covariates.n_bins]
        return np.broadcast_to(row, (self.n_samples, *row.shape))


def generator(parts: Split, steps: int | None, **shape: object) -> tuple[Simulate, int]:
    model = Generator("history", **shape)
    trial = parts.covariates
    model.fit(
        parts,
        seed=0,
        steps=steps,
        progress=False,
        covariates="none" if trial is None else trial,
    )

    def simulate(n_runs: int, n_bins: int, random: np.random.Generator) -> np.ndarray:
        zeros = np.zeros(n_runs, int)
        seen = None if trial is None else RepeatedTrial(trial, zeros, zeros, trial.n_bins)
        seed = int(random.integers(2**31))
        # Not by `sample`, which knows of no time after the trial's end.
        return model.draw_exactly(n_runs, n_bins, seed, covariates=seen)

    return simulate, model.n_parameters


def contestants(options: argparse.Namespace) -> Iterator[Contestant]:
    """Yield name, whether it is given the time in the trial, and how it is fitted."""
    if CLASSICAL_MODELS["nemos"].is_installed:
        for given in (True, False):
            yield "nemos", given, lambda parts: classical(NemosGLM(), parts)
            yield (
                "nemos, hardly regularised",
                given,
                lambda parts: classical(NemosGLM(strength=1e-9), parts),
            )
    else:
        print("nemos is not installed: pip install 'neuroqgan[nemos]'", file=sys.stderr)
    yield "psth", True, lambda parts: classical(PSTH(), parts)
    if options.generators:
        for past in ("filters", "one-bin"):
            for given in (True, False):
                yield (
                    f"history, past {past}",
                    given,
                    lambda parts, past=past: generator(parts, options.steps, past=past),
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=str(SALAMANDER), help="recording, trials of one stimulus")
    parser.add_argument("--neurons", default="0:10", help="choices, by commas [0:10]")
    parser.add_argument("--runs", type=int, default=1000, help="free runs of each model [1000]")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of a run [60]")
    parser.add_argument("--steps", type=int, help="training steps of generators [the preset's]")
    parser.add_argument("--models", default="", help="names of the table, by semicolons [all]")
    parser.add_argument("--no-generators", dest="generators", action="store_false")
    options = parser.parse_args()
    if not Path(options.data).exists():
        sys.exit(f"SKIPPED: there is no recording {options.data}; --data says where it is.")
    recording, rows = load(options.data), []
    for subset in options.neurons.split(","):
        chosen = recording.select(parse_neurons(subset, recording.n_neurons))
        bare = split(chosen)
        for name, given, fit in contestants(options):
            if options.models and name not in options.models.split(";"):
                continue
            parts = bare.with_covariates("trial-time" if given else "none")
            try:
                simulate, size = fit(parts)
                start = time.perf_counter()
                found = free_run_stability(
                    simulate,
                    RateReference.of(parts, given_stimulus=given),
                    options.runs,
                    options.seconds,
                )
            except NeuroqganError as error:
                print(f"{name}, {subset}: {error}", file=sys.stderr)
                continue
            seconds = time.perf_counter() - start
            rows.append(
                (
                    subset,
                    name,
                    "yes" if given else "no",
                    f"{size:,}",
                    f"{found.share:.3f}",
                    f"{found.worst:.2f}",
                    f"{seconds:.0f}",
                )
            )
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    headings = ("neurons", "model", "trial time", "parameters", "left", "worst error", "s")
    print(markdown_table(headings, rows))


if __name__ == "__main__":
    main()
