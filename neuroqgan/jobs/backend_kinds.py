"""What jobs need to know about the kinds of backends, by the word that their records carry."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.names import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from neuroqgan.backends.remote import JobService

SIMULATED = frozenset({"aer", "exact", "fake"})
"""Kinds that run in our own process, from circuits and a seed, as often as one likes."""


def kind_of(backend: Any) -> str:
    """Return what kind of backend this is, such as ``aer`` or ``ibm``."""
    named: str | None = getattr(backend, "kind", None)
    return parse(backend.name).kind if named is None else named


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
    from neuroqgan.backends.registry import ibm_service

    return ibm_service()
