#!/usr/bin/env python3
"""What a raster with a past of one bin takes: by every circuit of several bins, and bin by bin.

Ten untrained neurons that know the time in the trial, 1,000 samples of 16 bins at one place of the
trial, planned on snapshots of devices; nothing is run. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

from neuroqgan.covariates import CovariateWindows, trial_time
from neuroqgan.models.covariate_spec import CovariateSpec
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.sampling.raster_job import estimate

NEURONS, BINS, SAMPLES = 10, 16, 1000
HEAD = (
    "device",
    "entangling",
    "circuit",
    "bins per job",
    "jobs",
    "samples per shot",
    "qubits",
    "depth",
    "two-qubit gates per sample",
    "one shot",
    "longest wait / T1",
    "bit errors",
    "QPU time",
)


def rows(device: str, entangling: str) -> list[tuple[str, ...]]:
    """Return a row of the table for every way to measure the raster on a device."""
    seen = CovariateWindows.whole_trials(trial_time(BINS, 0.02), SAMPLES)
    model = HistoryGenerator(
        past="one-bin",
        entangling=entangling,
        n_neurons=NEURONS,
        n_bins=BINS,
        bin_width=0.02,
        covariates=CovariateSpec.of(seen),
    )
    model.initialise(np.full(NEURONS, 0.1), 0)
    planned = estimate(model.given(seen), SAMPLES, device)
    found = []
    for way in planned.alternatives:
        total, side_by_side = way.total, way.samples_per_shot
        found.append(
            (
                device,
                entangling,
                way.multi_bin_circuit or "one bin per job",
                str(way.bins_per_job),
                str(total.jobs),
                str(side_by_side),
                str(total.qubits),
                str(total.depth),
                f"{total.two_qubit_gates * way.n_requests / side_by_side:.0f}",
                f"{1e6 * total.circuit_seconds:.1f} µs",
                f"{total.kept_of_t1:.1%}",
                f"{total.bit_error:.1%}",
                f"{total.seconds:.2f} s",
            )
        )
    found += [
        (device, entangling, problem, *["-"] * (len(HEAD) - 3)) for problem in planned.left_out
    ]
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("devices", nargs="*", default=["fake_fez", "fake_boston", "fake_nighthawk"])
    parser.add_argument("--entangling", nargs="*", default=["none", "line"])
    given = parser.parse_args()
    warnings.filterwarnings("ignore", message="Properties of fake_nighthawk")
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for device in given.devices:
        for entangling in given.entangling:
            for row in rows(device, entangling):
                print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
