#!/usr/bin/env python3
"""Classical models and trained runs on one recording: how close, with how many parameters.

Fits every model on the training windows of every choice of neurons and judges it on the held-out
ones, once for each seed; runs that were trained already are judged by their last raster. Each
result goes to `results.jsonl` in the output folder at once, and what is there already is not
measured again. Then prints a table in Markdown, means over seeds with the spread (greatest minus
least) of the classifier's accuracy, and draws `baselines.png` and `.svg`.

    python benchmarks/baselines.py --data recording.npz --models all --runs ten,fifty
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from neuroqgan import SpikeRaster, judge, load, load_generator, split
from neuroqgan.data.neurons import parse_neurons
from neuroqgan.errors import NeuroqganError
from neuroqgan.evaluation.classical.judging import judge_classical_models
from neuroqgan.evaluation.classical.model_registry import parse_model_names
from neuroqgan.evaluation.model_row import ModelRow, headings, markdown_table
from neuroqgan.evaluation.reference import trials_of_split
from neuroqgan.evaluation.statistics.statistic_registry import model_columns
from neuroqgan.report.models_figure import SizedRow, plot_models
from neuroqgan.report.style import save_figure
from neuroqgan.runs.recording import check_recording, prepare
from neuroqgan.runs.store import RunStore

NEURONS = "0:5,0:10,0:20,0:30,0:50"


class Results:
    """Rows on disk, found again by what they are about."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        # A line that was being written when the process died is not whole.
        whole = [line for line in lines if line.endswith("}")]
        self.entries = [json.loads(line) for line in whole]

    def has(self, key: dict) -> bool:
        return any(entry["key"] == key for entry in self.entries)

    def add(self, key: dict, n_neurons: int, row: ModelRow) -> None:
        entry = {"key": key, "n_neurons": n_neurons} | row.to_dict()
        with self.path.open("a") as file:
            file.write(json.dumps(entry, allow_nan=False) + "\n")
        self.entries.append(entry)
        print(json.dumps(entry), file=sys.stderr, flush=True)


def measure(results: Results, recording: SpikeRaster, options: argparse.Namespace) -> None:
    names = parse_model_names(options.models, has_covariates=False)
    for subset in options.neurons.split(","):
        parts = None
        for seed in range(options.seeds):
            for name in names:
                key = {
                    "model": name,
                    "data": options.data,
                    "neurons": subset,
                    "bins": options.bins,
                    "samples": options.samples,
                    "seed": seed,
                }
                if results.has(key):
                    continue
                if parts is None:
                    chosen = parse_neurons(subset, recording.n_neurons)
                    parts = split(recording.select(chosen), options.bins)
                try:
                    (row,) = judge_classical_models(
                        [name],
                        parts.train,
                        parts.held_out,
                        n_samples=options.samples,
                        seed=seed,
                        trials=trials_of_split(parts),
                    )
                except NeuroqganError as error:
                    print(f"{name}, {subset}, seed {seed}: {error}", file=sys.stderr)
                    continue
                results.add(key, parts.train.n_neurons, row)


def measure_run(results: Results, name: str) -> None:
    folder = RunStore().get(name)
    config, raster_path = folder.config(), folder.latest_raster()
    key = {"run": name, "raster": raster_path.name}
    if results.has(key):
        return
    prepared = prepare(config)
    check_recording(folder, prepared)
    split = prepared.split
    evaluation = judge(load(raster_path), split)
    size = load_generator(folder.generator_path).n_parameters
    results.add(key, split.train.n_neurons, ModelRow.of(config.preset, evaluation, size))


def table(rows: list[SizedRow]) -> str:
    lines = []
    for n_neurons, model in dict.fromkeys((entry.n_neurons, entry.row.model) for entry in rows):
        mine = [e.row for e in rows if (e.n_neurons, e.row.model) == (n_neurons, model)]
        seconds = [row.seconds for row in mine if row.seconds is not None]
        accuracy = [row.c2st for row in mine]
        mean = ModelRow(
            model,
            mine[0].n_parameters,
            {name: float(np.mean([row.ratios[name] for row in mine])) for name in model_columns()},
            float(np.mean(accuracy)),
            0.0,
            float(np.mean(seconds)) if seconds else None,
        )
        spread = f"{max(accuracy) - min(accuracy):.3f}"
        lines.append((str(n_neurons), str(len(mine)), *mean.cells(), spread))
    return markdown_table(("neurons", "seeds", *headings(), "C2ST spread"), lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="salamander", help="recording [salamander]")
    parser.add_argument("--neurons", default=NEURONS, help=f"choices, by commas [{NEURONS}]")
    parser.add_argument("--models", default="fast", help="names by commas, fast or all [fast]")
    parser.add_argument("--runs", default="", help="names of trained runs, by commas")
    parser.add_argument("--bins", type=int, default=16, help="bins a window [16]")
    parser.add_argument("--samples", type=int, default=4000, help="windows of a model [4000]")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each model [3]")
    parser.add_argument("--out", type=Path, default=Path("baselines"), help="folder [baselines]")
    options = parser.parse_args()
    results = Results(options.out / "results.jsonl")
    if options.models:
        measure(results, load(options.data), options)
    for name in filter(None, options.runs.split(",")):
        measure_run(results, name)
    rows = [SizedRow(entry["n_neurons"], ModelRow.from_dict(entry)) for entry in results.entries]
    rows.sort(key=lambda entry: entry.n_neurons)
    print(table(rows))
    if rows:
        for path in save_figure(plot_models(rows), options.out, "baselines"):
            print(path, file=sys.stderr)


if __name__ == "__main__":
    main()
