"""The check of a job that was posted, before it is queued."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.protocol import Limits
from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.rules.rule_registry import refusal_of
from neuroqgan.testing.rules.submitted_job import Submission

if TYPE_CHECKING:
    from neuroqgan.testing.rules.rule import Refusal
    from neuroqgan.testing.served_job import ServedJob

# The guide said 50 MB until July 2026; IBM then named 300 MB.
SERVICE_LIMITS = replace(Limits(), max_payload_bytes=300_000_000)
"""Limits of the service, by IBM's guides."""


def check_size(n_bytes: int, limits: Limits | None) -> None:
    """Refuse a request that is too large, before anything of it is read.

    Raises
    ------
    ApiError
        HTTP 413, if it is.
    """
    if limits is not None and n_bytes > limits.max_payload_bytes:
        most = limits.max_payload_bytes
        text = f"The job is too large: {n_bytes} bytes exceed the limit of {most} bytes."
        raise ApiError(413, 1001, text)


def check_job(job: ServedJob, limits: Limits | None) -> Refusal | None:
    """Return what the service says of a job, or None if it accepts it.

    Parameters
    ----------
    job
        As it was created.
    limits
        Of the service; None if it accepts every job.

    Raises
    ------
    ApiError
        HTTP 400, if its circuits cannot be read.
    """
    if limits is None:
        return None
    body: dict[str, Any] = job.body
    try:
        return refusal_of(Submission(body, job.pubs, limits, job.seconds))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ApiError(400, 1207, f"The parameters make no sense: {error!r}") from None
