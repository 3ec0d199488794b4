"""Requests: a raster that is wanted from a backend, and the jobs that will bring it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.jobs.codec import payload_to_bytes
from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.payload import CALIBRATION_ROWS, pack_payload
from neuroqgan.jobs.planning import plan_request, planned_program
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.request_hash import hash_request
from neuroqgan.jobs.series import Round, furthest
from neuroqgan.jobs.state import FINAL, JobState

if TYPE_CHECKING:
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.circuits.program import Program
    from neuroqgan.jobs.context import JobContext

_PACKAGES = ("neuroqgan", "qiskit", "qiskit-aer", "qiskit-ibm-runtime")


@dataclass(frozen=True)
class Request:
    """A raster that is wanted.

    Parameters
    ----------
    program
        Cells and angles; where a raster takes a request a bin, of that bin.
    backend
        Name of the backend.
    seed
        Of the raster. Simulated shots follow from it; hardware draws its own.
    options
        For hardware, and readout correction.
    placement
        How cells are placed on a device.
    run
        Name of the run whose generator drew the program.
    round
        Which bin it is for, where a raster takes a request a bin.
    """

    program: Program
    backend: str
    seed: int
    options: JobOptions = JobOptions()
    placement: Placement = Placement()
    run: str | None = None
    round: Round | None = None

    @property
    def after(self) -> str | None:
        """The request of the bin before, where a raster takes a request a bin."""
        before = None if self.round is None else self.round.after
        return None if before is None else before.request

    @cached_property
    def request_hash(self) -> str:
        """Hash by which the same request is known again."""
        # How long a job may take and who may see it change nothing of what it measures.
        free = {"max_execution_time", "private"}
        settings = {k: v for k, v in self.options.to_dict().items() if k not in free}
        settings |= self.placement.to_dict()
        if self.round is not None:
            # Two silent bins have the same angles, and chance of their own.
            settings["round"] = [self.round.number, self.round.total]
        return hash_request(self.program, self.backend, self.seed, settings)


def find_existing(context: JobContext, wanted: str, *, after: str | None = None) -> list[JobRecord]:
    """Return the jobs of the newest request with that hash whose bits are here or may come.

    A request with all its bits goes before one that is still under way; of several first bins,
    that of the raster that has come furthest.

    Parameters
    ----------
    context
        Where to look.
    wanted
        See `Request.request_hash`.
    after
        Where a raster takes a request a bin, the request of the bin before.
    """
    return _usable(context, context.store.find(request_hash=wanted), after)


def _usable(context: JobContext, found: list[JobRecord], after: str | None) -> list[JobRecord]:
    """Pick from all records with one hash, newest first, those that `find_existing` returns."""
    by_request: dict[str, list[JobRecord]] = {}
    for job in found:
        if job.after == after:
            by_request.setdefault(job.request, []).append(job)
    under_way: list[JobRecord] = []
    complete: list[list[JobRecord]] = []
    for jobs in by_request.values():
        states = {job.state for job in jobs}
        if len(jobs) < jobs[0].parts or states & (FINAL - {JobState.RETRIEVED}):
            continue
        if states == {JobState.RETRIEVED}:
            if all(map(context.has_bits, jobs)):
                if jobs[0].series is None:
                    return jobs
                complete.append(jobs)
            continue
        # A record whose process died before all was stored will never be sent.
        half_made = [job for job in jobs if job.state is JobState.PREPARING]
        if not under_way and all(map(context.store.is_held, half_made)):
            under_way = jobs
    if len(complete) > 1:
        return max(complete, key=lambda jobs: furthest(context, str(jobs[0].series)))
    return complete[0] if complete else under_way


def prepare(
    context: JobContext, request: Request, backend: Backend, *, plan: Plan | None = None
) -> list[JobRecord]:
    """Plan a request anew and store everything that sending it needs; nothing is sent.

    New jobs are made even where others bring, or have brought, the bits of the same request; see
    `prepare_once`.

    Parameters
    ----------
    context
        Where to.
    request
        What is wanted.
    backend
        The backend of that name.
    plan
        The plan of a request with the same cells, where there is one.

    Returns
    -------
    list
        Jobs, held by this process: one, or as many as the limits of a service ask for.

    Raises
    ------
    PlanError
        If the program does not fit on the backend, or has rounds that wait for each other.
    StorageError
        If the store cannot be written.
    """
    jobs, _ = _prepare(context, request, backend, plan, once=False)
    return jobs


def prepare_once(
    context: JobContext, request: Request, backend: Backend, *, plan: Plan | None = None
) -> tuple[list[JobRecord], bool]:
    """Plan a request and store it, unless another process has done so by then.

    Parameters and errors are those of `prepare`. Of several processes that ask for the same at the
    same time one makes the jobs, and all others get these.

    Returns
    -------
    tuple
        The jobs, and whether they are new and held by this process; else they are those that
        `find_existing` would return.
    """
    return _prepare(context, request, backend, plan, once=True)


def _prepare(
    context: JobContext, request: Request, backend: Backend, plan: Plan | None, *, once: bool
) -> tuple[list[JobRecord], bool]:
    from neuroqgan.backends.estimate import estimate, repetition_delay

    options = request.options
    plan = plan or plan_request(request, backend)
    program = planned_program(request, plan)
    is_first = request.round is None or request.round.number == 0
    target = backend.target
    payload = pack_payload(
        program,
        plan,
        calibrate=options.mitigate == "readout" and is_first,
        n_qubits=None if target is None else target.num_qubits,
    )
    expected = (
        None
        if target is None
        else estimate(
            plan,
            target,
            program.shape[0],
            rep_delay=repetition_delay(options, backend),
            limits=backend.limits,
            calibration=(len(payload.calibration), CALIBRATION_ROWS),
        )
    )
    kind = backend.kind
    parts = expected.jobs if expected is not None and kind in context.services else 1
    about = {
        "backend": backend.name,
        "planned": datetime.now(UTC).isoformat(),
        "versions": _versions(),
        "calibration_rows": CALIBRATION_ROWS if payload.calibration else 0,
    }
    records = _records(request, backend.name, kind, parts, expected, n_rows=program.shape[0])
    if once:
        found = context.store.create_once(
            records, lambda all_: _usable(context, all_, request.after)
        )
        if found:
            return found, False
    else:
        context.store.create(records)
    try:
        for record in records:
            part = payload.part(record.first_sample, record.samples)
            for name, data in payload_to_bytes(part, about, record.id).items():
                context.payloads.write(record.id, name, data)
    except BaseException as error:
        for record in records:
            note = f"not stored: {type(error).__name__}"
            context.store.transition(record, JobState.ABANDONED, note)
            context.payloads.remove(record.id)
        raise
    stored = [
        context.store.transition(record, JobState.PLANNED, "everything stored", hold=True)
        for record in records
    ]
    return stored, True


def _records(
    request: Request,
    backend: str,
    kind: str,
    parts: int,
    expected: Any,
    *,
    n_rows: int | None = None,
) -> list[JobRecord]:
    now, of = datetime.now(UTC), request.round
    n_samples = request.program.shape[0] if n_rows is None else n_rows
    size = -(-n_samples // parts)
    starts = range(0, n_samples, size)
    whole, same = uuid.uuid4().hex, request.request_hash
    before = None if of is None else of.after
    series = None if of is None else whole if before is None else before.series
    options = request.options.to_dict() | {
        "tiles": request.placement.max_tiles,
        "second_readers": request.placement.redundant_readout,
    }
    if of is not None and of.bins > 1:
        options["bins_per_job"] = of.bins
    records = []
    for part, first in enumerate(starts):
        job_id = uuid.uuid4().hex
        records.append(
            JobRecord(
                id=job_id,
                tag=f"neuroqgan-{job_id}",
                request=whole,
                part=part,
                parts=len(starts),
                request_hash=same,
                state=JobState.PREPARING,
                version=1,
                kind=kind,
                backend=backend,
                provider_id=None,
                account=None,
                run=request.run,
                samples=min(size, n_samples - first),
                first_sample=first,
                seed=request.seed,
                options=options,
                estimate={} if expected is None else expected.to_dict(),
                private=request.options.private,
                owner=myself(),
                message="",
                seconds=None,
                bits_sha256=None,
                client=_versions(),
                created=now,
                submitted=None,
                finished=None,
                retrieved=None,
                updated=now,
                series=series,
                after=request.after,
                round=0 if of is None else of.number,
                rounds=1 if of is None else of.total,
                series_samples=_asked_for(request, n_samples),
            )
        )
    return records


def _asked_for(request: Request, n_rows: int) -> int | None:
    """Return the samples of the raster, where jobs count rows in which they lie side by side."""
    if request.round is not None:
        return request.round.samples
    n_samples = request.program.shape[0]
    return None if n_rows == n_samples else n_samples


@cache
def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in _PACKAGES}
