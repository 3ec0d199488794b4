"""Qubits that hold their spike after its measurement: what they lose, in noise and in estimates."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Reset
from qiskit.transpiler import InstructionProperties, Target

from neuroqgan.backends.bit_errors import bit_errors
from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.placement.held_spikes import with_readout_decay
from neuroqgan.backends.placement.mid_circuit import steps, timing
from neuroqgan.backends.placement.tiles import Tile
from tests.lattices import last_bin_generator, square_device

T1, READ = 10e-6, 500e-9


@pytest.fixture(scope="module")
def target() -> Target:
    """Two by two qubits, with measurements and resets of half a microsecond."""
    device = square_device(2, 2, t1=T1)
    reset = InstructionProperties(duration=READ, error=0.0)
    device.add_instruction(Reset(), {(qubit,): reset for qubit in range(4)})
    return device


def _names(circuit: QuantumCircuit) -> list[tuple[str, int]]:
    return [(i.name, circuit.find_bit(i.qubits[0]).index) for i in circuit.data]


def test_a_delay_follows_the_measurements_of_qubits_that_go_on(target: Target) -> None:
    circuit = QuantumCircuit(2, 3)
    circuit.measure(0, 0)
    circuit.barrier(0)
    circuit.cz(0, 1)
    circuit.reset(0)
    circuit.measure(0, 1)
    circuit.reset(0)
    circuit.measure(1, 2)
    found = with_readout_decay(circuit, (0, 1), target)
    assert _names(found)[:3] == [("measure", 0), ("delay", 0), ("barrier", 0)]
    assert found.data[1].operation.duration == round(READ / 2 / target.dt)
    assert found.count_ops()["delay"] == 1
    without = Target(num_qubits=2)
    assert with_readout_decay(circuit, (0, 1), without) is circuit


def _tile(circuit: QuantumCircuit) -> Tile:
    return Tile(circuit, (0, 1), tuple(range(circuit.num_clbits)), (0,), 0)


def test_bits_know_what_a_held_spike_has_lost_since_it_was_read(target: Target) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.measure(0, 0)
    circuit.barrier(0)
    circuit.cz(0, 1)
    circuit.reset(0)
    circuit.measure(1, 1)
    first, second = bit_errors(_tile(circuit), steps(circuit), target, Calibration.of(target))
    assert first == 0
    # Half a readout, of which half the relaxations count as for all waiting qubits.
    assert second == pytest.approx((1 - np.exp(-READ / 2 / T1)) / 2)
    # What a gate did before the measurement is in the bit itself, and not an error of the next.
    wrong = target.operation_from_name("sx")
    assert wrong.num_qubits == 1
    target.update_instruction_properties(
        "sx", (0,), InstructionProperties(duration=50e-9, error=0.02)
    )
    first, again = bit_errors(_tile(circuit), steps(circuit), target, Calibration.of(target))
    target.update_instruction_properties(
        "sx", (0,), InstructionProperties(duration=50e-9, error=0.0)
    )
    assert first == pytest.approx(0.01)
    assert again == second


def test_spikes_that_decay_while_they_are_held_act_less_on_the_next_bin(target: Target) -> None:
    # A neuron that does what it did, and begins with a spike.
    generator = last_bin_generator(1, 2, n_layers=1).with_multi_bin_circuit("qubit-reuse")
    backend = SimulatedBackend("slow", target)
    program = generator.next_program(np.zeros((4000, 1, 1), bool), 0, 2, 0)
    (batch,) = program.batches
    batch.angles[:] = [np.pi, -np.pi / 2, np.pi / 2]
    spikes = backend.run(program, seed=1).spikes[..., 0]
    assert spikes[:, 0].mean() > 0.98
    kept = spikes[spikes[:, 0], 1].mean()
    # Lost: in the second half of the readout, and during the gates of the next bin.
    lost = 1 - np.exp(-(READ / 2) / T1)
    assert lost * 0.5 < 1 - kept < lost * 3


def test_a_bin_lasts_as_long_as_a_measurement(target: Target) -> None:
    generator = last_bin_generator(1, 12, n_layers=1).with_multi_bin_circuit("qubit-reuse")
    program = generator.next_program(np.zeros((1, 1, 1), bool), 0, 12, 0)
    (tile,) = SimulatedBackend("slow", target).plan(program).pages[0].tiles
    seconds = timing(tile.circuit, tile.qubits, target).seconds
    # The other qubit is reset meanwhile; rotations and CZ come in between.
    assert 12 * READ < seconds < 12 * 1.6 * READ
