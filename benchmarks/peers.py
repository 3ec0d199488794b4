#!/usr/bin/env python3
"""The two published classical models of the salamander recording, judged as our generators are.

Spike-GAN (Molano-Mazon et al., ICLR 2018) was published with samples of a k-pairwise maximum
entropy model and of a dichotomized Gaussian, 283,000 bins each, for the same 50 cells. They were
fitted on all trials; ours see the even trials only, and everything is judged against the odd ones.

The dichotomized Gaussian's rates follow the stimulus bin by bin: folded at the length of a trial,
953 bins, its sample is correlated by 0.995 with the recording's mean over trials. So the samples
are cut into trials before they are cut into windows, and 953 rates a neuron are counted among its
parameters, as the least.

Prints a table in Markdown, or one JSON object with `--json`. Exits with 2 where the files are
missing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from neuroqgan import SpikeRaster, judge, split
from neuroqgan.data.neurons import parse_neurons
from neuroqgan.evaluation.model_row import ModelRow, headings, markdown_table

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
RECORDING = "salamander_retina_train"
PEERS = {"k-pairwise": "peer_k_pairwise", "dichotomized Gaussian": "peer_dichotomized_gaussian"}
TRIAL = 953
SUBSETS = "0:10,10:20,20:30,30:40,40:50,0:50"


def read(folder: Path, name: str) -> SpikeRaster:
    with np.load(folder / f"{name}.npz", allow_pickle=False) as archive:
        spikes, width = archive["spikes"], float(archive["bin_width"])
    return SpikeRaster(spikes.reshape(-1, *spikes.shape[-2:]), width)


def n_parameters(model: str, n_neurons: int) -> int:
    """Fields, couplings and one number a count; or rates alone, as the lags are not published."""
    if model != "k-pairwise":
        return TRIAL * n_neurons
    return n_neurons + n_neurons * (n_neurons - 1) // 2 + n_neurons + 1


def judged(folder: Path, subset: str, n_bins: int, samples: int, seed: int) -> list[ModelRow]:
    recording = read(folder, RECORDING)
    chosen = parse_neurons(subset, recording.n_neurons)
    parts = split(recording.select(chosen), n_bins, "trial-time")
    rows = []
    for model, file in PEERS.items():
        # The peers' trials are cut as the recording's are: in step with the stimulus or not.
        trials = read(folder, file).select(chosen).windows(TRIAL)
        # The time in the trial says which windows are of one trial, and stay together.
        windows = split(trials, n_bins, "trial-time").train.take(slice(0, samples))
        evaluation = judge(windows, parts, seed=seed)
        rows.append(ModelRow.of(model, evaluation, n_parameters(model, len(chosen))))
    evaluation = judge(parts.train, parts, seed=seed)
    rows.append(ModelRow.of("training windows", evaluation))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", default=SUBSETS, help=f"ranges, by commas [{SUBSETS}]")
    parser.add_argument("--bins", type=int, default=16, help="bins a window [16]")
    parser.add_argument("--samples", type=int, default=4000, help="windows of a model [4000]")
    parser.add_argument("--seed", type=int, default=0, help="of bootstrap and classifier [0]")
    parser.add_argument("--data", type=Path, default=FOLDER, help=f"folder of the files [{FOLDER}]")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    missing = [n for n in (RECORDING, *PEERS.values()) if not (options.data / f"{n}.npz").is_file()]
    if missing:
        print(f"Skipped: {options.data} lacks {', '.join(missing)} (.npz).", file=sys.stderr)
        return 2
    table, record = [], {}
    for subset in options.neurons.split(","):
        rows = judged(options.data, subset, options.bins, options.samples, options.seed)
        table += [(subset, *row.cells()[:-1]) for row in rows]
        record[subset] = [row.to_dict() for row in rows]
        print(f"{subset} done", file=sys.stderr)
    if options.json:
        print(json.dumps({"bins": options.bins, "seed": options.seed, "neurons": record}))
    else:
        print(markdown_table(("neurons", *headings()[:-1]), table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
