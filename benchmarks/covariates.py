#!/usr/bin/env python3
"""How close generators come that know the time in the trial, by the panel of judges.

Trains every generator on the training half of every choice of neurons with every seed, samples
windows, and judges them. Each result goes to the output file at once, and
what is there already is not measured again. Then prints a table in Markdown: for every generator
and choice of neurons the mean over seeds, and the worst of all choices.

    python benchmarks/covariates.py --data recording.npz --generators history,history:past=one-bin
    python benchmarks/covariates.py --data recording.npz --neurons 0:50 --seeds 0,1,2
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import neuroqgan as nq

SETS = "0:10,10:20,20:30,30:40,40:50"
COLUMNS = {
    "rates": "spike_probability",
    "cov.": "pair_covariance",
    "k-prob.": "k_probability",
    "autocov.": "autocovariance",
    "lag-1": "lag1_cross_covariance",
}


def generator_of(text: str) -> tuple[nq.Generator, dict[str, Any]]:
    """Build ``preset:name=value:...``; settings of the training go to `fit`."""
    preset, *given = text.split(":")
    values = dict(item.split("=") for item in given)
    typed = {k: int(v) if v.lstrip("-").isdigit() else v for k, v in values.items()}
    of_fit = ("gradient", "gradient_cells", "steps", "batch", "shots")
    for_fit = {k: typed.pop(k) for k in of_fit if k in typed}
    return nq.Generator(preset, **typed), for_fit


def measure(key: dict[str, Any], data: str, backend: str | None) -> dict[str, Any]:
    recording = nq.load(data, neurons=key["neurons"])
    parts = nq.split(recording, key["bins"])
    model, settings = generator_of(key["generator"])
    start = time.perf_counter()
    model.fit(parts, seed=key["seed"], covariates=key["covariates"], progress=False, **settings)
    seconds = time.perf_counter() - start
    parts = parts.with_covariates(model.training_covariates)
    n_samples = max(parts.held_out.n_samples, key["samples"])
    raster = model.sample(n_samples, seed=key["seed"] + 1, backend=backend)
    evaluation = nq.judge(raster, parts, seed=key["seed"], n_bootstrap=0, model=model)
    return {
        "key": key,
        "seconds": seconds,
        "parameters": model.n_parameters,
        "stimulus": model.n_stimulus_parameters,
        "evaluation": evaluation.to_dict(),
    }


def table(entries: list[dict[str, Any]]) -> str:
    heads = ["generator", "neurons", "parameters", *COLUMNS, "C2ST", "floor", "judge", "seconds"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for entry in entries:
        key = entry["key"]
        name = (key["generator"], key["covariates"], key["neurons"])
        groups.setdefault(name, []).append(entry)
    for (name, covariates, neurons), rows in groups.items():
        judged = [row["evaluation"] for row in rows]
        ratios = [
            np.mean([one["statistics"][column]["ratio"] for one in judged])
            for column in COLUMNS.values()
        ]
        worst = max(judged, key=lambda one: one["c2st"]["accuracy"])
        accuracy = [one["c2st"]["accuracy"] for one in judged]
        floors = [v["floor"]["accuracy"] for one in judged for v in one["judges"].values()]
        own = rows[0]["parameters"] - rows[0]["stimulus"]
        cells = [
            f"{name}, {covariates}, {len(rows)} seeds",
            neurons,
            f"{own} + {rows[0]['stimulus']}",
            *(f"{ratio:.2f}" for ratio in ratios),
            f"{np.mean(accuracy):.3f} (worst {max(accuracy):.3f})",
            f"{min(floors):.3f} to {max(floors):.3f}",
            worst["c2st_judge"],
            f"{np.mean([row['seconds'] for row in rows]):.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--generators", default="history,history:past=one-bin,stationary")
    parser.add_argument("--neurons", default=SETS)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--bins", type=int, default=16)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--covariates", default="trial-time")
    parser.add_argument("--backend", help="by default rasters are drawn from exact distributions")
    parser.add_argument("--output", type=Path, default=Path("covariates.jsonl"))
    options = parser.parse_args()
    if not Path(options.data).exists():
        sys.exit(f"There is no recording {options.data}.")
    entries = []
    if options.output.exists():
        lines = options.output.read_text().splitlines()
        entries = [json.loads(line) for line in lines if line.endswith("}")]
    for neurons in options.neurons.split(","):
        for seed in map(int, options.seeds.split(",")):
            for name in options.generators.split(","):
                key = {
                    "generator": name,
                    "covariates": options.covariates,
                    "neurons": neurons,
                    "seed": seed,
                    "bins": options.bins,
                    "samples": options.samples,
                }
                if any(entry["key"] == key for entry in entries):
                    continue
                entry = measure(key, options.data, options.backend)
                entries.append(entry)
                with options.output.open("a") as file:
                    file.write(json.dumps(entry) + "\n")
                test = entry["evaluation"]["c2st"]["accuracy"]
                print(f"{key}: C2ST {test:.3f}", file=sys.stderr, flush=True)
    print(table(entries))


if __name__ == "__main__":
    main()
