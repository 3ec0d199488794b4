"""What every step in the life of a job needs: records, payloads, backends and services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from neuroqgan.backends.options import JobOptions
from neuroqgan.errors import BackendError
from neuroqgan.jobs.codec import (
    ANGLES,
    BITS,
    CIRCUITS,
    LAYOUT,
    StoredLayout,
    layout_from_bytes,
    payload_from_bytes,
)
from neuroqgan.jobs.pacing import Pace
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.remote_services import remote_services, sending_account
from neuroqgan.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.protocol import Backend
    from neuroqgan.backends.remote import JobService
    from neuroqgan.jobs.payload import JobPayload
    from neuroqgan.jobs.record import JobRecord


def _resolve(name: str, *, fractional_gates: bool = False) -> Backend:
    from neuroqgan.backends.registry import resolve

    return resolve(name, fractional_gates=fractional_gates)


@dataclass(frozen=True)
class JobContext:
    """Where jobs are stored, how their backends are found, and how patient to be.

    Without arguments it uses the same database and payloads as the command line.

    Parameters
    ----------
    store
        Records of jobs.
    payloads
        Circuits, angles and bits.
    resolve
        Returns the backend of a name.
    services
        For every kind of remote backend, what connects to its service.
    answer_grace
        How long a service may take to list a job whose request had no answer. Only then is such a
        job sent again.
    missing_grace
        How long a service has to be without a job, or its result, before the job counts as lost.
    pace
        How fast jobs are sent.
    """

    store: JobStore = field(default_factory=JobStore)
    payloads: PayloadStore = field(default_factory=PayloadStore)
    resolve: Callable[..., Backend] = _resolve
    services: dict[str, Callable[[], JobService]] = field(default_factory=remote_services)
    answer_grace: timedelta = timedelta(seconds=120)
    missing_grace: timedelta = timedelta(minutes=2)
    pace: Pace = field(default_factory=Pace)

    def is_remote(self, job: JobRecord) -> bool:
        """Whether a job runs at a service; all others run in a process of ours."""
        return job.kind in self.services

    def service(self, job: JobRecord) -> JobService:
        """Connect to the service of a job.

        Raises
        ------
        BackendError
            If it has none.
        """
        if not self.is_remote(job):
            raise BackendError(
                f"Job {job.short_id} ran on {job.backend}, which keeps no jobs.",
                expected=f"a job of {' or '.join(self.services)}",
                got=job.kind,
            )
        with sending_account(job.kind, job.account, job.account_name):
            return self.services[job.kind]()

    def backend(self, job: JobRecord) -> Backend:
        """Return the backend of a job, as it is today.

        Raises
        ------
        BackendNotFoundError
            If it no longer exists.
        """
        options = JobOptions.from_dict(job.options)
        with sending_account(job.kind, job.account, job.account_name):
            if options.fractional_gates:
                return self.resolve(job.backend, fractional_gates=True)
            return self.resolve(job.backend)

    def payload(self, job: JobRecord) -> JobPayload:
        """Read what a job sends or runs.

        Raises
        ------
        PayloadError
            If it is missing or damaged.
        """
        pieces = {name: self.payloads.read(job.id, name) for name in (LAYOUT, CIRCUITS, ANGLES)}
        return payload_from_bytes(pieces, job.id)

    def layout(self, job: JobRecord) -> StoredLayout:
        """Read which bit of a job belongs to which neuron and bin.

        Raises
        ------
        PayloadError
            If it is missing or damaged.
        """
        return layout_from_bytes(self.payloads.read(job.id, LAYOUT), job.id)

    def drop_angles(self, job: JobRecord) -> None:
        """Delete the angles, by far the largest file, of a job that is never sent or run again."""
        self.payloads.remove(job.id, ANGLES)

    def has_bits(self, job: JobRecord) -> bool:
        """Whether the raw bits are stored here, even if the record does not say so yet."""
        return self.payloads.exists(job.id, BITS)
