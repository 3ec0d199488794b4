#!/usr/bin/env python3
"""Firing rates on a noisy device: chosen chains against Qiskit's default transpilation.

A window of ten neurons, of an untrained generator or of a run's, fills one circuit. Our side plans
it (best disjoint chains, no SWAP) and also corrects the readout; the other side is the same circuit
through `qiskit.transpile` with default settings. Both run with the full calibration noise of the
device's snapshot, and every bin's and neuron's firing rate is compared with its exact value.

Prints one JSON line: mean absolute errors of `default`, `chosen` and `corrected` rates (`default`
is the mean over `--default-seeds` seeds of the transpiler, each listed), `ratio`, default over
chosen, and the seconds of planning and of sampling the chosen chains.
"""

from __future__ import annotations

import argparse
import json
import time

import networkx as nx
import numpy as np
import torch
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import ParameterVector
from qiskit_aer.noise import NoiseModel

from neuroqgan import GeneratorSpec, load_generator
from neuroqgan.backends.local.shots import AerShots
from neuroqgan.backends.names import snapshots
from neuroqgan.backends.options import Placement
from neuroqgan.backends.readout import calibration_pages, flip_rates, unbiased_spikes
from neuroqgan.backends.registry import resolve
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.models.registry import build_generator
from neuroqgan.runs.store import RunStore

NEURONS, LAYERS, CALIBRATION = 10, 3, 4000


def exact_rates(program, ansatz) -> np.ndarray:
    """Exact mean firing rate of every bin and neuron over the program's samples."""
    angles = program.batches[0].angles.astype(np.float32)
    cells = torch.from_numpy(angles).reshape(-1, LAYERS, NEURONS)
    marginals = AdjointEngine().moments(ansatz, cells).marginals.numpy()
    return marginals.reshape(program.shape).mean(0)


def default_rates(program, ansatz, device, seed: int) -> tuple[np.ndarray, int]:
    """Rates of the window's circuit after default transpilation, and its two-qubit gates."""
    n_samples, n_bins, _ = program.shape
    window = QuantumCircuit(n_bins * NEURONS, n_bins * NEURONS)
    cell = ansatz.circuit()
    for i in range(n_bins):
        angles = ParameterVector(f"bin{i:02d}", cell.num_parameters)
        renamed = cell.assign_parameters(dict(zip(cell.parameters, angles, strict=True)))
        wires = range(i * NEURONS, (i + 1) * NEURONS)
        window.compose(renamed, qubits=wires, clbits=wires, inplace=True)
    placed = transpile(window, device, seed_transpiler=seed)

    shots = AerShots(NoiseModel.from_backend(device))
    grid = program.batches[0].angles.reshape(n_samples, n_bins, -1)
    rates = np.zeros(n_bins * NEURONS)
    gates = [(i, [placed.find_bit(q).index for q in i.qubits]) for i in placed.data]
    joined = nx.Graph()
    for gate, qubits in gates:
        if gate.operation.name != "barrier":
            nx.add_path(joined, qubits) if len(qubits) > 1 else joined.add_node(qubits[0])
    # Parts of the circuit that share no gate are simulated apart.
    for qubits_here in nx.connected_components(joined):
        bits: list[int] = []
        part = QuantumCircuit(placed.num_qubits, 2 * NEURONS)
        for gate, qubits in gates:
            if gate.operation.name == "barrier" or qubits[0] not in qubits_here:
                continue
            if gate.operation.name == "measure":
                part.measure(qubits[0], len(bits))
                bits.append(placed.find_bit(gate.clbits[0]).index)
            else:
                part.append(gate.operation, qubits)
        if bits:
            columns = [(int(p.vector.name[3:]), p.index) for p in part.parameters]
            values = np.stack([grid[:, i, j] for i, j in columns], axis=1)
            outcome = shots.measure(part, values, n_shots=1, seed=seed + 1)
            rates[bits] = outcome[:, 0, : len(bits)].mean(0)
    return rates.reshape(n_bins, NEURONS), placed.num_nonlocal_gates()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="fake_brisbane")
    parser.add_argument("--bins", type=int, default=10, help="10 fill fake_brisbane, 12 fake_fez")
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--default-seeds", type=int, default=1, help="transpiler seeds 0, 1, ...")
    parser.add_argument("--redundant-readout", type=int, default=0, help="most a cell")
    parser.add_argument("--run", help="a trained run of ten neurons; by default none is needed")
    asked = parser.parse_args()

    if asked.run is None:
        spec = GeneratorSpec.of("stationary", NEURONS, asked.bins, 0.02, n_layers=LAYERS)
        generator = build_generator(spec)
        generator.initialise(np.linspace(0.01, 0.08, NEURONS), asked.seed)
    else:
        generator = load_generator(RunStore().get(asked.run).generator_path)
        spec = generator.spec
        sizes = (spec.n_neurons, spec.shape.n_layers, len(generator.groups))
        if sizes != (NEURONS, LAYERS, 1):
            parser.error(f"--run: {NEURONS} neurons in one group of {LAYERS} layers are compared")
    past = generator.initial_past(asked.samples, asked.seed)
    program = generator.next_program(past, 0, asked.bins, asked.seed)
    ansatz = generator.ansatz(generator.groups[0])
    exact = exact_rates(program, ansatz)

    backend = resolve(asked.device)
    started = time.perf_counter()
    placement = Placement(redundant_readout=asked.redundant_readout)
    plan = backend.plan(program, placement)
    planned = time.perf_counter()
    values = [plan.values(program, page) for page in plan.pages]
    raster = plan.layout.decode(backend.run_pages(plan.pages, values, seed=asked.seed))
    sampled = time.perf_counter()
    pages = calibration_pages(plan.pages, backend.target.num_qubits)
    bits = [
        backend.run_page(
            page, np.zeros((CALIBRATION, len(page.tiles))), seed=np.random.SeedSequence(i)
        )
        for i, page in enumerate(pages)
    ]
    flips = flip_rates(plan.layout, [page.layout for page in pages], bits)
    corrected = unbiased_spikes(raster, flips).mean(0)
    calibrated = time.perf_counter()
    device = snapshots()[asked.device]()
    defaults, gates = [], []
    for seed in range(asked.default_seeds):
        rates, n_gates = default_rates(program, ansatz, device, seed)
        defaults.append(float(np.abs(rates - exact).mean()))
        gates.append(n_gates)

    errors = {
        "default": float(np.mean(defaults)),
        "chosen": float(np.abs(raster.spikes.mean(0) - exact).mean()),
        "corrected": float(np.abs(corrected - exact).mean()),
    }
    result = {
        "device": asked.device,
        "pages": len(plan.pages),
        "two_qubit_gates": plan.pages[0].circuit.num_nonlocal_gates(),
        "default_two_qubit_gates": gates,
        "defaults": [round(error, 5) for error in defaults],
        **{name: round(error, 5) for name, error in errors.items()},
        "redundant_readout": asked.redundant_readout,
        "ratio": round(errors["default"] / errors["chosen"], 2),
        "planning_s": round(planned - started, 1),
        "sampling_s": round(sampled - planned, 1),
        "calibration_s": round(calibrated - sampled, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
