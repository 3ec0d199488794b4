#!/usr/bin/env python3
"""Makes the weights that come with the package, and their table.

Trains a preset on the first 10 or 50 neurons of the salamander recording with the default settings,
as `neuroqgan train` does, judges 100,000 exactly sampled windows against held-out ones, and puts
the weights and an entry of `index.json` into `neuroqgan/pretrained`. The training is kept in a
folder of work: what was interrupted goes on from its checkpoint, what is trained is not trained
again, and one preset and size can be made at a time. Prints the table of all that is in the
package, in Markdown. Exits with 2 where the recording is missing.

    python benchmarks/pretrain.py --presets history --sizes 10
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from neuroqgan import SpikeRaster, judge, load_generator
from neuroqgan.atomic import atomic_write
from neuroqgan.evaluation.model_row import ModelRow, headings, markdown_table
from neuroqgan.models.weights import save_generator
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.pretrained import FORMAT, INDEX
from neuroqgan.runs.recording import PreparedRecording, check_recording, prepare
from neuroqgan.runs.stages import start_run, train_run
from neuroqgan.training.loop import read_metrics

if TYPE_CHECKING:
    from neuroqgan.models.base import Generator
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.training.base import StepReport

ROOT = Path(__file__).resolve().parents[1]
RECORDING = ROOT.parent / "shared" / "data" / "salamander_retina_train.npz"
TARGET = ROOT / "neuroqgan" / "pretrained"
SOURCE = "50 retinal ganglion cells of the salamander (Marre et al. 2017), 149 of 297 trials"
PRESETS, SIZES = "history,memory,stationary,spiqgan", "10,50"
SEED = 1


def exact_raster(generator: Generator, n_samples: int, seed: int) -> SpikeRaster:
    """Sample windows without noise."""
    with torch.no_grad():
        return generator.sample(n_samples, seed=seed)


def trained(
    folder: RunFolder, config: RunConfig, prepared: PreparedRecording
) -> tuple[Generator, float]:
    """A generator and the seconds of its training, from the folder of work where it is there.

    The seconds are those of one set-up, of every step of the generator once, and of what follows
    the last step. Steps that an interrupted training did after its last checkpoint, which were done
    again, do not count.
    """
    seconds_path = folder.path / "seconds.json"
    if folder.generator_path.exists() and seconds_path.exists():
        check_recording(folder, prepared)
        return load_generator(folder.generator_path), json.loads(seconds_path.read_text())
    if folder.checkpoint_path.exists():
        check_recording(folder, prepared)
    else:
        folder.path.mkdir(parents=True, exist_ok=True)
        start_run(folder, config, prepared)
    n_steps = 0

    def tell(report: StepReport) -> None:
        nonlocal n_steps
        n_steps += 1
        if report.step % 200 == 0:
            print(f"{folder.name} {report.step}/{config.steps} {report.loss:.4g}", file=sys.stderr)

    start = time.monotonic()
    generator = train_run(folder, config, prepared, on_step=tell)
    elapsed = time.monotonic() - start
    if generator is None:
        raise SystemExit(f"The training in {folder.path} was stopped.")
    # A resumed training drops the rows after its checkpoint, so those before its own are earlier.
    rows = read_metrics(folder.metrics_path)
    earlier = rows[: len(rows) - n_steps]
    seconds = round(elapsed + (float(earlier[-1]["seconds"]) if earlier else 0.0), 1)
    seconds_path.write_text(json.dumps(seconds))
    return generator, seconds


def make(preset: str, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """One entry of the index; its weights are written."""
    name, neurons = f"salamander-{size}", f"0:{size}"
    given = {"data": str(options.data), "neurons": neurons, "preset": preset}
    config = build_config(given).resolved()
    prepared = prepare(config)
    folder = RunFolder(options.work / f"{name}-{preset}")
    generator, seconds = trained(folder, config, prepared)
    raster = exact_raster(generator, options.samples, SEED)
    evaluation = judge(raster, prepared.split, seed=SEED)
    row = ModelRow.of(preset, evaluation, generator.n_parameters, seconds)
    file = f"{name}-{preset}.safetensors"
    save_generator(generator, TARGET / file)
    provenance = folder.provenance()
    return {
        "name": name,
        "preset": preset,
        "file": file,
        "sha256": hashlib.sha256((TARGET / file).read_bytes()).hexdigest(),
        "recording": {"source": SOURCE} | provenance["recording"],
        "command": f"neuroqgan train --data {RECORDING.name} --neurons {neurons} --preset {preset}",
        "config": config.training_identity() | {"data": "salamander"},
        "packages": provenance["packages"],
        "figures": {"samples": options.samples} | row.to_dict(),
    }


def write_index(entry: dict[str, Any]) -> None:
    """Put an entry in place of the one before."""
    others = [e for e in entries() if (e["name"], e["preset"]) != (entry["name"], entry["preset"])]
    ordered = sorted([*others, entry], key=lambda e: (e["name"], e["preset"]))
    with atomic_write(TARGET / INDEX, overwrite=True) as file:
        file.write(json.dumps({"format": FORMAT, "weights": ordered}, indent=1).encode() + b"\n")


def entries() -> list[dict[str, Any]]:
    path = TARGET / INDEX
    found: list[dict[str, Any]] = json.loads(path.read_text())["weights"] if path.exists() else []
    return found


def table() -> str:
    """The table of all weights in the package."""
    rows = [(e["name"], *ModelRow.from_dict(e["figures"]).cells()) for e in entries()]
    return markdown_table(("weights", "preset", *headings()[1:-1], "training, s"), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presets", default=PRESETS, help=f"by commas [{PRESETS}]")
    parser.add_argument("--sizes", default=SIZES, help=f"neurons, by commas [{SIZES}]")
    parser.add_argument("--data", type=Path, default=RECORDING, help=f"recording [{RECORDING}]")
    parser.add_argument("--samples", type=int, default=100_000, help="windows judged [100000]")
    parser.add_argument("--work", type=Path, default=Path("pretrain"), help="folder [pretrain]")
    options = parser.parse_args()
    if not options.data.is_file():
        print(f"Skipped: {options.data} is missing.", file=sys.stderr)
        return 2
    TARGET.mkdir(exist_ok=True)
    for size in map(int, options.sizes.split(",")):
        for preset in options.presets.split(","):
            write_index(make(preset, size, options))
            print(f"salamander-{size}, {preset}: made", file=sys.stderr)
    print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
