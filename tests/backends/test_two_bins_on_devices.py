"""A past of two bins, and feed-forward, on simulated devices: the same rasters as bin by bin."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.circuit import IfElseOp, Reset
from qiskit.transpiler import InstructionProperties, Target

from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.conditions import CONDITION_SECONDS
from neuroqgan.backends.placement.mid_circuit import timing, with_delays
from neuroqgan.backends.protocol import Limits
from neuroqgan.circuits.feed_forward import FeedForwardAnsatz, TwoBinFeedForwardAnsatz
from neuroqgan.circuits.multi_bin import MultiBinAnsatz
from neuroqgan.circuits.two_bin_line import TwoBinLineAnsatz
from neuroqgan.errors import PlanError
from neuroqgan.jobs.planning import max_samples_per_shot
from neuroqgan.sampling.circuit_lengths import check_circuit
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.sampling.raster_estimate import estimate_raster
from tests.lattices import square_device
from tests.two_bins import N_CERTAIN_BINS, certain_bins, two_bin_generator

KINDS = [TwoBinLineAnsatz, FeedForwardAnsatz, TwoBinFeedForwardAnsatz]


def _device(*, conditions: bool = True, t1: float = 1.0) -> Target:
    """Two rows of four qubits, which reset in half a microsecond."""
    target = square_device(4, 2, t1=t1)
    reset = InstructionProperties(duration=500e-9, error=0.0)
    target.add_instruction(Reset(), {(qubit,): reset for qubit in range(8)})
    if conditions:
        target.add_instruction(IfElseOp, name="if_else")
    return target


@pytest.mark.parametrize("kind", KINDS)
def test_certain_spikes_are_measured(kind: type[MultiBinAnsatz]) -> None:
    program, spikes = certain_bins(kind, seed=1)
    device = SimulatedBackend("mine", _device())
    assert np.array_equal(device.run(program, seed=2).spikes, spikes)


def test_spikes_fade_while_they_wait() -> None:
    program, spikes = certain_bins(TwoBinLineAnsatz, seed=3)
    device = SimulatedBackend("mine", _device(t1=10e-6))
    assert (device.run(program, seed=2).spikes != spikes).any()


def test_a_device_without_conditions_is_refused() -> None:
    program, _ = certain_bins(FeedForwardAnsatz, seed=1)
    with pytest.raises(PlanError, match="cannot act on measured bits"):
        SimulatedBackend("mine", _device(conditions=False)).plan(program)


def test_conditions_take_time() -> None:
    program, _ = certain_bins(TwoBinFeedForwardAnsatz, seed=1)
    target = _device()
    (page,) = SimulatedBackend("mine", target).plan(program).pages
    tile = page.tiles[0]
    n_conditions = 1 + 3 * (N_CERTAIN_BINS - 2)
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


@pytest.mark.slow
def test_both_circuits_are_compared_with_one_bin_per_job() -> None:
    generator, order = two_bin_generator(1, 3), RasterOrder(n_samples=50)
    found = estimate_raster(generator, order, SimulatedBackend("mine", _device()))
    ways = [(one.bins_per_job, one.multi_bin_circuit) for one in found.alternatives]
    assert ways == [(1, ""), (3, "qubit-reuse"), (3, "feed-forward")]
    line, forward = found.alternatives[1:]
    # On eight qubits, lines of three qubits, or single qubits.
    assert (line.samples_per_shot, forward.samples_per_shot) == (2, 8)
    assert forward.seconds < line.seconds
    bare = SimulatedBackend("mine", _device(conditions=False))
    check_circuit("qubit-reuse", order, bare)
    with pytest.raises(PlanError, match="feed-forward needs if_else"):
        check_circuit("feed-forward", order, bare)


@pytest.mark.parametrize("name", ["qubit-reuse", "feed-forward"])
def test_several_bins_at_once_have_the_distribution_of_one_bin_at_a_time(name: str) -> None:
    generator = two_bin_generator(2, 4, entangling="none" if name == "qubit-reuse" else "line")
    wanted = generator.draw_exactly(4000, 4, 3)
    # Blocks of three bins: the second one begins with known spikes.
    found = generator.sample(
        4000, 4, seed=1, backend="exact", bins_per_job=3, multi_bin_circuit=name
    ).spikes
    for lag in (1, 2):
        pairs = [(one[:, lag:] & one[:, :-lag]).mean((0, 1)) for one in (found, wanted)]
        assert np.abs(pairs[0] - pairs[1]).max() < 0.03
        assert np.abs(pairs[1] - wanted.mean((0, 1)) ** 2).max() > 0.04
    assert np.abs(found.mean(0) - wanted.mean(0)).max() < 0.05


def test_no_more_samples_lie_side_by_side_than_a_job_may_broadcast() -> None:
    program, _ = certain_bins(FeedForwardAnsatz, seed=1)
    device = SimulatedBackend("mine", _device())
    per_sample = 2 * (N_CERTAIN_BINS - 1)
    found = {}
    for most in (100, 2 * per_sample, 2 * per_sample - 1, 1):
        device.limits = Limits(max_broadcasts=most, max_wide_broadcasts=most)
        found[most] = max_samples_per_shot(program, device, Placement())
    assert found == {100: 4, 2 * per_sample: 2, 2 * per_sample - 1: 1, 1: 1}
    line, _ = certain_bins(TwoBinLineAnsatz, seed=1, n_neurons=1)
    assert max_samples_per_shot(line, device, Placement()) == 2
