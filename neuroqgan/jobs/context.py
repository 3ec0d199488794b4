"""The context: what every step of a job's life needs at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.store import JobStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from neuroqgan.backends.protocol import Backend
    from neuroqgan.backends.remote import JobService
    from neuroqgan.jobs.payload import JobPayload
    from neuroqgan.jobs.record import JobRecord


def _resolve(name: str, *, fractional_gates: bool = False) -> Backend:
    from neuroqgan.backends.registry import resolve

    return resolve(name, fractional_gates=fractional_gates)


def _ibm() -> JobService:
    from neuroqgan.backends.ibm.connection import ibm_service

    return ibm_service()


def _account_of(job: JobRecord) -> AbstractContextManager[None]:
    """Use the account that a job was sent with, unless another one was asked for."""
    from neuroqgan.backends.ibm.account import account_of_job, use_account

    sent = job.kind == "ibm" and job.account is not None
    return use_account(account_of_job(job.account_name, job.account) if sent else None)


@dataclass(frozen=True)
class JobContext:
    """Records, payloads, and the way to backends and services.

    Parameters
    ----------
    store
        Records.
    payloads
        Circuits, angles and bits.
    resolve
        Returns the backend of a name.
    services
        For every kind of remote backend, what connects to its service.
    """

    store: JobStore = field(default_factory=JobStore)
    payloads: PayloadStore = field(default_factory=PayloadStore)
    resolve: Callable[..., Backend] = _resolve
    services: dict[str, Callable[[], JobService]] = field(default_factory=lambda: {"ibm": _ibm})

    def is_remote(self, job: JobRecord) -> bool:
        """Whether a service holds the job's fate; all others run in a process of ours."""
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
        with _account_of(job):
            return self.services[job.kind]()

    def backend(self, job: JobRecord) -> Backend:
        """Return the backend of a job, as it is today.

        Raises
        ------
        BackendNotFoundError
            If it is gone.
        """
        options = JobOptions.from_dict(job.options)
        with _account_of(job):
            if options.fractional_gates:
                return self.resolve(job.backend, fractional_gates=True)
            return self.resolve(job.backend)

    def payload(self, job: JobRecord) -> JobPayload:
        """Read what a job sends or runs.

        Raises
        ------
        PayloadError
            If it is not there or damaged.
        """
        pieces = {name: self.payloads.read(job.id, name) for name in (LAYOUT, CIRCUITS, ANGLES)}
        return payload_from_bytes(pieces, job.id)

    def layout(self, job: JobRecord) -> StoredLayout:
        """Read where a job's bits belong.

        Raises
        ------
        PayloadError
            If it is not there or damaged.
        """
        return layout_from_bytes(self.payloads.read(job.id, LAYOUT), job.id)

    def drop_angles(self, job: JobRecord) -> None:
        """Delete the largest piece of a job that will never be sent or run again."""
        self.payloads.remove(job.id, ANGLES)

    def has_bits(self, job: JobRecord) -> bool:
        """Whether the raw bits lie here, even if the record does not say so yet."""
        return self.payloads.exists(job.id, BITS)
