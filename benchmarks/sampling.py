#!/usr/bin/env python3
"""Rasters of 10 neurons and 16 bins: exactly, and through Aer against Aer's own time.

What is timed is what `neuroqgan run --name mine` does between a trained run and its raster: latents
and angles, jobs with their payloads, sampling, decoding, writing the raster. Imports and judging
are not. Weights are those before training, which cost the same. The preset `history` takes a job a
bin, and a free run before the first.

Aer's own time is that of `AerSimulator.run(...).result()` inside the same call.

Prints one JSON line: `exact` and `aer`, each with samples, seconds, and processor seconds of all
threads; `aer` with the `ratio` of all seconds over Aer's own.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

NEURONS, BINS = 10, 16
PRESETS = ("stationary", "history", "memory")


def sample(preset: str, backend_name: str, n_samples: int) -> dict[str, float]:
    """Seconds from a generator to its raster's file."""
    from neuroqgan.backends.registry import resolve
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.models.registry import build_generator
    from neuroqgan.models.spec import GeneratorSpec
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.rasters import collect
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.walk import RasterWalk

    generator = build_generator(GeneratorSpec.of(preset, NEURONS, BINS, 0.02))
    generator.initialise(np.full(NEURONS, 0.1), 0)
    context, backend = JobContext(), resolve(backend_name)
    folder = RunFolder(Path(os.environ["NEUROQGAN_HOME"]) / "runs" / "mine")
    start, processor = time.perf_counter(), time.process_time()
    walk = RasterWalk(context, generator, RasterOrder(n_samples, run="mine"), backend, fresh=True)
    while not walk.is_finished:
        walk.take(walk.step().jobs)
    collect(context, walk.jobs, folder)
    return {
        "samples": n_samples,
        "seconds": round(time.perf_counter() - start, 2),
        "processor_seconds": round(time.process_time() - processor, 2),
    }


def through_aer(preset: str, n_samples: int) -> dict[str, float]:
    """The same with the time that Aer's own call takes."""
    from qiskit_aer.jobs.aerjob import AerJob

    spent = 0.0
    wait = AerJob.result

    def result(job: Any, *args: Any, **options: Any) -> Any:
        nonlocal spent
        start = time.perf_counter()
        try:
            return wait(job, *args, **options)
        finally:
            spent += time.perf_counter() - start

    AerJob.result = result
    try:
        found = sample(preset, "aer", n_samples)
    finally:
        AerJob.result = wait
    ratio = round(found["seconds"] / spent, 3)
    return {**found, "aer_seconds": round(spent, 2), "ratio": ratio}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100_000, help="exact samples [100000]")
    parser.add_argument("--aer-samples", type=int, default=5_000, help="through Aer [5000]")
    parser.add_argument("--preset", choices=PRESETS, default=PRESETS[0], help="[stationary]")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["NEUROQGAN_HOME"] = home
        sample(asked.preset, "exact", 64)  # compiles
        result = {
            "exact": sample(asked.preset, "exact", asked.samples),
            "aer": through_aer(asked.preset, asked.aer_samples),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
