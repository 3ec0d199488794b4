#!/usr/bin/env python3
"""Time and memory of a training step against neurons, bins and latents.

Every point is a process of its own that does a few steps of the default training (statistics loss,
critic, Aer rasters) on random spikes: seconds of a step are the least of them, in processor time of
all threads, so that other processes count less; memory is the peak of the process, less what the
imports took. Exponents are slopes of straight lines through logarithms: 1 is linear growth.

Prints one JSON line: points, exponents, and peak memory in GiB of `largest`, a step of 100 neurons
and 32 bins in the last fifth of a training, when the batch is four times as large. With
`--picture FILE.png`, draws the points.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

DEFAULT = {"neurons": 50, "bins": 16, "latents": 6}
RANGES = {
    "neurons": (10, 20, 40, 70, 100),
    "bins": (8, 16, 32, 64),
    "latents": (2, 4, 8, 16, 32),
}
GIB = 2**30


def peak_memory() -> int:
    """Peak resident memory of this process in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def measure(neurons: int, bins: int, latents: int, batch: int, *, late: bool) -> dict[str, float]:
    """Seconds and bytes of a step; `late` in training, batches are larger."""
    import torch

    from neuroqgan.models.latent.adversarial_trainer import LatentTrainer
    from neuroqgan.models.registry import build_generator
    from neuroqgan.models.spec import GeneratorSpec
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.settings import TrainingSettings

    torch.set_num_threads(1)
    spikes = np.random.default_rng(0).random((500, bins, neurons)) < 0.1
    generator = build_generator(
        GeneratorSpec.of("stationary", neurons, bins, 0.02, n_shared=latents)
    )
    settings = TrainingSettings(steps=100, batch=batch, critic_from=0.0)
    trainer = LatentTrainer(generator, SpikeRaster(spikes, 0.02), settings)
    trainer.steps_done = 90 if late else 0
    before = peak_memory()
    seconds = []
    for _ in range(2 if late else 4):
        start = time.process_time()
        trainer.step()
        seconds.append(time.process_time() - start)
    return {"seconds": min(seconds[1:]), "bytes": peak_memory() - before, "peak": peak_memory()}


def in_a_process(point: dict[str, int], batch: int, *, late: bool = False) -> dict[str, float]:
    """Measure in a new process."""
    arguments = json.dumps({**point, "batch": batch, "late": late})
    done = subprocess.run(
        [sys.executable, __file__, "--point", arguments], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def exponent(sizes: tuple[int, ...], values: list[float]) -> float:
    """Slope of a straight line through logarithms."""
    return round(float(np.polyfit(np.log(sizes), np.log(values), 1)[0]), 2)


def draw(path: Path, points: dict[str, list[dict[str, float]]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots(2, len(points), sharey="row")
    for column, (name, found) in zip(axes.T, points.items(), strict=True):
        sizes = np.array([point[name] for point in found])
        for axis, key, scale in zip(column, ("seconds", "bytes"), (1, GIB), strict=True):
            values = np.array([point[key] / scale for point in found])
            axis.loglog(sizes, values, "o-", color="C0", label="measured")
            linear = values[-1] * sizes / sizes[-1]
            axis.loglog(sizes, linear, "--", color="0.6", label="linear")
            axis.set_xticks(sizes, [str(size) for size in sizes])
            axis.minorticks_off()
        column[1].set_xlabel(name)
    axes[0, 0].set_ylabel("seconds a step")
    axes[1, 0].set_ylabel("GiB above the start")
    axes[0, 0].legend(frameon=False)
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=512, help="latent draws a step [512]")
    parser.add_argument("--picture", type=Path, help="draw the points here")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.point:
        print(json.dumps(measure(**json.loads(asked.point))))
        return
    points = {
        name: [
            {**DEFAULT, name: size, **in_a_process({**DEFAULT, name: size}, asked.batch)}
            for size in sizes
        ]
        for name, sizes in RANGES.items()
    }
    exponents = {
        name: {key: exponent(RANGES[name], [p[key] for p in found]) for key in ("seconds", "bytes")}
        for name, found in points.items()
    }
    largest = in_a_process({"neurons": 100, "bins": 32, "latents": 6}, asked.batch, late=True)
    if asked.picture:
        draw(asked.picture, points)
    gib = round(largest["peak"] / GIB, 2)
    print(
        json.dumps({"exponents": exponents, "largest": {**largest, "GiB": gib}, "points": points})
    )


if __name__ == "__main__":
    main()
