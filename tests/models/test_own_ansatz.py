"""Cell circuits that a user brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector

import neuroqgan as nq
from neuroqgan.backends.local.simulated import AerBackend
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.own_ansatz import own_ansatz
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import Split
from neuroqgan.errors import ConfigError, PlanError, TrainingError
from neuroqgan.models.base import Generator
from tests.programs import whole_program

QUICK: dict[str, Any] = {"steps": 2, "batch": 8, "gradient_cells": 4, "progress": False}


def chain(n_qubits: int, gate: str = "rx") -> QuantumCircuit:
    """Two layers of rotations with CX in between."""
    angles = ParameterVector("theta", 2 * n_qubits)
    circuit = QuantumCircuit(n_qubits)
    for q in range(n_qubits):
        circuit.ry(angles[q], q)
    for q in range(n_qubits - 1):
        circuit.cx(q, q + 1)
    for q in range(n_qubits):
        getattr(circuit, gate)(angles[n_qubits + q], q)
    return circuit


def repeated(n_qubits: int) -> QuantumCircuit:
    """Every angle stands in two gates."""
    angles = ParameterVector("a", n_qubits)
    circuit = QuantumCircuit(n_qubits)
    for q in range(n_qubits):
        circuit.ry(angles[q] / 2, q)
        circuit.ry(angles[q] / 2, q)
    return circuit


@pytest.fixture(scope="module")
def split() -> Split:
    return nq.split(simulate_population(4, 12, 64, seed=1), n_bins=4)


def _single(n_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(n_qubits)
    circuit.ry(Parameter("one"), 0)
    return circuit


def _measured(n_qubits: int) -> QuantumCircuit:
    circuit = chain(n_qubits)
    circuit.measure_all()
    return circuit


def _partly_used(n_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(n_qubits)
    circuit.ry(ParameterVector("a", 2 * n_qubits)[0], 0)
    return circuit


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("chain", "not a circuit"),
        (lambda n: n, "not a circuit"),
        (chain(3), "one qubit per neuron"),
        (_measured, "must not measure"),
        (_single, "one vector"),
        (_partly_used, "one vector"),
        (lambda n: QuantumCircuit(n), "one vector"),  # noqa: PLW0108  # as a user writes it
    ],
)
def test_what_is_no_ansatz_is_refused(given: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        own_ansatz(given, 2)


def test_the_shift_rule_needs_angles_that_stand_alone() -> None:
    assert own_ansatz(chain, 3).shiftable
    assert not own_ansatz(repeated, 3).shiftable
    assert not own_ansatz(lambda n: chain(n, "p"), 3).shiftable


def test_layers_and_groups_follow_from_the_ansatz() -> None:
    sizes: dict[str, Any] = {"n_neurons": 4, "n_bins": 3, "bin_width": 0.02}
    model = Generator("stationary", ansatz=chain(2), **sizes)
    assert (model.shape.n_layers, model.shape.group_size) == (2, 2)
    assert model.qubits_needed() == 2
    (shown,) = model.circuits()
    assert shown.circuit.count_ops()["cx"] == 1
    assert shown.circuit.num_clbits == 2
    with pytest.raises(ConfigError, match="n_layers cannot be chosen"):
        Generator("stationary", ansatz=chain, n_layers=2)
    with pytest.raises(ConfigError, match="cannot be trained"):
        Generator("history", ansatz=chain)
    with pytest.raises(ConfigError, match="one qubit per neuron"):
        Generator("stationary", ansatz=chain(3), **sizes)


def test_exact_gradients_and_rasters_are_refused(split: Split) -> None:
    model = Generator("stationary", ansatz=chain, n_neurons=4, n_bins=4, bin_width=0.02)
    with pytest.raises(TrainingError, match="trained by shots") as caught:
        model.fit(split, **QUICK)
    assert caught.value.hint == "gradient = parameter-shift"
    with pytest.raises(ConfigError, match="not known") as refused:
        model.sample(3)
    assert "aer" in refused.value.hint
    twice = Generator("stationary", ansatz=repeated, n_neurons=4, n_bins=4, bin_width=0.02)
    with pytest.raises(TrainingError, match="trained by shots") as caught:
        twice.fit(split, gradient="parameter-shift", **QUICK)
    assert caught.value.hint == "gradient = spsa"


@pytest.mark.parametrize(
    ("preset", "gradient"), [("stationary", "parameter-shift"), ("spiqgan", "spsa")]
)
def test_it_is_trained_by_shots_saved_and_sampled(
    preset: str, gradient: str, split: Split, tmp_path: Path
) -> None:
    model = Generator(preset, ansatz=chain, group_size=2).fit(
        split, seed=1, gradient=gradient, shots=8, covariates="none", **QUICK
    )
    model.save(tmp_path / "mine.safetensors")
    again = nq.load_generator(tmp_path / "mine.safetensors")
    assert again.spec == model.spec
    program, same = (whole_program(one, 12, 3) for one in (model, again))
    raster = AerBackend().run(program, seed=1)
    assert raster == AerBackend().run(same, seed=1)
    assert raster.spikes.shape == (12, 4, 4)
    plan = resolve("fake_manila").plan(program)
    assert plan.pages
    with pytest.raises(PlanError):
        resolve("exact").plan(program)


def test_aer_draws_from_the_users_circuit() -> None:
    """Rotations by X and Y differ in what CX copies."""
    rates = []
    for gate in ("rx", "rz"):
        model = Generator(
            "stationary",
            ansatz=lambda n, gate=gate: chain(n, gate),
            n_neurons=2,
            n_bins=2,
            bin_width=0.02,
        )
        model.initialise(np.full(2, 0.2), 0)
        model.get_parameter("later.bias").data.fill_(np.pi)
        rates.append(AerBackend().run(whole_program(model, 500, 1), seed=2).spikes.mean())
    # RX by half a turn flips every spike, RZ none.
    assert rates[0] > 0.5 > rates[1]
