"""Errors of qubits that wait for others: as predicted, and as the noisy simulation has them."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import InstructionProperties, QubitProperties, Target

from neuroqgan.backends.bit_errors import bit_errors
from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.mid_circuit import steps
from neuroqgan.circuits.program import CellBatch, Program

N_BINS, N_SAMPLES = 12, 2500


def _target(t1: float, t2: float) -> Target:
    """Two qubits with gates without errors and measurements of 2 us."""
    boston = snapshot_target("fake_boston")
    target = Target(num_qubits=2, dt=4e-9, qubit_properties=[QubitProperties(t1, t2)] * 2)
    seconds = {"measure": 2e-6, "reset": 2e-6, "cz": 68e-9, "sx": 32e-9, "x": 32e-9, "rz": 0.0}
    for name, duration in seconds.items():
        pairs = [(0, 1), (1, 0)] if name == "cz" else [(0,), (1,)]
        placed = {pair: InstructionProperties(duration, 0.0) for pair in pairs}
        target.add_instruction(boston.operation_from_name(name), placed, name=name)
    target.add_instruction(boston.operation_from_name("delay"), {(0,): None, (1,): None})
    return target


def _circuit(kind: str) -> QuantumCircuit:
    """Wire 0 waits in some state while wire 1 is measured and reset; then wire 1 reads it."""
    circuit = QuantumCircuit(2, N_BINS)
    if kind in {"one", "held"}:
        circuit.x(0)
    elif kind == "superposition":
        circuit.ry(np.pi / 2, 0)
    # Without effect, but the state has to last from here on.
    circuit.cz(0, 1)
    if kind == "held":
        circuit.measure(0, 0)
    for bin_ in range(1, N_BINS - 1):
        circuit.measure(1, bin_)
        circuit.reset(1)
    if kind == "superposition":
        circuit.ry(-np.pi / 2, 0)
    circuit.h(1)
    circuit.cz(0, 1)
    circuit.h(1)
    circuit.measure(1, N_BINS - 1)
    if kind != "held":
        circuit.measure(0, 0)
    return circuit


def _last_errors(kind: str, target: Target) -> tuple[float, float]:
    """Errors of the last bit, predicted and measured."""
    batch = CellBatch(
        _circuit(kind),
        np.zeros((N_SAMPLES, 0)),
        np.arange(N_SAMPLES),
        np.zeros(N_SAMPLES, np.int64),
        (0,) * N_BINS,
        tuple(range(N_BINS)),
    )
    backend = SimulatedBackend("acme", target)
    program = Program((batch,), (N_SAMPLES, N_BINS, 1), 0.02)
    (tile,) = backend.plan(program, Placement(1)).pages[0].tiles
    errors = bit_errors(tile, steps(tile.circuit), target, Calibration.of(target))
    predicted = dict(zip(tile.layout.bits_by_address(), errors, strict=True))[N_BINS - 1, 0]
    expected = kind in {"one", "held"}
    spikes = backend.run(program, seed=1).spikes[:, -1, 0]
    return float(predicted), float((spikes != expected).mean())


@pytest.mark.parametrize(("t1", "t2"), [(200e-6, 50e-6), (100e-6, 150e-6)])
def test_superpositions_last_as_long_as_the_shorter_time(t1: float, t2: float) -> None:
    predicted, measured = _last_errors("superposition", _target(t1, t2))
    assert measured > 0.1
    # If T2 is the longer one, the prediction is the worst case of all states.
    assert predicted == pytest.approx(measured, abs=0.02 if t2 < t1 else 0.08)
    assert predicted > measured - 0.02


@pytest.mark.parametrize("kind", ["one", "held"])
def test_bits_relax_whatever_t2_is(kind: str) -> None:
    predicted, lost = _last_errors(kind, _target(100e-6, 20e-6))
    # A qubit in 0 loses nothing, and the prediction knows not which it is.
    assert predicted == pytest.approx(lost / 2, abs=0.025)
    assert lost > 0.25
    assert _last_errors("zero", _target(100e-6, 20e-6))[1] < 0.03
