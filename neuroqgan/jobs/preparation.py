"""Planning requests and storing everything that sending or running them needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.device import device_facts
from neuroqgan.backends.placement.chip import couplers_of
from neuroqgan.jobs.codec import payload_to_bytes
from neuroqgan.jobs.existing_requests import choose_usable
from neuroqgan.jobs.new_records import new_records, package_versions
from neuroqgan.jobs.packed_request import pack_request
from neuroqgan.jobs.payload import calibration_rows
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.payload import JobPayload
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.jobs.request import Request


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

    Examples
    --------
    Two neurons that spike for certain, three samples of one bin; jobs are kept in memory.

    >>> import numpy as np
    >>> from sqlalchemy import make_url
    >>> from neuroqgan.backends.registry import resolve
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.program import CellBatch, Program
    >>> from neuroqgan.jobs.context import JobContext
    >>> from neuroqgan.jobs.decoding import decode_request
    >>> from neuroqgan.jobs.payload_store import PayloadStore
    >>> from neuroqgan.jobs.request import Request
    >>> from neuroqgan.jobs.simulation import simulate
    >>> from neuroqgan.jobs.store import JobStore
    >>> cell, angles = CellAnsatz(2, 1).circuit(), np.full((3, 2), np.pi)
    >>> batch = CellBatch(cell, angles, np.arange(3), np.zeros(3, int), neurons=(0, 1))
    >>> program = Program((batch,), shape=(3, 1, 2), bin_width=0.02)
    >>> context = JobContext(JobStore(make_url("sqlite://")), PayloadStore("memory://prepare"))
    >>> request = Request(program, "aer", seed=1)
    >>> jobs = prepare(context, request, resolve("aer"))
    >>> jobs
    [<Job ... on aer: planned, 3 samples>]
    >>> jobs = [simulate(context, job) for job in jobs]
    >>> bool(decode_request(context, jobs).raster.spikes.all())
    True
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
    packed = pack_request(request, backend, plan, is_remote=backend.kind in context.services)
    records = new_records(
        request,
        backend.name,
        backend.kind,
        packed.n_jobs,
        {} if packed.expected is None else packed.expected.to_dict(),
        packed.program,
    )
    if once:
        found = context.store.create_once(
            records, lambda all_: choose_usable(context, all_, request.after)
        )
        if found:
            return found, False
    else:
        context.store.create(records)
    about = _about(backend, packed.payload)
    return _store_payloads(context, records, packed.payload, about), True


def _about(backend: Backend, payload: JobPayload) -> dict[str, Any]:
    about: dict[str, Any] = {
        "backend": backend.name,
        "planned": datetime.now(UTC).isoformat(),
        "versions": package_versions(),
        "calibration_rows": calibration_rows(payload.shots) if payload.calibration else 0,
    }
    if backend.target is None:
        return about
    # Devices are calibrated anew every day: what was known of the qubits is only known now.
    if backend.calibrated is not None:
        about["calibrated"] = backend.calibrated.isoformat()
    used = couplers_of(payload.pages[: len(payload.layout.pages)])
    return about | {"device": device_facts(backend.target), "couplers": used}


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
        note = f"not stored: {type(error).__name__}"
        # Their files go first: jobs that are abandoned are never looked at again.
        for record in records:
            context.payloads.remove(record.id)
        context.store.transition_all(records, JobState.ABANDONED, note)
        raise
    return context.store.transition_all(records, JobState.PLANNED, "everything stored", hold=True)
