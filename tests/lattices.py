"""A generator with a past of one bin, lattices whose spikes are certain, and a device for them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from qiskit.circuit import Delay, Measure, Parameter, library
from qiskit.transpiler import CouplingMap, InstructionProperties, QubitProperties, Target

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec


def last_bin_generator(n_neurons: int, n_bins: int = 6, **changes: Any) -> HistoryGenerator:
    """A generator whose spikes and latent have a strong say."""
    sizes = {"n_layers": 2, **changes}
    spec = GeneratorSpec.of("history", n_neurons, n_bins, 0.02, past="one-bin", **sizes)
    generator = build_generator(spec)
    assert isinstance(generator, HistoryGenerator)
    generator.initialise(np.linspace(0.1, 0.4, n_neurons), 3)
    with torch.no_grad():
        generator.past.own_weight.copy_(torch.linspace(-2, 1.5, n_neurons))
        generator.latent.state_weight.mul_(3)
        generator.later.bias.mul_(4)
    return generator


def pattern_lattice(patterns: np.ndarray, groups: tuple[int, ...] = ()) -> Program:
    """A program that yields these spikes, each decided by the neuron's own a bin before.

    Parameters
    ----------
    patterns
        Booleans, ``(n_samples, n_bins, n_neurons)``.
    groups
        Neurons of every group.
    """
    n_samples, n_bins, n_neurons = patterns.shape
    before, after = patterns[:, :-1], patterns[:, 1:]
    # Had the bin before been another, the angle would be the wrong one.
    silent, spiked = (np.pi * np.where(before == x, after, ~after) for x in (False, True))
    edges = np.cumsum([0, *(groups or (n_neurons,))])
    batches = []
    for low, high in pairwise(edges):
        lattice = LatticeAnsatz(CellAnsatz(int(high - low), 2), n_bins)
        here = slice(low, high)
        first = np.pi * patterns[:, 0, here]
        later = np.zeros((1, high - low))
        angles = lattice.angles(first, silent[..., here], spiked[..., here], later)
        batches.append(
            CellBatch(
                lattice.circuit(),
                angles,
                np.arange(n_samples),
                np.zeros(n_samples, int),
                tuple(range(low, high)) * n_bins,
                lattice.offsets,
                embedded=True,
            )
        )
    return Program(tuple(batches), patterns.shape, 0.02)


def square_device(
    n_columns: int, n_rows: int, *, t1: float = 1.0, gate_seconds: float = 50e-9
) -> Target:
    """A device whose qubits form a square lattice, with errors from relaxation alone.

    Parameters
    ----------
    n_columns, n_rows
        Qubit ``row * n_columns + column``.
    t1
        Of every qubit, seconds.
    gate_seconds
        Of every gate; measurements take ten times as long.
    """
    n_qubits = n_columns * n_rows
    times = [QubitProperties(t1=t1, t2=t1) for _ in range(n_qubits)]
    target = Target(num_qubits=n_qubits, dt=1e-9, qubit_properties=times)
    pulse = InstructionProperties(duration=gate_seconds, error=0.0)
    read = InstructionProperties(duration=10 * gate_seconds, error=0.0)
    free = InstructionProperties(duration=0.0, error=0.0)
    single = {(qubit,): pulse for qubit in range(n_qubits)}
    target.add_instruction(library.SXGate(), single)
    target.add_instruction(library.RZGate(Parameter("angle")), dict.fromkeys(single, free))
    target.add_instruction(Measure(), dict.fromkeys(single, read))
    target.add_instruction(Delay(Parameter("time")), dict.fromkeys(single))
    grid = CouplingMap.from_grid(n_rows, n_columns).get_edges()
    target.add_instruction(library.CZGate(), {tuple(sorted(pair)): pulse for pair in grid})
    return target
