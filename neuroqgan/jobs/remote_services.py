"""The services that keep jobs, and the accounts that jobs are sent with, by kind of backend."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, cast

from neuroqgan.backends.kinds import KINDS, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from neuroqgan.backends.remote import JobService


def remote_services() -> dict[str, Callable[[], JobService]]:
    """Return, for every kind of backend behind a service, what connects to that service."""
    return {name: partial(_connect, kind.service) for name, kind in KINDS.items() if kind.remote}


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
    path = kind_of(kind).sending_account
    if not path or account is None:
        return nullcontext()
    from neuroqgan.backends.registry import load_object

    return cast("AbstractContextManager[None]", load_object(path)(account_name, account))


def _connect(path: str) -> JobService:
    from neuroqgan.backends.registry import load_object

    return cast("JobService", load_object(path)())
