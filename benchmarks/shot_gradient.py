#!/usr/bin/env python3
"""One parameter-shift step from shots, against Aer's own time and qiskit-machine-learning's.

The task: a batch of the default shot-gradient training of 6 neurons and 8 bins, 2,048 cells of
which 64 are differentiated. Our side measures all cells and all shifted circuits in one call, turns
bits into moments and moments into the derivative by every angle.

Aer's side is nothing but `AerSimulator.run(...).result()` for the same circuit, angles and shots in
one batch, twice: with the options that we give it, and as it comes. All in turns. Our side may take
less than Aer alone, since it keeps Python's cycle collector off Aer's results.

qiskit-machine-learning's side are its own networks in its `TorchConnector` (`qml_networks.py`). The
counterpart of our step is `SamplerQNN` with `ParamShiftSamplerGradient` on Aer's `SamplerV2`: from
the same shots a circuit it gives the probability of every pattern, so all moments and their
derivatives, where an `EstimatorQNN` gives one number an observable. It gets the 64 cells of a step
that we differentiate as one batch, which is what its connector is made for. One cell at a time it
is faster (see there why), so both are told, and every other way that was measured.

Prints one JSON line: circuits a step, seconds of the best of every side, `circuits_per_second`,
`ratio` and `ratio_default`, our seconds over Aer's with our options and with its own,
`qml_circuits_per_second` by name and cells, `times_qml`, our circuits a second over those of the
counterpart, `times_qml_estimator`, over the best of `EstimatorQNN`, and `times_qml_fastest`, over
the fastest way of all.
Times depend on threads: compare `OMP_NUM_THREADS=1` with the default.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from qiskit_aer import AerSimulator

from neuroqgan.backends.local.shots import AerShots
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.gradients.shifts import ParameterShift
from neuroqgan.gradients.shot_engine import ShotEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from qml_networks import Step

warnings.filterwarnings("ignore", category=DeprecationWarning)
NEURONS, BINS, LAYERS, BATCH, CELLS, SHOTS = 6, 8, 3, 256, 64, 16


class RecordedShots(AerShots):
    """Keeps what it was asked for, to ask Aer for the same again."""

    def __init__(self) -> None:
        super().__init__()
        self.n_calls = 0
        self.last: tuple[Any, ...] = ()
        self.n_rows = 0
        self._plain = AerSimulator(method="statevector")

    def measure(self, circuit, angles, *, n_shots, seed):
        self.n_calls += 1
        self.n_rows = len(angles)
        self.last = (circuit, angles, n_shots, seed)
        return super().measure(circuit, angles, n_shots=n_shots, seed=seed)

    def repeat(self, _: int) -> None:
        """Aer alone with our options, on what was asked for last."""
        circuit, _, n_shots, _ = self.last
        self._run(
            self._simulator,
            runtime_parameter_bind_enable=self._binds_at_run_time(circuit, n_shots),
        )

    def repeat_plainly(self, _: int) -> None:
        """Aer alone as it comes, on what was asked for last."""
        self._run(self._plain)

    def _run(self, simulator: AerSimulator, **options: Any) -> None:
        circuit, angles, n_shots, seed = self.last
        binds = {p: angles[:, i].tolist() for i, p in enumerate(circuit.parameters)}
        simulator.run(
            circuit, parameter_binds=[binds], shots=n_shots, seed_simulator=seed, **options
        ).result()


def seconds(call: Callable[..., object], *arguments: Any) -> float:
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def our_side(rounds: int) -> dict[str, Any]:
    """Our step and Aer alone, in turns."""
    ansatz = CellAnsatz(NEURONS, LAYERS)
    shots = RecordedShots()
    engine = ShotEngine(ParameterShift(), shots, SHOTS, CELLS)
    random = np.random.default_rng(0)
    drawn = random.uniform(0, np.pi, (BATCH * BINS, LAYERS, NEURONS)).astype(np.float32)
    angles = torch.from_numpy(drawn).requires_grad_(True)

    def step(seed: int) -> None:
        engine.moments(ansatz, angles, n_parts=2, seed=seed).marginals.sum().backward()

    sides = (step, shots.repeat, shots.repeat_plainly)
    turns = [[seconds(side, seed) for side in sides] for seed in range(rounds + 1)]
    # The first round warms up.
    ours, aer, plain = (min(side) for side in zip(*turns[1:], strict=True))
    return {
        "circuits": shots.n_rows,
        "calls_to_aer_a_step": shots.n_calls / (rounds + 1),
        "neuroqgan": round(ours, 4),
        "aer-alone": round(aer, 4),
        "aer-default": round(plain, 4),
        "circuits_per_second": round(shots.n_rows / ours),
        "ratio": round(ours / aer, 3),
        "ratio_default": round(ours / plain, 3),
    }


def qml_side(at_least: float) -> tuple[dict[str, float], str]:
    """Circuits a second of every way, and the name of the counterpart."""
    from qml_networks import steps

    counterpart, others = steps(CellAnsatz(NEURONS, LAYERS), SHOTS, CELLS)
    rates = {}
    for step in [*others, counterpart]:
        taken = [seconds(step.take), seconds(step.take)]
        while sum(taken) < at_least:
            taken.append(seconds(step.take))
        rates[_key(step)] = round(step.n_circuits / min(taken), 1)
    return rates, _key(counterpart)


def _key(step: Step) -> str:
    return f"{step.name}, cells: {step.n_cells}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds in turns [7]")
    parser.add_argument("--qml-seconds", type=float, default=4, help="time of each network [4]")
    asked = parser.parse_args()
    result = our_side(max(1, asked.rounds))
    rates, counterpart = qml_side(asked.qml_seconds)
    ours = result["circuits_per_second"]
    estimators = [rate for name, rate in rates.items() if name.startswith("EstimatorQNN")]
    result |= {
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "qml_circuits_per_second": rates,
        "times_qml": round(ours / rates[counterpart], 1),
        "times_qml_estimator": round(ours / max(estimators), 1),
        "times_qml_fastest": round(ours / max(rates.values()), 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
