"""Rasters that take a request a block of bins, a lattice each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from neuroqgan.backends.options import JobOptions
from neuroqgan.errors import NotReadyError, PlanError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_bins, decode_raster
from neuroqgan.jobs.request_chain import request_chain
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.sampling.bins_per_job import choose_bins_per_job
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.sampling.walk import RasterWalk
from tests.jobs.conftest import DEVICE, StubService
from tests.jobs.walks import to_the_end
from tests.lattices import last_bin_generator, square_device
from tests.programs import first_past

pytestmark = pytest.mark.filterwarnings("ignore:Properties of fake_nighthawk")

N_SAMPLES, N_BINS = 10, 5


class Certain(HistoryGenerator):
    """Neuron 0 does what it did, neuron 1 the contrary, and neuron 2 fires every time."""

    def initial_past(self, n_samples: int, seed: Any) -> np.ndarray:
        return np.random.default_rng(0).random((n_samples, 2, 3)) < 0.5


def certain() -> HistoryGenerator:
    generator = Certain(n_neurons=3, n_bins=N_BINS, bin_width=0.02, past="one-bin", n_layers=2)
    with torch.no_grad():
        for weight in generator.parameters():
            weight.zero_()
        generator.threshold.weight.copy_(torch.tensor([-60.0, 60.0, 60.0]))
        generator.past.own_weight.copy_(torch.tensor([120.0, -120.0, 0.0]))
    return generator


def walk(
    context: JobContext, backend: str, bins: int, generator: HistoryGenerator, **config: Any
) -> RasterWalk:
    order = _order(**config, bins_per_job=bins)
    return RasterWalk(context, generator, order, context.resolve(backend))


def _order(**changes: Any) -> RasterOrder:
    return RasterOrder(**{"n_samples": N_SAMPLES, "run": "mine"} | changes)


def _wanted(generator: HistoryGenerator) -> np.ndarray:
    before = first_past(generator, N_SAMPLES, 0)[:, -1]
    wanted = np.empty((N_SAMPLES, N_BINS, 3), bool)
    for t in range(N_BINS):
        before = np.stack([before[:, 0], ~before[:, 1], np.ones(N_SAMPLES, bool)], axis=1)
        wanted[:, t] = before
    return wanted


@pytest.mark.parametrize("bins", [1, 2, 3, 5])
def test_blocks_go_on_from_each_other(context: JobContext, bins: int) -> None:
    generator = certain()
    spikes = to_the_end(context, walk(context, "aer", bins, generator)).raster.spikes
    assert np.array_equal(spikes, _wanted(generator))
    assert context.store.count() == -(-N_BINS // bins)


def test_samples_side_by_side_on_a_simulated_device(context: JobContext) -> None:
    generator = certain()
    raster = walk(context, "fake_nighthawk", 3, generator)
    spikes = to_the_end(context, raster).raster.spikes
    # Errors of the device carry on, and are rare.
    assert (spikes == _wanted(generator)).mean() > 0.9
    (job,) = request_chain(context, raster.jobs[0])[0]
    layout = context.layout(job).layout
    assert layout.samples_per_shot == N_SAMPLES
    assert layout.n_bins == 3 * N_SAMPLES


def test_records_say_which_bins_and_how_to_go_on(context: JobContext, service: StubService) -> None:
    service.target = square_device(4, 6)
    generator = last_bin_generator(3, N_BINS)
    raster = walk(context, DEVICE, 3, generator)
    (first,) = raster.step().jobs
    assert (first.bin_range, first.n_job_bins, first.n_requests) == ("bins 1 to 3 of 5", 3, 2)
    with pytest.raises(NotReadyError, match="not complete") as caught:
        decode_raster(context, [first])
    assert caught.value.hint.endswith("--bins-per-job 3")
    service.finish()
    raster.take([retrieve(context, first)])
    assert raster.n_executions_left == N_SAMPLES
    (second,) = raster.step().jobs
    assert (second.bin_range, second.n_job_bins) == ("bins 4 to 5 of 5", 2)
    service.finish()
    raster.take([retrieve(context, second)])
    assert raster.is_finished
    spikes = decode_raster(context, [first]).raster.spikes
    assert spikes.shape == (N_SAMPLES, N_BINS, 3)
    # Two lattices of nine qubits in a shot; of the second block's bins the last is dropped.
    for job, low, high in ((first, 0, 3), (second, 3, 5)):
        bits = service.jobs[str(job.provider_id)].bits[0].reshape(-1, 3, 3)[:N_SAMPLES]
        assert np.array_equal(bits[:, : high - low], spikes[:, low:high])
        assert np.array_equal(
            decode_bins(context, [context.store.get(job.id)]), spikes[:, low:high]
        )


def test_a_walk_goes_on_and_is_planned_once(context: JobContext, service: StubService) -> None:
    service.target = square_device(4, 6)
    plans = []
    plan = service.plan
    service.plan = lambda *a: plans.append(a) or plan(*a)  # type: ignore[method-assign,func-returns-value]
    generator = last_bin_generator(3, N_BINS)
    whole_one = to_the_end(context, walk(context, DEVICE, 2, generator), service)
    assert len(plans) == 1
    again = walk(context, DEVICE, 2, generator)
    again.catch_up()
    assert again.is_finished
    assert decode_raster(context, again.jobs).raster == whole_one.raster
    # Other blocks are another raster.
    other = walk(context, DEVICE, 3, generator)
    other.catch_up()
    assert other.n_done == 0


def test_flip_rates_are_those_of_every_bins_qubits(context: JobContext) -> None:
    raster = walk(
        context,
        "fake_nighthawk",
        2,
        last_bin_generator(2, N_BINS),
        options=JobOptions(mitigate="readout"),
    )
    spikes = to_the_end(context, raster)
    assert spikes.flips is not None
    p10 = spikes.flips.p10
    assert p10.shape == (N_SAMPLES, N_BINS, 2)
    # The first bins of all blocks are read by the same qubits, and the second ones by others.
    assert np.array_equal(p10[:, 0], p10[:, 2])
    assert np.array_equal(p10[:, 0], p10[:, 4])
    assert np.array_equal(p10[:, 1], p10[:, 3])
    assert not np.array_equal(p10[:, 0], p10[:, 1])
    assert not np.array_equal(p10[0], p10[1])


def _settled(
    context: JobContext, backend: Any, *, fresh: bool = False, **config: Any
) -> int | None:
    generator, order = last_bin_generator(3, N_BINS), _order(**config)
    return choose_bins_per_job(context, generator, order, backend, fresh=fresh).bins_per_job


def test_a_raster_goes_on_as_it_was_begun(context: JobContext, service: StubService) -> None:
    service.target = square_device(4, 6)
    assert _settled(context, service) == 5
    assert _settled(context, service, bins_per_job=2) == 2
    walk(context, DEVICE, 2, last_bin_generator(3, N_BINS)).step()
    assert _settled(context, service) == 2
    assert _settled(context, service, bins_per_job=3) == 3
    # Another raster, or the same one anew, is planned as today's calibration has it.
    assert _settled(context, service, fresh=True) == 5
    assert _settled(context, service, seed=1) == 5
    assert _settled(context, service, n_samples=11) == 5
    walk(context, DEVICE, 1, last_bin_generator(3, N_BINS), seed=1).step()
    assert _settled(context, service, seed=1) == 1


def test_simulators_take_a_bin_a_job_unless_told_otherwise(context: JobContext) -> None:
    for backend in ("aer", "exact", "fake_nighthawk"):
        assert _settled(context, context.resolve(backend)) == 1
    assert _settled(context, context.resolve("aer"), bins_per_job=5) == 5


def test_what_cannot_be_run_is_refused_at_once(context: JobContext) -> None:
    with pytest.raises(PlanError, match="no room for several bins"):
        _settled(context, context.resolve("fake_fez"), bins_per_job=2, multi_bin_circuit="lattice")


def test_circuits_too_large_to_be_simulated_are_refused(context: JobContext) -> None:
    generator, order = last_bin_generator(5, 9), _order(bins_per_job=9)
    aer = context.resolve("aer")
    lattice = replace(order, multi_bin_circuit="lattice")
    with pytest.raises(PlanError, match="45 qubits is too large"):
        choose_bins_per_job(context, generator, lattice, aer, fresh=False)
    # Two qubits per neuron are enough for any number of bins.
    chosen = choose_bins_per_job(context, generator, order, aer, fresh=False)
    assert (chosen.bins_per_job, chosen.multi_bin_circuit) == (9, "qubit-reuse")
