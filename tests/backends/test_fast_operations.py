"""Measurements and resets for the middle of a circuit, on devices that have them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Instruction
from qiskit.transpiler import InstructionProperties, Target

from neuroqgan.backends.bit_errors import bit_errors
from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.estimate import estimate
from neuroqgan.backends.local.instances import from_instance
from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.fast_operations import (
    Operations,
    fast_operations,
    use_operations,
    with_operations,
)
from neuroqgan.backends.placement.late_measurements import measured_late
from neuroqgan.backends.placement.mid_circuit import steps, timing
from neuroqgan.backends.placement.plan import Plan, device_plan
from neuroqgan.backends.readout import calibration_pages, flip_rates, unbiased_spikes
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.circuits.program import Program
from neuroqgan.jobs.codec import payload_from_bytes, payload_to_bytes
from neuroqgan.jobs.payload import pack_payload
from neuroqgan.jobs.request_hash import describe_circuit
from tests.circuits.test_memory_circuit import branches
from tests.mid_circuit import N_BINS, certain_program, some_spikes

BITS = 2 * N_BINS


def _target(
    *left_out: str, measure_reset: bool = False, errors: dict[int, float] | None = None
) -> Target:
    """A device of seven qubits in a row with the figures of boston, with or without operations."""
    boston = snapshot_target("fake_boston")
    target = Target(num_qubits=7, dt=boston.dt, qubit_properties=boston.qubit_properties[:7])
    for name in ("cz", "delay", "measure", "measure_2", "reset", "reset_2", "rz", "sx", "x"):
        if name in left_out:
            continue
        placed = {q: p for q, p in boston[name].items() if max(q) < 7}
        if name == "measure_2":
            for qubit, error in (errors or {}).items():
                placed[qubit,] = InstructionProperties(1.624e-6, error)
        target.add_instruction(boston.operation_from_name(name), placed, name=name)
    if measure_reset:
        both = {(q,): InstructionProperties(1.656e-6, 0.005) for q in range(7)}
        target.add_instruction(Instruction("measure_reset", 1, 1, []), both)
    return target


def _counts(plan: Plan) -> Counter[str]:
    (page,) = plan.pages
    assert page.circuit is not None
    (tile,) = page.tiles
    names = ("measure", "reset")
    found = [Counter({n: k for n, k in c.count_ops().items() if n.startswith(names)}) for c in
             (tile.circuit, page.circuit)]  # fmt: skip
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (_target(), {"measure_2": BITS, "reset_2": BITS}),
        (_target("reset_2"), {"measure_2": BITS, "reset": BITS}),
        (_target("reset"), {"measure_2": BITS, "reset_2": BITS}),
        (_target("measure_2", "reset_2"), {"measure": BITS, "reset": BITS}),
        (_target(measure_reset=True), {"measure_reset": BITS}),
        (_target("reset", "reset_2", measure_reset=True), {"measure_reset": BITS}),
        # Too many errors for the time that it saves.
        (_target(errors=dict.fromkeys(range(7), 0.06)), {"measure": BITS, "reset_2": BITS}),
    ],
    ids=["both", "no reset_2", "no reset", "neither", "measure_reset", "only it", "errors"],
)
def test_plans_use_the_operations_that_a_device_has(
    target: Target, expected: dict[str, int]
) -> None:
    program = certain_program(some_spikes(3))
    assert _counts(device_plan(program, target, "x", Placement(1))) == expected
    usual = {"measure": BITS, "reset": BITS}
    if {"measure", "reset"} <= set(target.operation_names):
        assert _counts(device_plan(program, target, "x", Placement(1), fast=False)) == usual


def test_the_better_operation_is_chosen_for_every_qubit() -> None:
    target = _target(errors={1: 0.004, 2: 0.05})
    calibration = Calibration.of(target)
    used = fast_operations(target, calibration, 5)
    assert [own.measure for own in used] == ["measure_2"] * 2 + ["measure"] + ["measure_2"] * 4
    assert {own.reset for own in used} == {"reset_2"}
    readout = with_operations(calibration, target, used).readout
    assert readout[2] == target["measure"][(2,)].error
    assert readout[1] == target["measure_2"][(1,)].error != calibration.readout[1]


def test_measurements_without_a_reset_stay_apart() -> None:
    circuit = QuantumCircuit(2, 4)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.measure(0, 1)
    circuit.measure(1, 2)
    circuit.x(1)
    circuit.reset(1)
    circuit.measure(1, 3)
    used = [Operations("measure_2", "reset_2", "measure_reset")] * 2
    assert dict(use_operations(circuit, used).count_ops()) == {
        "measure_reset": 2,
        "measure_2": 2,
        "reset_2": 1,
        "x": 1,
    }


def test_late_measurements_read_the_same() -> None:
    random = np.random.default_rng(1)
    circuit = QuantumCircuit(3, 5)
    for bit in range(5):
        for qubit in range(3):
            circuit.ry(random.normal(), qubit)
        circuit.measure(bit % 2, bit)
        circuit.cz(0, 1)
        circuit.rz(0.3, bit % 2)
        circuit.cx(bit % 2, 2)
        circuit.cz(0, 1)
    later = measured_late(circuit)
    names = [instruction.name for instruction in later.data]
    assert names.index("measure") == names.index("cx") + 2
    expected, found = branches(circuit), branches(later)
    for bits in expected.keys() | found.keys():
        assert found.get(bits, 0.0) == pytest.approx(expected.get(bits, 0.0), abs=1e-12)


def test_measurements_come_before_what_depends_on_their_bits() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.ry(1, 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.barrier()
    assert [i.name for i in measured_late(circuit).data] == ["ry", "measure", "if_else", "barrier"]


@pytest.mark.parametrize("measure_reset", [False, True])
def test_rasters_errors_and_times_are_those_of_the_operations(measure_reset: bool) -> None:
    target = _target(measure_reset=measure_reset, errors=dict.fromkeys(range(7), 0.01))
    for qubit in range(7):
        target.update_instruction_properties(
            "measure", (qubit,), InstructionProperties(2.2e-6, 0.02)
        )
    backend = SimulatedBackend("acme", target)
    spikes = np.repeat(some_spikes(1), 3000, axis=0)
    program = bind_equal_rows(certain_program(spikes))
    plan = backend.plan(program, Placement(1))
    (tile,) = plan.pages[0].tiles
    assert set(tile.measurements) == {"measure_reset" if measure_reset else "measure_2"}
    wrong = (backend.run(program, seed=1).spikes != spikes).mean(0)
    # Neuron 1 has nothing to do with the memory, and its errors are those of the readout.
    readout = 0.005 if measure_reset else 0.01
    assert wrong[:, 1].mean() == pytest.approx(readout, abs=0.002)
    errors = bit_errors(tile, steps(tile.circuit), target, Calibration.of(target))
    expected = {a: e for a, e in zip(tile.layout.bits_by_address(), errors, strict=True) if a[1]}
    assert np.mean(list(expected.values())) == pytest.approx(readout, abs=0.002)
    seconds = estimate(plan, target, 10).circuit_seconds
    assert seconds == timing(tile.circuit, tile.qubits, target).seconds
    slow = estimate(_slow_plan(program, target), target, 10).circuit_seconds
    saved = 2.2 + 2.232 - (1.656 if measure_reset else 1.624 + 1.656)
    assert 1e6 * (slow - seconds) == pytest.approx(N_BINS * saved, rel=0.02)


def _slow_plan(program: Program, target: Target) -> Plan:
    return device_plan(program, target, "acme", Placement(1), fast=False)


def test_the_readout_is_calibrated_by_the_same_operation() -> None:
    target = _target(errors=dict.fromkeys(range(7), 0.06))
    # Plain measurements are slow here, so that the faster ones are used in spite of their errors.
    for qubit in range(7):
        target.update_instruction_properties(
            "measure", (qubit,), InstructionProperties(60e-6, 0.01)
        )
    backend = SimulatedBackend("acme", target)
    spikes = np.repeat(some_spikes(1), 4000, axis=0)
    program = bind_equal_rows(certain_program(spikes))
    plan = backend.plan(program, Placement(1))
    assert _counts(plan)["measure_2"] == BITS
    pages = calibration_pages(plan.pages, 7)
    for page in pages:
        assert page.circuit is not None
        assert page.circuit.count_ops()["measure_2"] == 2
        assert "measure" not in page.circuit.count_ops()
    rows = [np.zeros((4000, 1))] * len(pages)
    rates = flip_rates(
        plan.layout, [page.layout for page in pages], backend.run_pages(pages, rows, seed=2)
    )
    assert rates.p01.mean() == pytest.approx(0.06, abs=0.01)
    found = unbiased_spikes(backend.run(program, seed=1), rates).mean(0)
    assert np.abs(found - spikes[0])[:, 1].max() < 0.03


def test_payloads_bring_the_operations_back() -> None:
    backend = resolve("fake_boston")
    program = bind_equal_rows(certain_program(np.repeat(some_spikes(1), 9, axis=0)))
    payload = pack_payload(
        program, backend.plan(program, Placement(1)), calibrate=True, n_qubits=156
    )
    again = payload_from_bytes(payload_to_bytes(payload, {}))
    for one, two in zip(payload.pages, again.pages, strict=True):
        assert describe_circuit(one.circuit) == describe_circuit(two.circuit)
        assert "measure_2" in two.circuit.count_ops()
    bits = [backend.run_pages(p.pages, p.values, seed=3) for p in (payload, again)]
    assert all(np.array_equal(a, b) for a, b in zip(*bits, strict=True))


def test_simulators_of_others_get_plain_operations() -> None:
    from qiskit_ibm_runtime.fake_provider import FakeBoston

    spikes = np.repeat(some_spikes(1), 4, axis=0)
    backend = from_instance(FakeBoston())
    plan = backend.plan(bind_equal_rows(certain_program(spikes)), Placement(1))
    assert _counts(plan) == {"measure": BITS, "reset": BITS}
