"""Estimates: every item against a count or a simulation of its own."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.backends.estimate import estimate
from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.protocol import Limits
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import PlanError
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
    assert found.payload_bytes == 8 * 100 * 4 * 9
    assert found.jobs == 1
    longest = max(p.duration for p in backend.target["measure"].values())
    assert longest < found.circuit_seconds < 3 * longest
    assert found.seconds == pytest.approx(2 + 200 * (1e-3 + found.circuit_seconds))
    assert len(found.lines()) == 8


def test_what_is_too_much_for_a_job_is_split() -> None:
    plan = resolve("fake_nairobi").plan(pattern_program(np.zeros((1, 1, 2), bool), (2,)))
    target = snapshot_target("fake_nairobi")
    n_fit = Limits().max_payload_bytes // 16  # two angles of eight bytes a sample
    assert estimate(plan, target, n_fit).jobs == 1
    assert estimate(plan, target, n_fit + 1).jobs == 2
    assert estimate(plan, target, 10_000, rep_delay=2.0).jobs == 2
    few = Limits(max_executions=5000)
    assert estimate(plan, target, 5000, limits=few).jobs == 1
    assert estimate(plan, target, 5001, limits=few).jobs == 2
    # Every job brings a calibration of its own.
    with_calibration = estimate(plan, target, 5000, limits=few, calibration=(2, 1000))
    assert (with_calibration.jobs, with_calibration.calibration_shots) == (2, 4000)
    short = Limits(max_seconds=1.0)
    assert estimate(plan, target, 10, rep_delay=0.05, limits=short).jobs == 1
    assert estimate(plan, target, 30, rep_delay=0.05, limits=short).jobs == 2


def test_no_job_is_above_a_limit() -> None:
    program = pattern_program(np.zeros((1, 3, 3), bool), (3,))
    plan = resolve("fake_nairobi").plan(program)
    target = snapshot_target("fake_nairobi")
    assert len(plan.pages) == 2
    n_samples = 6 * Limits().max_payload_bytes // 72 + 1
    jobs = estimate(plan, target, n_samples).jobs
    largest = -(-n_samples // jobs)
    assert 72 * largest <= Limits().max_payload_bytes
    assert 2 * largest <= Limits().max_executions


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
