#!/usr/bin/env python3
"""What each part of a generator is for: trained again without it, and judged.

Trains variants of the presets on ten neurons of the salamander recording, each with the default
settings but one, judges 100,000 exactly sampled windows against the held-out ones, prints a table
in Markdown with means over seeds and the spread (greatest minus least) of the classifier's
accuracy, and draws the same with `--picture`. Trainings are kept in a folder of work, so that the
script can be stopped and started again; `benchmarks/pretrain.py` with the same folder shares the
unchanged ones of seed 0. Exits with 2 where the recording is missing.

    python benchmarks/ablations.py --variants history,history-no-entangling --seeds 3
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from pretrain import RECORDING, SEED, exact_raster, trained

from neuroqgan import judge
from neuroqgan.atomic import atomic_write
from neuroqgan.evaluation.model_row import ModelRow, headings, markdown_table
from neuroqgan.evaluation.statistics.statistic_registry import model_columns
from neuroqgan.report.style import GENERATED, new_figure, style
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.recording import prepare

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIANTS: dict[str, dict[str, Any]] = {
    "history": {"preset": "history"},
    "history-no-entangling": {"preset": "history", "entangling": "none"},
    "history-no-critic": {"preset": "history", "critic_weight": 0.0},
    "history-no-statistics": {"preset": "history", "statistics_weight": 0.0, "critic_weight": 0.0},
    "history-past-bin": {"preset": "history", "past": "bin"},
    "history-one-layer": {"preset": "history", "layers": 1},
    "memory": {"preset": "memory"},
    "memory-no-statistics": {"preset": "memory", "statistics_weight": 0.0},
    "memory-three-qubits": {"preset": "memory", "memory_qubits": 3},
    "stationary": {"preset": "stationary"},
    "stationary-no-entangling": {"preset": "stationary", "entangling": "none"},
    "stationary-no-critic": {"preset": "stationary", "critic_weight": 0.0},
    "stationary-no-statistics": {"preset": "stationary", "statistics_weight": 0.0},
    "stationary-latents-only": {"preset": "stationary", "layers": 1},
}


def measure(variant: str, seed: int, options: argparse.Namespace) -> ModelRow:
    """The figures of one training, from the folder of work where they are there."""
    given = {"data": str(options.data), "neurons": options.neurons, "seed": seed}
    config = build_config(given | VARIANTS[variant]).resolved()
    shared = seed == 0 and variant == config.preset and options.neurons == "0:10"
    place = options.neurons.replace(":", "-")
    name = f"salamander-10-{variant}" if shared else f"ablation-{place}-{variant}-seed{seed}"
    folder = RunFolder(options.work / name)
    figures = folder.path / f"figures-{options.samples}.json"
    if figures.exists():
        return ModelRow.from_dict(json.loads(figures.read_text()))
    prepared = prepare(config)
    generator, seconds = trained(folder, config, prepared)
    raster = exact_raster(generator, options.samples, SEED)
    evaluation = judge(raster, prepared.split, seed=SEED)
    row = ModelRow.of(variant, evaluation, generator.n_parameters, seconds)
    with atomic_write(figures) as file:
        file.write(json.dumps(row.to_dict()).encode())
    return row


def mean(rows: list[ModelRow]) -> ModelRow:
    return ModelRow(
        rows[0].model,
        rows[0].n_parameters,
        {name: float(np.mean([row.ratios[name] for row in rows])) for name in model_columns()},
        float(np.mean([row.c2st for row in rows])),
        0.0,
        float(np.mean([row.seconds for row in rows if row.seconds is not None])),
    )


def picture(found: dict[str, list[ModelRow]]) -> Figure:
    """A line a variant: every seed a point, for the classifier and for each ratio."""
    panels = {"C2ST": [[row.c2st for row in rows] for rows in found.values()]} | {
        name.replace("_", " "): [[row.ratios[name] for row in rows] for rows in found.values()]
        for name in model_columns()
    }
    with style():
        figure = new_figure(11, 0.9 + 0.28 * len(found))
        for axes, (title, values) in zip(
            figure.subplots(1, len(panels), sharey=True), panels.items(), strict=True
        ):
            for y, points in enumerate(values):
                axes.plot(points, [y] * len(points), "o", color=GENERATED, alpha=0.6, ms=4)
            is_ratio = title != "C2ST"
            axes.axvline(1.0 if is_ratio else 0.5, color="#555555", linewidth=0.8, linestyle=":")
            if is_ratio:
                axes.set_xscale("log")
                axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
                axes.xaxis.set_minor_formatter(NullFormatter())
            axes.set_title(title, fontsize=8)
            axes.grid(axis="y", color="#eeeeee")
            axes.set_yticks(range(len(found)), list(found))
        axes.invert_yaxis()
    return figure


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", default=",".join(VARIANTS), help="by commas [all]")
    parser.add_argument("--neurons", default="0:10", help="of the recording [0:10]")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of each [1]")
    parser.add_argument("--data", type=Path, default=RECORDING, help=f"recording [{RECORDING}]")
    parser.add_argument("--samples", type=int, default=100_000, help="windows judged [100000]")
    parser.add_argument("--picture", type=Path, help="PNG of the table's figures")
    parser.add_argument("--work", type=Path, default=Path("pretrain"), help="folder [pretrain]")
    options = parser.parse_args()
    unknown = sorted(set(options.variants.split(",")) - VARIANTS.keys())
    if unknown:
        parser.error(f"unknown variants {', '.join(unknown)}; there are {', '.join(VARIANTS)}")
    if not options.data.is_file():
        print(f"Skipped: {options.data} is missing.", file=sys.stderr)
        return 2
    lines, found = [], {}
    for variant in options.variants.split(","):
        rows = [measure(variant, seed, options) for seed in range(options.seeds)]
        accuracy = [row.c2st for row in rows]
        lines.append((*mean(rows).cells(), f"{max(accuracy) - min(accuracy):.3f}"))
        found[variant] = rows
        print(f"{variant} done", file=sys.stderr)
    columns = ("variant", *headings()[1:-1], "training, s", "C2ST spread")
    print(markdown_table(columns, lines))
    if options.picture is not None:
        picture(found).savefig(options.picture, dpi=150)
        print(options.picture, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
