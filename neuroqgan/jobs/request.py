"""Requests: a raster that is wanted from a backend, and the jobs that will bring it."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.names import parse
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.errors import PlanError
from neuroqgan.jobs.codec import parcel_to_bytes
from neuroqgan.jobs.identity import identity
from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.parcel import CALIBRATION_ROWS, pack_parcel
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import FINAL, JobState

if TYPE_CHECKING:
    from neuroqgan.circuits.program import Program
    from neuroqgan.jobs.desk import JobDesk

_PACKAGES = ("neuroqgan", "qiskit", "qiskit-aer", "qiskit-ibm-runtime")


@dataclass(frozen=True)
class Request:
    """A raster that is wanted.

    Parameters
    ----------
    program
        Cells and angles.
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
    """

    program: Program
    backend: str
    seed: int
    options: JobOptions = JobOptions()
    placement: Placement = Placement()
    run: str | None = None

    @property
    def identity(self) -> str:
        """Hash by which the same request is known again."""
        # How long a job may take and who may see it change nothing of what it measures.
        free = {"max_execution_time", "private"}
        settings = {k: v for k, v in self.options.to_dict().items() if k not in free}
        settings |= asdict(self.placement)
        return identity(self.program, self.backend, self.seed, settings)


def earlier(desk: JobDesk, wanted: str) -> list[JobRecord]:
    """Return the jobs of the newest request of that identity whose bits are here or may come.

    A request with all its bits goes before one that is still under way.

    Parameters
    ----------
    desk
        Where to look.
    wanted
        See `Request.identity`.
    """
    by_request: dict[str, list[JobRecord]] = {}
    for job in desk.store.find(identity=wanted):
        by_request.setdefault(job.request, []).append(job)
    under_way: list[JobRecord] = []
    for jobs in by_request.values():
        states = {job.state for job in jobs}
        if len(jobs) < jobs[0].parts or states & (FINAL - {JobState.RETRIEVED}):
            continue
        if states == {JobState.RETRIEVED}:
            if all(map(desk.has_bits, jobs)):
                return jobs
            continue
        # A record whose process died before all was stored will never be sent.
        half_made = [job for job in jobs if job.state is JobState.PREPARING]
        if not under_way and all(map(desk.store.is_held, half_made)):
            under_way = jobs
    return under_way


def prepare(desk: JobDesk, request: Request, backend: Any) -> list[JobRecord]:
    """Plan a request and store everything that sending it needs; nothing is sent.

    Parameters
    ----------
    desk
        Where to.
    request
        What is wanted.
    backend
        The backend of that name.

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
    from neuroqgan.backends.estimate import estimate, repetition_delay

    program, options = request.program, request.options
    if len(program.rounds) != 1:
        raise PlanError(
            "Jobs take programs of one round.",
            expected="bins that do not depend on the bits of others",
            got=f"{len(program.rounds)} rounds",
            hint="--preset stationary or spiqgan",
        )
    plan = backend.plan(program, request.placement)
    target = backend.target
    parcel = pack_parcel(
        program,
        plan,
        calibrate=options.mitigate == "readout",
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
            calibration=(len(parcel.calibration), CALIBRATION_ROWS),
        )
    )
    kind = parse(request.backend).kind
    parts = expected.jobs if expected is not None and kind in desk.services else 1
    about = {
        "backend": backend.name,
        "planned": datetime.now(UTC).isoformat(),
        "versions": _versions(),
        "calibration_rows": CALIBRATION_ROWS if parcel.calibration else 0,
    }
    records = _records(request, backend.name, kind, parts, expected)
    desk.store.create(records)
    try:
        for record in records:
            part = parcel.part(record.first_sample, record.samples)
            for name, data in parcel_to_bytes(part, about).items():
                desk.payloads.write(record.id, name, data)
    except BaseException as error:
        for record in records:
            note = f"not stored: {type(error).__name__}"
            desk.store.transition(record, JobState.ABANDONED, note)
            desk.payloads.remove(record.id)
        raise
    return [
        desk.store.transition(record, JobState.PLANNED, "everything stored", hold=True)
        for record in records
    ]


def _records(
    request: Request, backend: str, kind: str, parts: int, expected: Any
) -> list[JobRecord]:
    now = datetime.now(UTC)
    n_samples = request.program.shape[0]
    size = -(-n_samples // parts)
    starts = range(0, n_samples, size)
    whole, same = uuid.uuid4().hex, request.identity
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
                identity=same,
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
                options=request.options.to_dict(),
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
            )
        )
    return records


def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in _PACKAGES}
