"""Rasters that take a request a bin: what is asked for, tied together, and read back."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.protocol import Limits
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.folding import fold
from neuroqgan.errors import JobStateError, NotReadyError
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_bins, decode_raster
from neuroqgan.jobs.owner import owner_of
from neuroqgan.jobs.planning import max_samples_per_shot
from neuroqgan.jobs.request_chain import complete_request, request_chain
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.sampling.walk import RasterWalk
from tests.backends.test_devices import pattern_program
from tests.helpers import assemble
from tests.jobs.conftest import DEVICE, StubService
from tests.jobs.walks import N_PAST, MadeUpHistory, made_up, to_the_end
from tests.programs import first_past, next_bins

N_SAMPLES, N_BINS = 9, 4


def walk(
    context: JobContext,
    backend: str,
    *,
    n_samples: int = N_SAMPLES,
    fresh: bool = False,
    **config: Any,
) -> RasterWalk:
    order = RasterOrder(n_samples, run="mine", **config)
    return RasterWalk(context, made_up(), order, context.resolve(backend), fresh=fresh)


@pytest.mark.parametrize(("n_samples", "samples_per_shot"), [(7, 3), (6, 3), (2, 5), (4, 1)])
def test_samples_side_by_side_come_back_in_their_order(
    n_samples: int, samples_per_shot: int
) -> None:
    pattern = np.random.default_rng(3).random((n_samples, 1, 5)) < 0.4
    program = pattern_program(pattern, (3, 2))
    folded = fold(program, samples_per_shot)
    n_rows = -(-n_samples // samples_per_shot)
    assert folded.shape == (n_rows, samples_per_shot, 5)
    bits = [batch.angles[:, : len(batch.neurons)] > 1 for batch in folded.batches]
    spikes = assemble(folded, bits)
    assert np.array_equal(spikes.reshape(-1, 5)[:n_samples], pattern[:, 0])
    for sample in range(n_samples):
        row, place = divmod(sample, samples_per_shot)
        assert np.array_equal(spikes[row, place], pattern[sample, 0])


def test_a_page_is_filled_with_samples() -> None:
    device = resolve("fake_montreal")
    generator = made_up(5, group_size=3)
    program = next_bins(generator, first_past(generator, 30, 0), 0)
    across = max_samples_per_shot(program, device, Placement())
    plan = device.plan(fold(program, across))
    assert len(plan.pages) == 1
    assert across > 1
    assert max_samples_per_shot(program, device, Placement(max_tiles=4)) == 2
    assert max_samples_per_shot(program, device, Placement(max_tiles=1)) == 1
    assert max_samples_per_shot(program, resolve("aer"), Placement()) == 1
    few = next_bins(generator, first_past(generator, 2, 0), 0)
    assert max_samples_per_shot(few, device, Placement()) == 2


def test_every_bin_follows_from_the_bits_before_it(
    context: JobContext, service: StubService
) -> None:
    raster = walk(context, DEVICE)
    spikes = to_the_end(context, raster, service).raster.spikes
    assert spikes.shape == (N_SAMPLES, N_BINS, 3)
    rounds = request_chain(context, raster.jobs[0])
    assert [jobs[0].first_bin for jobs in rounds] == list(range(N_BINS))
    past = first_past(made_up(), N_SAMPLES, 0)
    assert past.shape == (N_SAMPLES, N_PAST, 3)
    identities = []
    for number, (job,) in enumerate(rounds):
        served = service.jobs[str(job.provider_id)].bits
        samples_per_shot = context.layout(job).layout.n_bins
        # Two chains of three on seven qubits.
        assert samples_per_shot == 2
        for sample in range(N_SAMPLES):
            row, place = divmod(sample, samples_per_shot)
            tile = context.layout(job).layout.pages[0].tiles[place]
            assert tile.bins == (place,)
            assert np.array_equal(served[0][row, 3 * place : 3 * place + 3], spikes[sample, number])
        before = np.concatenate([past, spikes[:, :number]], axis=1)
        program = next_bins(made_up(), before, 0)
        identities.append(program.batches[0].angles)
        assert np.array_equal(decode_bins(context, [job])[:, 0], spikes[:, number])
    # Otherwise nothing would have followed from anything.
    assert not np.allclose(identities[1], identities[2])


@pytest.mark.parametrize("backend", ["aer", "fake_nairobi"])
def test_a_walk_goes_on_where_another_stopped(context: JobContext, backend: str) -> None:
    whole_one = to_the_end(context, walk(context, backend)).raster
    n_jobs = context.store.count()
    assert n_jobs == N_BINS
    assert to_the_end(context, walk(context, backend)).raster == whole_one
    assert context.store.count() == n_jobs
    first = walk(context, backend, fresh=True)
    for _ in range(2):
        first.take(first.step().jobs)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.step(interrupt)
    # The raster that is whole goes before the one that was begun anew.
    assert to_the_end(context, walk(context, backend)).raster == whole_one
    assert context.store.count() == n_jobs + 3
    for job in context.store.find(series=context.store.find()[-1].series):
        context.payloads.remove(job.id)
        context.store.forget(job)
    second = walk(context, backend)
    second.catch_up()
    assert second.n_done == 2
    assert to_the_end(context, second).raster == whole_one
    assert context.store.count() == N_BINS


def test_bins_have_chance_of_their_own(context: JobContext) -> None:
    # A neuron that always has the same angles would otherwise repeat its spikes.
    class Constant(MadeUpHistory):
        def cells(self, past: np.ndarray, seed: Any) -> Any:
            return super().cells(np.zeros_like(past), 0)

    generator = Constant(made_up(3, 6).spec)
    raster = RasterWalk(context, generator, RasterOrder(200, run="mine"), resolve("aer"))
    spikes = to_the_end(context, raster).raster.spikes
    assert len({row.tobytes() for row in spikes.transpose(1, 0, 2)}) == 6
    correlations = np.corrcoef(spikes[..., 0].T.astype(float))
    assert np.abs(correlations[~np.eye(6, dtype=bool)]).max() < 0.35


def test_records_say_where_they_belong(context: JobContext, service: StubService) -> None:
    raster = walk(
        context, DEVICE, options=JobOptions(twirling="measure"), placement=Placement(max_tiles=1)
    )
    (job,) = raster.step().jobs
    assert (job.bin_range, job.n_samples, job.samples) == ("bin 1 of 4", N_SAMPLES, N_SAMPLES)
    assert (job.series, job.after, job.session) == (job.request, None, "batch0")
    assert not raster.is_finished
    with pytest.raises(NotReadyError, match="not complete") as caught:
        decode_raster(context, [job])
    assert "--samples 9 --seed 0 --twirling measure --tiles 1" in caught.value.hint
    service.finish()
    raster.take([retrieve(context, job)])
    (second,) = raster.step().jobs
    assert (second.series, second.after, second.first_bin) == (job.request, job.request, 1)
    assert complete_request(context, second) is None


def test_all_bins_are_sent_in_one_batch(context: JobContext, service: StubService) -> None:
    raster = walk(context, DEVICE)
    to_the_end(context, raster, service)
    assert service.sessions == ["batch0"] * N_BINS
    raster.close()
    assert service.closed == ["batch0"]
    # Nothing is opened where nothing is sent.
    again = walk(context, DEVICE)
    again.catch_up()
    assert again.is_finished
    again.close()
    assert service.closed == ["batch0"]
    assert service.batches == ["batch0"]


def test_a_walk_is_planned_once(context: JobContext, service: StubService) -> None:
    plans = []
    plan = service.plan
    service.plan = lambda *a: plans.append(a) or plan(*a)  # type: ignore[method-assign,func-returns-value]
    to_the_end(context, walk(context, DEVICE), service)
    assert len(plans) == 1


def test_a_closed_batch_is_followed_by_another(context: JobContext, service: StubService) -> None:
    raster = walk(context, DEVICE)
    jobs = raster.step().jobs
    service.finish()
    raster.take([retrieve(context, job) for job in jobs])
    service.closed.append("batch0")
    raster.step()
    assert service.sessions == ["batch0", "batch1"]


def test_without_batches_jobs_are_sent_alone(context: JobContext, service: StubService) -> None:
    service.batches = None
    raster = walk(context, DEVICE)
    to_the_end(context, raster, service)
    assert service.sessions == [None] * N_BINS
    raster.close()
    assert service.closed == []


def test_a_bin_beyond_the_limits_is_several_jobs(context: JobContext, service: StubService) -> None:
    service.limits = Limits(max_executions=3)
    raster = walk(context, DEVICE)
    spikes = to_the_end(context, raster, service).raster.spikes
    rounds = request_chain(context, raster.jobs[0])
    assert [len(jobs) for jobs in rounds] == [2] * N_BINS
    for number, jobs in enumerate(rounds):
        assert np.array_equal(decode_bins(context, jobs)[:, 0], spikes[:, number])


def test_bits_that_are_gone_are_asked_for_again_with_all_that_follows(
    context: JobContext, service: StubService
) -> None:
    raster = walk(context, DEVICE)
    to_the_end(context, raster, service)
    first, second, *_ = (jobs[0] for jobs in request_chain(context, raster.jobs[0]))
    context.payloads.remove(second.id, BITS)
    again = walk(context, DEVICE)
    again.catch_up()
    assert again.n_done == 1
    to_the_end(context, again, service)
    rounds = [jobs[0] for jobs in request_chain(context, again.jobs[0])]
    assert rounds[0].id == first.id
    assert {job.id for job in rounds[1:]}.isdisjoint(
        jobs[0].id for jobs in request_chain(context, raster.jobs[0])[1:]
    )
    context.store.forget(rounds[1])
    with pytest.raises(JobStateError, match="deleted"):
        request_chain(context, again.jobs[0])


def test_flip_rates_are_those_of_every_samples_qubits(
    context: JobContext, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    raster = walk(context, "fake_nairobi", options=JobOptions(mitigate="readout"))
    spikes = to_the_end(context, raster)
    rounds = [jobs[0] for jobs in request_chain(context, raster.jobs[0])]
    assert [bool(context.layout(job).calibration) for job in rounds] == [True, False, False, False]
    assert spikes.flips is not None
    assert spikes.flips.p01.shape == (N_SAMPLES, N_BINS, 3)
    assert np.array_equal(spikes.flips.p10[0], spikes.flips.p10[2])
    assert not np.array_equal(spikes.flips.p10[0], spikes.flips.p10[1])
    assert np.array_equal(spikes.flips.p10[:, 0], spikes.flips.p10[:, 3])
    # Had a later bin been placed on other qubits, nothing would be known of them.
    layouts = {job.id: context.layout(job) for job in rounds}
    calibration = layouts[rounds[0].id].calibration
    monkeypatch.setattr(type(layouts[rounds[0].id].layout), "measured_qubits", _elsewhere)
    assert calibration
    gone = decode_raster(context, raster.jobs)
    assert gone.flips is None
    assert "cannot be corrected" in gone.warning


def _elsewhere(layout: Any) -> np.ndarray:
    return np.full((layout.n_bins, layout.n_neurons), 99)


def test_a_bin_in_other_hands_is_left_there(context: JobContext) -> None:
    raster = walk(context, "aer")
    raster.take(raster.step().jobs)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        raster.step(interrupt)
    (job,) = raster.known()
    context.store.forget(job)
    context.store.create([replace(job, owner=owner_of(os.getppid()))])
    with pytest.raises(NotReadyError, match="Another process"):
        raster.step()
    assert not context.has_bits(job)
    assert context.store.count() == 2
