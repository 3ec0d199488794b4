"""Bits of a retrieved job that are missing here, fetched from its service once more."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from neuroqgan.backends.measured import misfit
from neuroqgan.errors import MisfitError, ResultLostError
from neuroqgan.jobs.bits import pack
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.submission import check_account

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def fetch_again(context: JobContext, job: JobRecord) -> None:
    """Fetch the bits of a retrieved job again and store them; its record stays as it is.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        A retrieved job without bits.

    Raises
    ------
    ResultLostError
        If its service does not hand them out again.
    MisfitError
        If what came are not the bits that were here.
    PayloadError
        If its layout is damaged.
    AccountError, ServiceError
        If the service cannot be reached.
    """
    if not context.is_remote(job) or job.provider_id is None or job.private:
        raise ResultLostError(
            f"The bits of job {job.short_id} cannot be fetched again.",
            expected="a job of a service that hands out results more than once",
            got=f"a private result of {job.backend}" if job.private else f"a job of {job.backend}",
            hint="restore bits.npz from a copy",
        )
    layout = context.layout(job)
    results = check_account(context, job).fetch(job.provider_id)
    packed = pack([measured.bits for measured in results])
    difference = misfit(layout.expected(job.samples), results)
    if hashlib.sha256(packed).hexdigest() != job.bits_sha256:
        difference = difference or "other bits than those that were retrieved before"
    if difference:
        raise MisfitError(
            f"The service returned something else for job {job.short_id}.",
            expected=f"bits with SHA-256 {job.bits_sha256}",
            got=difference,
            hint="restore bits.npz from a copy",
        )
    context.payloads.write(job.id, BITS, packed)
