"""Estimates: every item against a count or a simulation of its own."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.backends.estimate import Estimate, estimate
from neuroqgan.backends.job_limits import page_use
from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.protocol import Limits
from neuroqgan.backends.readout import calibration_pages
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import PlanError
from neuroqgan.models.base import Generator
from neuroqgan.sampling.plans import plan_circuits
from tests.backends.test_devices import pattern_program


def test_items() -> None:
    program = pattern_program(np.zeros((1, 4, 3), bool), (3,), n_layers=3)
    backend = resolve("fake_montreal")
    assert backend.target is not None
    plan = backend.plan(program, Placement(max_tiles=2))
    found = estimate(plan, backend.target, 100, rep_delay=1e-3)
    assert (found.pages, found.tiles, found.qubits) == (2, 2, 6)
    assert found.two_qubit_gates == 2 * 2 * 2
    assert found.parameter_sets == 200
    # Angles in single precision, compressed and in base 64, and less than 20 kB of circuits.
    assert 5 * 100 * 4 * 9 < found.payload_bytes < 8 * 100 * 4 * 9 + 20_000
    assert found.jobs == 1
    longest = max(p.duration for p in backend.target["measure"].values())
    assert longest < found.circuit_seconds < 3 * longest
    reset = backend.target["reset"][(0,)].duration
    assert found.initialisation_seconds == pytest.approx(reset, rel=0.1)
    execution = 1e-3 + found.initialisation_seconds + found.circuit_seconds
    assert found.seconds == pytest.approx(2 + 200 * execution)
    assert len(found.lines()) == 9


def test_what_is_too_much_for_a_job_is_split() -> None:
    plan = resolve("fake_nairobi").plan(pattern_program(np.zeros((1, 1, 2), bool), (2,)))
    target = snapshot_target("fake_nairobi")
    assert estimate(plan, target, 10_000, rep_delay=2.0).jobs == 2
    few = Limits(max_executions=5000)
    assert estimate(plan, target, 5000, limits=few).jobs == 1
    assert estimate(plan, target, 5001, limits=few).jobs == 2
    # Every job brings a calibration of its own.
    calibration = calibration_pages(plan.pages, target.num_qubits), 1000
    with_calibration = estimate(plan, target, 5000, limits=few, calibration=calibration)
    assert (with_calibration.jobs, with_calibration.calibration_shots) == (2, 4000)
    short = Limits(max_seconds=1.0)
    assert estimate(plan, target, 10, rep_delay=0.05, limits=short).jobs == 1
    assert estimate(plan, target, 30, rep_delay=0.05, limits=short).jobs == 2


@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_instructions=1_000_000),
        Limits(max_payload_bytes=100_000),
        Limits(max_executions=3000),
        Limits(max_seconds=2.0),
    ],
    ids=["instructions", "payload", "executions", "seconds"],
)
def test_no_job_is_above_a_limit(limits: Limits) -> None:
    program = pattern_program(np.zeros((1, 3, 3), bool), (3,))
    plan = resolve("fake_nairobi").plan(program)
    target = snapshot_target("fake_nairobi")
    assert len(plan.pages) == 2
    found = estimate(plan, target, 20_000, limits=limits)
    assert found.jobs > 2
    assert max(use.share for use in found.limits) <= 1
    # No more jobs than needed: with one job less, the limit would be broken.
    n_rows = -(-20_000 // (found.jobs - 1))
    fuller = estimate(plan, target, n_rows, limits=limits)
    assert fuller.jobs > 1


def test_a_row_that_no_job_has_room_for_is_refused() -> None:
    plan = resolve("fake_nairobi").plan(pattern_program(np.zeros((1, 1, 2), bool), (2,)))
    target = snapshot_target("fake_nairobi")
    small = Limits(max_instructions=60)
    with pytest.raises(PlanError, match="single row") as refused:
        estimate(plan, target, 5, limits=small)
    assert "60 instructions per qubit" in refused.value.expected
    assert "bins_per_job" in refused.value.hint
    # The circuits alone may be too many bytes, however few rows there are.
    with pytest.raises(PlanError, match="single row") as refused:
        estimate(plan, target, 1, limits=Limits(max_payload_bytes=1000))
    assert "1,000 bytes per job" in refused.value.expected
    # A simulation of the device runs it all the same, and its plan says so.
    simulated = estimate(plan, target, 5, limits=small, enforce=False)
    assert simulated.limits[0].share > 1
    with pytest.raises(PlanError, match="more sx gates than fake_nairobi takes"):
        estimate(plan, target, 5, limits=Limits(max_sx_gates=1))


_CHANGES = [JobOptions(dynamical_decoupling="XY4"), JobOptions(twirling="gates")]


def test_decoupling_and_twirling_are_counted() -> None:
    program = pattern_program(np.zeros((1, 2, 5), bool), (5,), n_layers=3)
    backend = resolve("fake_montreal")
    assert backend.target is not None
    plan = backend.plan(program)
    plain, decoupled, twirled = (
        estimate(plan, backend.target, 20, options=options) for options in (JobOptions(), *_CHANGES)
    )
    assert decoupled.circuit_seconds == plain.circuit_seconds < twirled.circuit_seconds
    for changed in (decoupled, twirled):
        assert _used(changed, "instructions") > _used(plain, "instructions")
        assert changed.payload_bytes > plain.payload_bytes


@pytest.mark.slow
def test_a_part_of_a_long_cell_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = Generator("memory", n_neurons=2, n_bins=4, bin_width=0.02, n_mixing=3)
    generator.initialise(np.full(2, 0.1), 0)
    backend = resolve("fake_fez")
    assert backend.target is not None
    plan = plan_circuits(generator, backend, placement=Placement(max_tiles=2))
    for options, margin in zip((JobOptions(), *_CHANGES), (0.15, 0.15, 0.8), strict=True):
        found = []
        for most in (1_000_000, 1000):
            monkeypatch.setattr(page_use, "_MAX_PLAIN", most)
            monkeypatch.setattr(page_use, "_MAX_CHANGED", most)
            found.append(page_use.use_of_pages(plan.pages, backend.target, options))
        whole, part = found
        # What twirling needs is shared by copies that run at the same time, and counted for each.
        assert 0.9 < part.n_bytes / whole.n_bytes < 1 + margin
        instructions = [use.circuits[0].instructions.max() for use in found]
        assert instructions[1] == pytest.approx(instructions[0], rel=0.1)


def _used(found: Estimate, name: str) -> float:
    return {use.name: use.used for use in found.limits}[name]


def test_expected_bit_errors_are_those_of_the_simulation() -> None:
    program = pattern_program(np.zeros((3000, 2, 4), bool), (4,), n_layers=3)
    backend = resolve("fake_montreal")
    assert backend.target is not None
    expected = estimate(backend.plan(program), backend.target, 1).bit_error
    assert backend.run(program, seed=0).spikes.mean() == pytest.approx(expected, rel=0.35)


def test_ideal_cells_have_nothing_to_estimate() -> None:
    plan = AerBackend().plan(pattern_program(np.zeros((1, 1, 2), bool), (2,)))
    with pytest.raises(PlanError, match="no qubits"):
        estimate(plan, snapshot_target("fake_nairobi"), 1)
