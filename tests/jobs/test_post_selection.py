"""Samples that a second measurement contradicts: which are dropped, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from neuroqgan.backends.local.aer import AerBackend, _TileCalls
from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.measured import Measured
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.post_selected import outcomes_passed
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import ConfigError, PlanError, RasterError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_bins, decode_raster, decode_request
from neuroqgan.jobs.planning import plan_request
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.request import BinBlock, Request
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.submission import send
from tests.backends.test_devices import pattern_program
from tests.jobs.conftest import DEVICE as STUB
from tests.jobs.conftest import StubService
from tests.mid_circuit import certain_program, some_spikes

DEVICE = "fake_fractional"
"""Five qubits with RX gates: room for two cells of two neurons, or one of four."""


class Bursts(SimulatedBackend):
    """A device that is hit by bursts: all qubits of a cell circuit decay, and none can be flipped.

    A burst detunes qubits, so a pulse that is narrow in frequency does not turn them.
    """

    share = 0.2

    def _tile(self, tile, circuit, rows, n_shots, stream):
        made = super()._tile(tile, circuit, rows, n_shots, stream)
        return _Hit(**vars(made), stream=stream.spawn(1)[0], share=self.share)


@dataclass(frozen=True)
class _Hit(_TileCalls):
    stream: np.random.SeedSequence
    share: float

    def bits(self, measured):
        parts = super().bits(measured)
        hit = np.random.default_rng(self.stream).random(len(parts[0])) < self.share
        for part in parts:
            part[hit] = False
        return parts


@pytest.fixture
def bursts() -> Bursts:
    return Bursts(DEVICE, snapshot_target(DEVICE, fractional_gates=True))


def _request(spikes: np.ndarray, strategy: str = "node", **changes) -> Request:
    options = JobOptions(postselect=strategy, fractional_gates=True)
    program = pattern_program(spikes, (spikes.shape[2],))
    return Request(program, DEVICE, 7, options=options, **changes)


def _sampled(context: JobContext, request: Request, backend: SimulatedBackend) -> list[JobRecord]:
    return [simulate(context, job, backend=backend) for job in prepare(context, request, backend)]


def _spikes(n_samples: int, n_bins: int = 2, n_neurons: int = 2) -> np.ndarray:
    spikes = np.ones((n_samples, n_bins, n_neurons), bool)
    spikes[::3, :, 1] = False
    return spikes


def test_bursts_are_dropped(context: JobContext, bursts: Bursts) -> None:
    spikes = _spikes(600)
    jobs = _sampled(context, _request(spikes), bursts)
    found = decode_request(context, jobs)
    assert found.passed is not None
    raw = decode_bins(context, jobs)
    wrong_before = (raw != spikes[:, :1]).mean()
    wrong_after = (found.raster.spikes != spikes[found.passed]).mean()
    # Two cell circuits per sample, each hit in a fifth of all shots.
    assert found.raster.n_samples == found.passed.sum() == 600 - found.n_dropped
    assert 0.45 < found.passed.mean() < 0.66
    assert wrong_before > 0.12
    assert wrong_after < 0.1 * wrong_before


def test_samples_that_fail_are_left_out_and_no_others(
    context: JobContext, service: StubService
) -> None:
    """What comes back is chosen here: cells that fail, by the place where they are measured."""
    service.target = snapshot_target(DEVICE, fractional_gates=True)
    spikes = np.random.default_rng(2).random((9, 2, 2)) < 0.5
    spikes = spikes[[0, 1, 0, 2, 1, 0, 0, 1, 2, 0, 1, 0]]
    (job,) = prepare(context, replace(_request(spikes), backend=STUB), service)
    payload = context.payload(job)
    (page,) = payload.layout.pages
    assert (payload.shots, len(payload.values[0]), page.n_columns) == (2, 6, 8)
    circuit = payload.pages[0].circuit
    assert circuit is not None
    assert [(r.name, len(r)) for r in circuit.cregs] == [("spikes", 4), ("spikes_ps", 4)]
    assert circuit.count_ops()["measure"] == 8
    job = send(context, job, service)
    bits = AerBackend().run_pages(payload.pages, payload.values, seed=1, shots=2)[0]
    assert bits.shape == (12, 8)
    assert np.array_equal(bits[:, 4:], ~bits[:, :4])
    bits[3, 4 + 2] ^= True  # one bit of the second measurement of one sample
    bits[7, [0, 1]] ^= True  # two neighbours of another, in the first
    service.answer = [Measured.of(bits, 2, checked=True)]
    service.finish()
    found = decode_request(context, [retrieve(context, job)])
    assert found.passed is not None
    wrong = [payload.layout.samples[3], payload.layout.samples[7]]
    assert np.flatnonzero(~found.passed).tolist() == sorted(wrong)
    assert found.n_dropped == 2
    assert np.array_equal(found.raster.spikes, spikes[found.passed])


def test_a_pair_of_neighbours_has_to_fail_for_the_edge_strategy(bursts: Bursts) -> None:
    plan, _ = plan_request(_request(_spikes(3, 1, 4), "edge"), bursts)
    (page,) = plan.layout.pages
    tile = page.tiles[0]
    assert len(tile.edges) == 3  # four qubits on a path
    bits = np.zeros((3, 8), bool)
    bits[:, 4:] = True
    bits[1, 4 + tile.edges[0][0]] = False
    bits[2, [4 + bit for bit in tile.edges[0]]] = False
    passed = outcomes_passed(plan.layout, [bits])
    assert passed is not None
    assert passed.tolist() == [True, True, False]


def test_a_sample_that_fails_in_one_bin_is_dropped_from_the_raster(
    context: JobContext, bursts: Bursts
) -> None:
    spikes, jobs = _spikes(60, 3), []
    bursts.share = 0.1
    for i in range(3):
        block = BinBlock(i, 3, 60, jobs[-1][0] if jobs else None)
        jobs.append(_sampled(context, _request(spikes[:, i : i + 1], block=block), bursts))
    each = [decode_request(context, step).passed for step in jobs]
    found = decode_raster(context, jobs[0])
    assert found.passed is not None
    assert np.array_equal(found.passed, np.logical_and.reduce(each))
    assert 0 < found.n_dropped == 60 - found.raster.n_samples
    # Later bins have a past of all samples, failed or not.
    assert all(decode_bins(context, step).shape == (60, 1, 2) for step in jobs)


def test_nothing_is_left_if_every_sample_fails(context: JobContext, bursts: Bursts) -> None:
    bursts.share = 1.0
    jobs = _sampled(context, _request(_spikes(5)), bursts)
    with pytest.raises(RasterError, match="No sample passed"):
        decode_request(context, jobs)


def test_the_estimate_says_how_many_pass(context: JobContext) -> None:
    device = resolve(DEVICE, fractional_gates=True)
    spikes = _spikes(2000)
    for strategy in ("node", "edge"):
        (job,) = _sampled(context, _request(spikes, strategy), device)
        found = decode_request(context, [job])
        expected = job.estimate["share_kept"]
        assert found.passed is not None
        assert 0.5 < expected < 1
        # Within five standard errors, and a little for qubits that relax between the two.
        error = 5 * np.sqrt(expected * (1 - expected) / 2000) + 0.02
        assert abs(found.passed.mean() - expected) < error
        plain = prepare(context, Request(_request(spikes).program, DEVICE, 7), device)[0]
        assert plain.estimate["share_kept"] == 1
        assert plain.estimate["circuit_seconds"] < job.estimate["circuit_seconds"]


@pytest.mark.parametrize(
    ("request_", "backend", "says"),
    [
        (_request(_spikes(3)), "fake_brisbane", "no slow pulse"),
        (_request(_spikes(3)), "aer", "checks the qubits of a device"),
        (
            Request(
                certain_program(some_spikes(3)), DEVICE, 7, options=JobOptions(postselect="node")
            ),
            DEVICE,
            "before their end cannot be post-selected",
        ),
    ],
)
def test_what_cannot_be_post_selected_is_refused(
    request_: Request, backend: str, says: str
) -> None:
    with pytest.raises(PlanError, match=says) as caught:
        plan_request(request_, resolve(backend, fractional_gates=True))
    assert "`postselect`" in caught.value.hint


@pytest.mark.parametrize("other", [{"mitigate": "readout"}, {"twirling": "gates"}])
def test_other_corrections_exclude_it(other: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="Post-selec"):
        JobOptions(postselect="edge", **other)  # type: ignore[arg-type]


def test_it_makes_another_request() -> None:
    hashes = {_request(_spikes(3), strategy).request_hash for strategy in ("none", "node", "edge")}
    assert len(hashes) == 3
