"""A past of two bins, and feed-forward, on simulated devices: the same rasters as bin by bin."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.circuit import IfElseOp, Reset
from qiskit.transpiler import InstructionProperties, Target

from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.placement.conditions import CONDITION_SECONDS
from neuroqgan.backends.placement.mid_circuit import timing, with_delays
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.feed_forward import FeedForwardAnsatz, TwoBinFeedForwardAnsatz
from neuroqgan.circuits.multi_bin import BinDrive, MultiBinAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.circuits.two_bin_line import TwoBinLineAnsatz
from neuroqgan.errors import PlanError
from tests.lattices import square_device

KINDS = [TwoBinLineAnsatz, FeedForwardAnsatz, TwoBinFeedForwardAnsatz]
N_BINS = 7


def _device(*, conditions: bool = True, t1: float = 1.0) -> Target:
    """Two rows of four qubits, which reset in half a microsecond."""
    target = square_device(4, 2, t1=t1)
    reset = InstructionProperties(duration=500e-9, error=0.0)
    target.add_instruction(Reset(), {(qubit,): reset for qubit in range(8)})
    if conditions:
        target.add_instruction(IfElseOp, name="if_else")
    return target


def _certain(kind: type[MultiBinAnsatz], seed: int) -> tuple[Program, np.ndarray]:
    """A program whose spikes are certain, all other courses leading to the other spike."""
    spikes = np.random.default_rng(seed).random((5, N_BINS, 2)) < 0.5
    ansatz = kind(CellAnsatz(2, 2), N_BINS)
    after = np.empty((5, N_BINS, 1 << kind.past_bins, 2))
    pattern = np.arange(1 << kind.past_bins)
    for t in range(N_BINS):
        known = sum(
            spikes[:, t - back].astype(int) << (back - 1)
            for back in range(1, kind.past_bins + 1)
            if t >= back
        )
        open_ = (1 << min(t, kind.past_bins)) - 1
        as_it_was = (pattern[None, :, None] & open_) == np.broadcast_to(known, (5, 2))[:, None]
        after[:, t] = np.pi * np.where(as_it_was, spikes[:, t, None], ~spikes[:, t, None])
    values = ansatz.values(BinDrive(after, np.zeros((1, 2))))
    batch = CellBatch(
        ansatz.circuit(),
        values,
        np.arange(5),
        np.zeros(5, int),
        (0, 1) * N_BINS,
        ansatz.offsets,
        embedded=kind.embedded,
    )
    return Program((batch,), spikes.shape, 0.02), spikes


@pytest.mark.parametrize("kind", KINDS)
def test_certain_spikes_are_measured(kind: type[MultiBinAnsatz]) -> None:
    program, spikes = _certain(kind, seed=1)
    device = SimulatedBackend("mine", _device())
    assert np.array_equal(device.run(program, seed=2).spikes, spikes)


def test_spikes_fade_while_they_wait() -> None:
    program, spikes = _certain(TwoBinLineAnsatz, seed=3)
    device = SimulatedBackend("mine", _device(t1=10e-6))
    assert (device.run(program, seed=2).spikes != spikes).any()


def test_a_device_without_conditions_is_refused() -> None:
    program, _ = _certain(FeedForwardAnsatz, seed=1)
    with pytest.raises(PlanError, match="cannot act on measured bits"):
        SimulatedBackend("mine", _device(conditions=False)).plan(program)


def test_conditions_take_time() -> None:
    program, _ = _certain(TwoBinFeedForwardAnsatz, seed=1)
    target = _device()
    (page,) = SimulatedBackend("mine", target).plan(program).pages
    tile = page.tiles[0]
    n_conditions = 1 + 3 * (N_BINS - 2)
    assert tile.circuit.count_ops()["if_else"] == 2 * n_conditions
    found = timing(tile.circuit, tile.qubits, target).seconds
    bare = tile.circuit.copy_empty_like()
    for instruction in tile.circuit.data:
        if instruction.name != "if_else":
            bare.append(instruction)
    without = timing(bare, tile.qubits, target).seconds
    assert found - without == pytest.approx(n_conditions * CONDITION_SECONDS, rel=1e-6)
    delayed = with_delays(tile.circuit, tile.qubits, target)
    waiting = [one for one in delayed.data if one.name == "delay"]
    assert [one for one in delayed.data if one.name != "delay"] == list(tile.circuit.data)
    assert not waiting  # both neurons do the same at the same time
