"""Results of another shape than was planned: kept, said, and never made a raster of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neuroqgan.backends.measured import Expected, Measured, misfit
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import JobFailedError, MisfitError, PayloadError, RasterError
from neuroqgan.jobs.bits import pack, unpack
from neuroqgan.jobs.codec import ANGLES, BITS, LAYOUT, MISFIT
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_raster, decode_request
from neuroqgan.jobs.existing_requests import find_existing
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import send
from tests.backends.test_devices import pattern_program
from tests.conftest import Install
from tests.jobs.conftest import DEVICE, StubService, make_request, planned
from tests.jobs.test_bin_by_bin import walk
from tests.mid_circuit import certain_program, some_spikes

Change = Callable[[Measured], Measured]


def rows(count: int) -> Change:
    """Return what makes so many rows more of a circuit's result."""

    def change(one: Measured) -> Measured:
        n_rows = max(0, one.n_rows + count)
        places = np.arange(n_rows) % max(1, one.n_rows)
        return replace(one, bits=one.bits[places], n_rows=n_rows)

    return change


def as_shots(one: Measured) -> Measured:
    return replace(one, n_rows=one.n_rows // 2, n_shots=2)


def named(name: str) -> Change:
    return lambda one: replace(one, registers={name: one.bits.shape[1]})


def narrower(one: Measured) -> Measured:
    return replace(one, bits=one.bits[:, 1:], registers={"spikes": one.bits.shape[1] - 1})


def divided(one: Measured) -> Measured:
    return replace(one, registers={"spikes": 1, "more": one.bits.shape[1] - 1})


CHANGES: dict[str, tuple[Change, str]] = {
    "fewer rows": (rows(-1), "rows instead of"),
    "more rows": (rows(1), "rows instead of"),
    "no rows": (rows(-(10**6)), "0 rows instead of"),
    "rows as shots": (as_shots, "2 shots per row instead of 1"),
    "another name": (named("meas"), "register meas of"),
    "a bit fewer": (narrower, "instead of spikes of"),
    "two registers": (divided, "registers spikes of 1 bit, more of"),
}


def _different(shape: tuple[int, int, int]) -> np.ndarray:
    """Samples of which no two share their angles, as they would then share a row."""
    spikes = np.random.default_rng(5).random(shape) < 0.5
    assert len(np.unique(spikes, axis=0)) == len(spikes)
    return spikes


def _pages(context: JobContext, service: StubService) -> JobRecord:
    """A job of two pages, calibrated."""
    request = Request(
        pattern_program(_different((6, 4, 3)), (3,), n_layers=2),
        DEVICE,
        seed=7,
        options=JobOptions(mitigate="readout"),
    )
    (job,) = prepare(context, request, service)
    assert len(context.layout(job).layout.pages) == 2
    assert context.layout(job).calibration
    return job


def _mid_circuit(context: JobContext, service: StubService) -> JobRecord:
    """A job whose qubits are measured midway, samples side by side."""
    (job,) = prepare(context, Request(certain_program(some_spikes(8)), DEVICE, seed=7), service)
    assert context.layout(job).layout.samples_per_shot == 2
    return job


def _round(context: JobContext, service: StubService) -> JobRecord:
    """A job of the first bin of a raster that takes several requests."""
    (job,) = walk(context, DEVICE).step().jobs
    return job


FAMILIES = {"one page": planned, "pages": _pages, "mid-circuit": _mid_circuit, "round": _round}


@pytest.mark.parametrize("family", FAMILIES)
def test_no_raster_is_made_of_another_shape(
    context: JobContext, service: StubService, family: str
) -> None:
    job = FAMILIES[family](context, service)
    job = send(context, job, service) if job.state is JobState.PLANNED else job
    service.finish()
    right = [Measured.of(bits) for bits in next(iter(service.jobs.values())).bits]
    expected = context.layout(job).expected(job.samples)
    assert misfit(expected, right) == ""
    answers = [([*right, right[-1]], "circuit"), (right[:-1], "circuit")]
    for change, says in CHANGES.values():
        answers.append(([change(one) for one in right], says))
        answers += [
            ([*right[:i], change(right[i]), *right[i + 1 :]], expected[i].name)
            for i in range(len(right))
        ]
    for answer, says in answers:
        service.answer = answer
        with pytest.raises(MisfitError) as caught:
            retrieve(context, job)
        assert says in caught.value.got
        assert "asks the service for the result again" in caught.value.hint
        job = context.store.get(job.id)
        assert (job.state, job.owner, job.bits_sha256) == (JobState.FAILED, None, None)
        assert says in job.message
        # What came is kept, and is no bits of a raster.
        kept = unpack(context.payloads.read(job.id, MISFIT))
        assert all(map(np.array_equal, kept, [one.bits for one in answer]))
        assert not context.payloads.exists(job.id, BITS)
        with pytest.raises(JobFailedError, match="without a result"):
            decode_request(context, [job])
        assert find_existing(context, job.request_hash) == []
    service.answer = None
    job = retrieve(context, job)
    assert (job.state, job.message) == (JobState.RETRIEVED, "")
    assert len(context.store.events(job)) >= len(answers)
    spikes = decode_request(context, [job]).raster
    n_pages = len(context.layout(job).layout.pages)
    same = context.layout(job).layout.decode([one.bits for one in right[:n_pages]])
    assert np.array_equal(spikes.spikes, same.spikes[: job.n_samples])
    assert not context.payloads.exists(job.id, ANGLES)


def test_a_private_result_is_not_fetched_before_its_layout_is_read(
    context: JobContext, service: StubService
) -> None:
    job = send(context, planned(context, service, options=JobOptions(private=True)), service)
    service.finish()
    job = refresh(context, job)
    layout = context.payloads.read(job.id, LAYOUT)
    context.payloads.write(job.id, LAYOUT, layout[:-20])
    with pytest.raises(PayloadError):
        retrieve(context, job)
    assert service.fetched == 0
    context.payloads.write(job.id, LAYOUT, layout)
    assert retrieve(context, job).state is JobState.RETRIEVED


def test_what_an_earlier_version_took_is_not_decoded(
    context: JobContext, service: StubService
) -> None:
    job = send(context, planned(context, service), service)
    service.finish()
    job = retrieve(context, job)
    short = [page[:-1] for page in unpack(context.payloads.read(job.id, BITS))]
    digest = context.payloads.write(job.id, BITS, pack(short))
    with pytest.raises(MisfitError) as caught:
        decode_request(context, [replace(job, bits_sha256=digest)])
    assert "4 rows instead of 5" in caught.value.got
    assert "--fresh" in caught.value.hint


def test_bits_left_by_a_process_that_died_are_compared_too(
    context: JobContext, service: StubService
) -> None:
    job = send(context, planned(context, service), service)
    service.finish()
    job = refresh(context, job)
    context.payloads.write(job.id, BITS, pack([np.zeros((4, 9), bool)]))
    with pytest.raises(MisfitError):
        retrieve(context, job)
    assert context.store.get(job.id).state is JobState.FAILED


@pytest.mark.parametrize("name", ["aer", "fake_nairobi"])
def test_a_backend_of_this_process_that_leaves_out_rows(
    context: JobContext, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind: Any = type(resolve(name))
    run_pages = kind.run_pages

    def without_a_row(*given: Any, **named: Any) -> list[Any]:
        *pages, last = run_pages(*given, **named)
        return [*pages, last[:-1]]

    monkeypatch.setattr(kind, "run_pages", without_a_row)
    (job,) = prepare(context, make_request(name), resolve(name))
    with pytest.raises(MisfitError) as caught:
        simulate(context, job)
    assert "retrieve" not in caught.value.hint
    job = context.store.get(job.id)
    assert job.state is JobState.FAILED
    assert "14 rows instead of 15" in job.message or "4 rows instead of 5" in job.message
    assert context.payloads.exists(job.id, MISFIT)
    with pytest.raises(RasterError):
        resolve(name).run(make_request(name).program, seed=0)


def _broken(memory: Callable[[list[list[str]]], list[list[str]]]) -> Callable[[str], object]:
    """Return a plugin's device whose outcomes are changed."""

    def device(_: str) -> object:
        from qiskit_aer import AerSimulator
        from qiskit_ibm_runtime.fake_provider import FakeNairobiV2

        class Broken(AerSimulator):
            def run(self, *arguments: object, **named: object) -> object:
                job = super().run(*arguments, **named)
                result = job.result()
                changed = memory([row.data.memory for row in result.results])
                result.results = [
                    _with_memory(result.results[i % len(result.results)], outcomes)
                    for i, outcomes in enumerate(changed)
                ]
                job.result = lambda: result
                return job

        return Broken.from_backend(FakeNairobiV2())

    return device


def _with_memory(row: object, outcomes: list[str]) -> object:
    import copy

    changed = copy.deepcopy(row)
    changed.data.memory = outcomes  # type: ignore[attr-defined]
    return changed


@pytest.mark.parametrize(
    ("memory", "says"),
    [
        (lambda rows: rows[:-1], "4 circuits of 1 shot"),
        (lambda rows: [*rows, rows[0]], "6 circuits of 1 shot"),
        (lambda rows: [2 * row for row in rows], "5 circuits of 2 shot"),
        (lambda rows: [*rows[:-1], []], "5 circuits of 0 to 1 shot"),
        (lambda rows: [*rows[:-1], 2 * rows[-1]], "5 circuits of 1 to 2 shot"),
        (lambda rows: [["0x200"], *rows[1:]], "and 10 bits"),
    ],
)
def test_a_plugin_that_returns_something_else(
    context: JobContext, install: Install, memory: Callable[[list], list], says: str
) -> None:
    install(_broken(memory))
    backend = resolve("acme:small")
    program = pattern_program(_different((5, 2, 3)), (3,))
    request = Request(program, "acme:small", seed=7)
    (job,) = prepare(context, request, backend)
    with pytest.raises(MisfitError) as caught:
        simulate(context, job, backend=backend)
    assert says in f"{caught.value.got}"
    job = context.store.get(job.id)
    assert job.state is JobState.FAILED
    assert "acme:small" in job.message
    assert len(unpack(context.payloads.read(job.id, MISFIT))) == 1


def test_a_raster_of_rounds_is_not_made_of_a_short_round(
    context: JobContext, service: StubService
) -> None:
    raster = walk(context, DEVICE)
    (first,) = raster.step().jobs
    service.finish()
    raster.take([retrieve(context, first)])
    (second,) = raster.step().jobs
    service.finish()
    bits = service.jobs[str(second.provider_id)].bits
    service.answer = [rows(-1)(Measured.of(page)) for page in bits]
    with pytest.raises(MisfitError):
        retrieve(context, second)
    with pytest.raises(JobFailedError):
        raster.take([context.store.get(second.id)])
    assert not raster.is_agreed()
    with pytest.raises(Exception, match="not complete"):
        decode_raster(context, [context.store.get(first.id)])


def test_words() -> None:
    planned_ = [Expected("page 1", 5, 2), Expected("calibration page 1", None, 3)]
    one, two = Measured.of(np.zeros((5, 2), bool)), Measured.of(np.zeros((7, 3), bool))
    assert misfit(planned_, [one, two]) == ""
    assert misfit(planned_, [one]) == "1 circuit instead of 2"
    assert misfit(planned_, [two, two]) == (
        "page 1: 7 rows instead of 5, register spikes of 3 bits instead of spikes of 2"
    )
    assert misfit(planned_, [replace(one, n_rows=3), two]) == (
        "page 1: 3 rows instead of 5, bits of shape (5, 2)"
    )
    many = misfit([Expected(f"page {i}", 4, 2) for i in range(5)], 5 * [one])
    assert many.endswith("; and 3 more")
