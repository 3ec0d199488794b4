"""Planning requests and storing everything that sending or running them needs."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from neuroqgan.jobs.codec import payload_to_bytes
from neuroqgan.jobs.existing_requests import choose_usable
from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.payload import CALIBRATION_ROWS, pack_payload
from neuroqgan.jobs.planning import plan_request
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from neuroqgan.backends.estimate import Estimate
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.payload import JobPayload
    from neuroqgan.jobs.request import Request

_PACKAGES = ("neuroqgan", "qiskit", "qiskit-aer", "qiskit-ibm-runtime")


def prepare(
    context: JobContext, request: Request, backend: Backend, *, plan: Plan | None = None
) -> list[JobRecord]:
    """Plan a request and store everything that sending it needs; nothing is sent.

    New jobs are made even if others bring, or have brought, the bits of the same request; see
    `prepare_once`.

    Parameters
    ----------
    context
        Where the jobs are stored.
    request
        What is wanted.
    backend
        The backend that the request names.
    plan
        The plan of a request with the same circuits, if there is one.

    Returns
    -------
    list
        New jobs, held by this process: one, or as many as the limits of a service require.

    Raises
    ------
    PlanError
        If the program does not fit on the backend.
    StorageError
        If the store cannot be written.
    """
    jobs, _ = _prepare(context, request, backend, plan, once=False)
    return jobs


def prepare_once(
    context: JobContext, request: Request, backend: Backend, *, plan: Plan | None = None
) -> tuple[list[JobRecord], bool]:
    """Plan a request and store it, unless another process has done so by then.

    Parameters and errors are those of `prepare`. If several processes want the same at the same
    time, one makes the jobs and all others get these.

    Returns
    -------
    tuple
        The jobs, and whether they are new and held by this process. If they are not, they are those
        that `neuroqgan.jobs.existing_requests.find_existing` would return.
    """
    return _prepare(context, request, backend, plan, once=True)


def _prepare(
    context: JobContext, request: Request, backend: Backend, plan: Plan | None, *, once: bool
) -> tuple[list[JobRecord], bool]:
    plan, program = plan_request(request, backend, plan)
    target = backend.target
    is_first = request.block is None or request.block.first_bin == 0
    payload = pack_payload(
        program,
        plan,
        calibrate=request.options.mitigate == "readout" and is_first,
        n_qubits=None if target is None else target.num_qubits,
    )
    n_rows = program.shape[0]
    expected = None if target is None else _expected(request, backend, plan, payload, n_rows)
    is_remote = backend.kind in context.services
    records = new_records(
        request,
        backend.name,
        backend.kind,
        expected.jobs if expected is not None and is_remote else 1,
        {} if expected is None else expected.to_dict(),
        n_rows,
    )
    if once:
        found = context.store.create_once(
            records, lambda all_: choose_usable(context, all_, request.after)
        )
        if found:
            return found, False
    else:
        context.store.create(records)
    return _store_payloads(context, records, payload, _about(backend, payload)), True


def _expected(
    request: Request, backend: Backend, plan: Plan, payload: JobPayload, n_rows: int
) -> Estimate:
    from neuroqgan.backends.estimate import estimate, repetition_delay

    return estimate(
        plan,
        backend.target,
        n_rows,
        rep_delay=repetition_delay(request.options, backend),
        limits=backend.limits,
        calibration=(len(payload.calibration), CALIBRATION_ROWS),
    )


def _about(backend: Backend, payload: JobPayload) -> dict[str, Any]:
    return {
        "backend": backend.name,
        "planned": datetime.now(UTC).isoformat(),
        "versions": _versions(),
        "calibration_rows": CALIBRATION_ROWS if payload.calibration else 0,
    }


def _store_payloads(
    context: JobContext, records: list[JobRecord], payload: JobPayload, about: dict[str, Any]
) -> list[JobRecord]:
    """Store circuits and angles of new records, which are then ``planned``."""
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
    return [
        context.store.transition(record, JobState.PLANNED, "everything stored", hold=True)
        for record in records
    ]


def new_records(
    request: Request,
    backend: str,
    kind: str,
    parts: int,
    estimate: dict[str, Any],
    n_rows: int,
) -> list[JobRecord]:
    """Return the records of a new request, which are not in the store yet.

    Parameters
    ----------
    request
        What is wanted.
    backend, kind
        Name and kind of its backend.
    parts
        Number of jobs that share the samples, as evenly as possible.
    estimate
        What all of them are expected to take, ready for JSON.
    n_rows
        Number of rows of the planned program: of samples, or of several side by side.
    """
    now, block = datetime.now(UTC), request.block
    size = -(-n_rows // parts)
    starts = range(0, n_rows, size)
    request_id = uuid.uuid4().hex
    before = None if block is None else block.after
    series = None if block is None else request_id if before is None else before.series
    options = request.options.to_dict() | {
        "tiles": request.placement.max_tiles,
        "second_readers": request.placement.redundant_readout,
    }
    if block is not None and block.bins_per_job > 1:
        options["bins_per_job"] = block.bins_per_job
    records = []
    for part, first in enumerate(starts):
        job_id = uuid.uuid4().hex
        records.append(
            JobRecord(
                id=job_id,
                tag=f"neuroqgan-{job_id}",
                request=request_id,
                part=part,
                parts=len(starts),
                request_hash=request.request_hash,
                state=JobState.PREPARING,
                version=1,
                kind=kind,
                backend=backend,
                provider_id=None,
                account=None,
                run=request.run,
                samples=min(size, n_rows - first),
                first_sample=first,
                seed=request.seed,
                options=options,
                estimate=estimate,
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
                first_bin=0 if block is None else block.first_bin,
                n_bins=1 if block is None else block.n_bins,
                series_samples=_samples_of_raster(request, n_rows),
            )
        )
    return records


def _samples_of_raster(request: Request, n_rows: int) -> int | None:
    """Return the samples of the raster if a row of the jobs holds several of them, else None."""
    if request.block is not None:
        return request.block.n_samples
    n_samples = request.program.shape[0]
    return None if n_rows == n_samples else n_samples


@cache
def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in _PACKAGES}
