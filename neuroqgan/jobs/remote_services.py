"""The services that keep jobs, and the accounts that jobs are sent with, by kind of backend."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from neuroqgan.backends.remote import JobService


def remote_services() -> dict[str, Callable[[], JobService]]:
    """Return, for every kind of backend behind a service, what connects to that service."""
    return {"ibm": _ibm}


def sending_account(
    kind: str, account: str | None, account_name: str | None
) -> AbstractContextManager[None]:
    """Use the account that a job was sent with, unless another one was asked for.

    Parameters
    ----------
    kind
        Kind of the job's backend.
    account, account_name
        The account as its service calls it, and the name that it is saved under; see
        `neuroqgan.jobs.record.JobRecord`.
    """
    if kind != "ibm" or account is None:
        return nullcontext()
    from neuroqgan.backends.ibm.account import account_of_job, use_account

    return use_account(account_of_job(account_name, account))


def _ibm() -> JobService:
    from neuroqgan.backends.ibm.connection import ibm_service

    return ibm_service()
