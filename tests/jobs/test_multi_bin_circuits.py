"""Which circuit of several bins a raster is measured by, and that it is the same raster."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.covariates import CovariateWindows, trial_time
from neuroqgan.errors import ConfigError, PlanError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.rerun_command import rerun_command
from neuroqgan.models.covariate_spec import CovariateSpec
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.sampling.bins_per_job import choose_bins_per_job
from neuroqgan.sampling.circuit_lengths import check_circuit
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.sampling.raster_job import estimate, sample
from neuroqgan.sampling.walk import RasterWalk
from tests.jobs.conftest import DEVICE, StubService
from tests.jobs.walks import to_the_end
from tests.lattices import last_bin_generator, square_device

N_BINS = 5


def _moments(spikes: np.ndarray) -> np.ndarray:
    """Rates of every bin, and how often spikes follow or accompany each other."""
    follow, together = spikes[:, 1:] & spikes[:, :-1], spikes[..., 1:] & spikes[..., :-1]
    return np.concatenate([x.mean(0).ravel() for x in (spikes, follow, together)])


@pytest.mark.parametrize("entangling", ["line", "none"])
@pytest.mark.parametrize("circuit", ["lattice", "qubit-reuse"])
def test_the_raster_is_the_generators_own(circuit: str, entangling: str) -> None:
    generator = last_bin_generator(4, N_BINS, entangling=entangling, group_size=2)
    n_samples = 6000
    wanted = _moments(generator.sample(n_samples, seed=1).spikes)
    order: dict[str, Any] = {"multi_bin_circuit": circuit, "seed": 2}
    found = _moments(generator.sample(n_samples, backend="exact", **order).spikes)
    errors = np.sqrt(2 * wanted * (1 - wanted) / n_samples)
    assert (np.abs(found - wanted) / errors).max() < 4.5
    # Aer runs the circuits themselves.
    few = _moments(generator.sample(300, backend="aer", **order).spikes)
    assert (np.abs(few - wanted) / (np.sqrt(10.5) * errors)).max() < 4.5


def test_a_circuit_whose_gates_were_changed_is_refused() -> None:
    generator = last_bin_generator(2, 3).with_multi_bin_circuit("qubit-reuse")
    program = generator.next_program(generator.initial_past(4, 0), 0, 3, 0)
    assert resolve("exact").run(program, seed=0).spikes.shape == (4, 3, 2)
    program.batches[0].circuit.x(0)
    with pytest.raises(PlanError, match="does not know"):
        resolve("exact").plan(program)


def test_the_fastest_circuit_is_chosen_and_a_raster_goes_on_as_it_was_begun(
    context: JobContext, service: StubService
) -> None:
    # Heavy-hex: pairs of qubits, but no square.
    generator = last_bin_generator(2, N_BINS, entangling="none")

    def chosen(**changes: Any) -> tuple[int | None, str]:
        order = RasterOrder(**{"n_samples": 10, "run": "mine"} | changes)
        found = choose_bins_per_job(context, generator, order, service, fresh=False)
        return found.bins_per_job, found.multi_bin_circuit

    assert chosen() == (5, "feed-forward")
    assert chosen(bins_per_job=4) == (4, "feed-forward")
    assert chosen(multi_bin_circuit="lattice")[1] == "lattice"
    order = RasterOrder(10, run="mine", bins_per_job=2, multi_bin_circuit="lattice")
    (job,) = RasterWalk(context, generator, order, service).step().jobs
    assert "--multi-bin-circuit lattice --bins-per-job 2" in rerun_command(job)
    assert chosen() == (2, "lattice")
    assert chosen(multi_bin_circuit="qubit-reuse") == (5, "qubit-reuse")
    assert chosen(seed=1) == (5, "feed-forward")


def test_blocks_of_qubit_reuse_on_a_device(context: JobContext, service: StubService) -> None:
    generator = last_bin_generator(2, N_BINS, entangling="none")
    order = RasterOrder(10, bins_per_job=3, multi_bin_circuit="qubit-reuse")
    walk = RasterWalk(context, generator, order, context.resolve(DEVICE))
    spikes = to_the_end(context, walk, service).raster.spikes
    assert spikes.shape == (10, N_BINS, 2)
    # One sample per shot: two pairs of qubits, the second of which has other bits.
    first, second = (job.bits[0].reshape(10, 2, 3) for job in service.jobs.values())
    assert np.array_equal(spikes[:, :3], first.swapaxes(1, 2))
    assert np.array_equal(spikes[:, 3:], second.swapaxes(1, 2)[:, :2])


def test_the_plan_says_what_was_left_out(service: StubService) -> None:
    generator = last_bin_generator(2, N_BINS, entangling="none")
    planned = estimate(generator, 100, "fake_nairobi")
    circuits = [one.multi_bin_circuit for one in planned.alternatives]
    assert circuits == ["", "lattice", "qubit-reuse", "feed-forward"]
    assert "1 bin per job: the fastest to simulate; on the device itself 5 bins per job" in str(
        planned
    )
    asked = estimate(generator, 100, "fake_nairobi", multi_bin_circuit="qubit-reuse")
    assert asked.to_dict()["multi_bin_circuit"] == "qubit-reuse"
    assert (asked.n_requests, asked.bins_per_job) == (1, N_BINS)
    service.target = square_device(4, 6)
    found = estimate(last_bin_generator(3, N_BINS), 100, service)
    assert found.multi_bin_circuit == "lattice"
    assert f"qubit-reuse needs reset, which {DEVICE} does not have" in found.left_out
    assert "Left out    qubit-reuse needs reset" in str(found)
    with pytest.raises(PlanError, match="needs reset"):
        estimate(last_bin_generator(3, N_BINS), 100, service, multi_bin_circuit="qubit-reuse")
    with pytest.raises(PlanError, match="Redundant readout needs one bin per job"):
        estimate(
            generator,
            100,
            "fake_nairobi",
            multi_bin_circuit="qubit-reuse",
            placement=Placement(redundant_readout=1),
        )


@pytest.mark.parametrize("option", [{"postselect": "edge"}, {"twirling": "measure"}])
def test_options_for_measurements_at_the_end_leave_qubit_reuse_out(
    service: StubService, option: dict[str, Any]
) -> None:
    generator = last_bin_generator(2, N_BINS, entangling="none")
    options = JobOptions(**option)
    with pytest.raises(PlanError, match="qubit-reuse does not work with"):
        check_circuit("qubit-reuse", RasterOrder(10, options=options), service)
    check_circuit("lattice", RasterOrder(10, options=options), service)
    with pytest.raises(PlanError, match="qubit-reuse does not work with"):
        estimate(generator, 10, service, options=options, multi_bin_circuit="qubit-reuse")


def test_other_circuits_are_unknown() -> None:
    generator = last_bin_generator(2, N_BINS)
    with pytest.raises(ConfigError, match="multi_bin_circuit"):
        sample(generator, 5, "aer", multi_bin_circuit="reuse")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="multi_bin_circuit"):
        generator.with_multi_bin_circuit("reuse")


def _conditional(entangling: str = "line") -> tuple[HistoryGenerator, CovariateWindows]:
    windows = CovariateWindows.whole_trials(trial_time(12, 0.02), 5000)
    generator = HistoryGenerator(
        past="one-bin",
        entangling=entangling,
        n_neurons=3,
        n_bins=4,
        bin_width=0.02,
        covariates=CovariateSpec.of(windows),
    )
    generator.initialise(np.array([0.2, 0.4, 0.3]), 1)
    generator.past.own_weight.data.copy_(generator.past.own_weight.new_tensor([2.0, 1.0, -1.5]))
    generator.later.bias.data.fill_(0.3)
    return generator, windows


@pytest.mark.parametrize("entangling", ["line", "none"])
@pytest.mark.parametrize("bins_per_job", [12, 5])
def test_samples_at_one_place_of_a_trial_share_their_angles(
    entangling: str, bins_per_job: int
) -> None:
    generator, windows = _conditional(entangling)
    source = generator.given(windows).with_multi_bin_circuit("qubit-reuse")
    past = source.initial_past(5000, 0)
    assert past.shape == (5000, 0, 3)
    for batch in source.next_program(past, 0, 12, 0).batches:
        assert (batch.angles == batch.angles[:1]).all()
    wanted = generator.sample(5000, 12, seed=1, covariates=windows).spikes
    found = generator.sample(
        5000,
        12,
        seed=2,
        covariates=windows,
        backend="exact",
        multi_bin_circuit="qubit-reuse",
        bins_per_job=bins_per_job,
    ).spikes
    moments = _moments(wanted)
    errors = np.sqrt(2 * moments * (1 - moments) / len(wanted))
    assert (np.abs(_moments(found) - moments) / errors).max() < 4.5
