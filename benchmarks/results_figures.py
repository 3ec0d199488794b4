#!/usr/bin/env python3
"""The pictures of `docs/results.md`, from pretrained weights and measured figures.

`results-rasters.png`, and `rasters.png` of the first page, show held-out windows beside those of
pretrained weights; `results-c2st.png` the classifier's accuracy of all pretrained weights, and of
classical models where the files of `benchmarks/baselines.py` (`results.jsonl`) and
`benchmarks/peers.py --json` are given. Exits with 2 where the recording is missing.

    python benchmarks/results_figures.py --baselines baselines/results.jsonl --peers peers.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pretrain import RECORDING, SEED, exact_raster

from neuroqgan import load_generator
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.report.rasters_figure import plot_rasters
from neuroqgan.report.style import FLOOR, GENERATED, PAPER, new_figure, style
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.pretrained import available, find
from neuroqgan.runs.recording import prepare

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
WINDOWS = 2000
_KINDS = {True: "neuroqgan, pretrained", False: "classical models and real windows"}


def rasters(name: str, preset: str, data: Path) -> Figure:
    """Held-out windows beside generated ones."""
    weights = find(name, preset)
    config = weights.run_config(build_config({"data": str(data)}))
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(weights.weights())
        file.flush()
        generator = load_generator(Path(file.name))
    return plot_rasters(exact_raster(generator, WINDOWS, SEED), prepare(config).split)


def read_rows(baselines: Path | None, peers: Path | None) -> dict[int, list[tuple[ModelRow, bool]]]:
    """Rows by the number of neurons, each with whether it is ours; the most telling first."""
    rows: dict[int, list[tuple[ModelRow, bool]]] = {}
    for weights in available():
        row = ModelRow.from_dict(weights.figures)
        rows.setdefault(weights.recording["neurons"], []).append((row, True))
    lines = [] if baselines is None else baselines.read_text().splitlines()
    for entry in map(json.loads, lines):
        if entry["key"].get("neurons", "").startswith("0:") and entry["key"]["seed"] == 0:
            rows.setdefault(entry["n_neurons"], []).append((ModelRow.from_dict(entry), False))
    published = {} if peers is None else json.loads(peers.read_text())["neurons"]
    for subset, found in published.items():
        first, last = map(int, subset.split(":"))
        for row in map(ModelRow.from_dict, found if first == 0 else []):
            is_real = row.model == "training windows"
            named = row if is_real else replace(row, model=f"published {row.model}")
            rows.setdefault(last, []).append((named, False))
    return {
        n: sorted(found, key=lambda pair: -pair[0].c2st)
        for n, found in sorted(rows.items())
        if any(ours for _, ours in found)
    }


def accuracies(rows: dict[int, list[tuple[ModelRow, bool]]]) -> Figure:
    """The classifier's accuracy of every model, a panel for each number of neurons.

    Points and no bars, since the scale begins at chance and not at zero; with intervals of 95 %
    where their standard error was measured.
    """
    with style():
        figure = new_figure(10, 0.9 + 0.26 * max(map(len, rows.values())))
        panels = np.atleast_1d(figure.subplots(1, len(rows), sharex=True))
        for axes, (n_neurons, found) in zip(panels, rows.items(), strict=True):
            for i, (row, ours) in enumerate(found):
                axes.errorbar(
                    row.c2st,
                    i,
                    xerr=1.96 * row.c2st_std or None,
                    fmt="o" if ours else "s",
                    color=GENERATED if ours else FLOOR,
                    markersize=6 if ours else 5,
                    label=_KINDS[ours],
                )
                axes.text(row.c2st + 0.015, i, f"{row.c2st:.2f}", va="center", fontsize=8)
            axes.set_yticks(range(len(found)), [row.model for row, _ in found])
            axes.grid(axis="y", color=PAPER)
            axes.set_axisbelow(True)
            axes.set_xlim(0.45, 1.08)
            axes.axvline(0.5, color="#555555", linewidth=0.8, linestyle=":")
            axes.set_xlabel("C2ST accuracy; dotted: 0.5, cannot tell")
            axes.set_title(f"{n_neurons} neurons")
        handles, labels = panels[0].get_legend_handles_labels()
        kinds = dict(zip(labels, handles, strict=True))
        figure.legend(kinds.values(), kinds, loc="outside upper right", ncols=2)
    return figure


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", default="salamander-10", help="of the rasters [salamander-10]")
    parser.add_argument("--preset", default="history", help="of the rasters [history]")
    parser.add_argument("--baselines", type=Path, help="results.jsonl of benchmarks/baselines.py")
    parser.add_argument("--peers", type=Path, help="output of benchmarks/peers.py --json")
    parser.add_argument("--data", type=Path, default=RECORDING, help=f"recording [{RECORDING}]")
    parser.add_argument("--out", type=Path, default=IMAGES, help=f"folder [{IMAGES}]")
    options = parser.parse_args()
    if not options.data.is_file():
        print(f"Skipped: {options.data} is missing.", file=sys.stderr)
        return 2
    shown = rasters(options.weights, options.preset, options.data)
    figures = {
        "rasters": shown,
        "results-rasters": shown,
        "results-c2st": accuracies(read_rows(options.baselines, options.peers)),
    }
    for name, figure in figures.items():
        path = options.out / f"{name}.png"
        figure.savefig(path, dpi=150)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
