"""The IBM Quantum account in use: which one, where it comes from, never its token.

An account that was asked for by name comes first, with `use_account` or ``NEUROQGAN_ACCOUNT``. Then
the order is that of qiskit-ibm-runtime: ``QISKIT_IBM_TOKEN`` in the environment, then its account
file. If that file holds several accounts, the default is used, or the one with qiskit-ibm-runtime's
default name, or the last. Accounts of the channel that IBM has closed are skipped;
qiskit-ibm-runtime would fail on them.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any, Literal

from neuroqgan.backends.ibm.account_checks import (
    CHANNELS,
    account_number,
    check_entry,
    check_environment,
    check_instance,
    entry_problem,
)
from neuroqgan.backends.ibm.account_file import account_file, saved
from neuroqgan.backends.ibm.account_names import (
    default_name,
    no_account,
    replace_hint,
    unknown_account,
    usable_names,
)
from neuroqgan.errors import AccountError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

VARIABLE = "NEUROQGAN_ACCOUNT"
IBM_URL = "https://cloud.ibm.com"

_asked_for: ContextVar[str | None] = ContextVar("account", default=None)


@dataclass(frozen=True)
class Account:
    """What may be shown of an account.

    Parameters
    ----------
    source
        ``environment`` or ``file``.
    file
        The account file of qiskit-ibm-runtime, whether or not it exists.
    channel
        One of IBM's platforms.
    instance
        CRN or name of the service instance, or None for all instances of the account.
    url
        Of the service.
    name
        Under which it is saved; None if the environment gives it.
    others
        Names of the other saved accounts that could be used.
    passed_over
        Why other saved accounts cannot be used, by name.
    """

    source: Literal["environment", "file"]
    file: Path
    channel: str
    instance: str | None
    url: str
    name: str | None = None
    others: tuple[str, ...] = ()
    passed_over: dict[str, str] | None = None

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return "QISKIT_IBM_TOKEN in the environment" if self.name is None else self.name

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        values = {**asdict(self), "file": str(self.file), "others": list(self.others)}
        return values | {"passed_over": self.passed_over or {}}


@contextmanager
def use_account(name: str | None) -> Iterator[None]:
    """Use the saved account of that name within a block; None changes nothing."""
    if name is None:
        yield
        return
    token = _asked_for.set(name)
    try:
        yield
    finally:
        _asked_for.reset(token)


def use_account_of_job(name: str | None, number: str | None) -> AbstractContextManager[None]:
    """Use the account that a job was sent with within a block, unless another one was asked for.

    Parameters
    ----------
    name, number
        See `account_of_job`.
    """
    return use_account(account_of_job(name, number))


def asked_for() -> str | None:
    """Return the name of the account that was asked for, or None if none was."""
    return _asked_for.get() or os.environ.get(VARIABLE, "").strip() or None


def has_account() -> bool:
    """Whether there is an account to try; nothing heavy is imported, and no service is asked.

    A damaged file counts as one, so that whoever wants the account learns of the damage.
    """
    try:
        return bool(asked_for()) or _has_token()
    except AccountError:
        return True


def find_account(name: str | None = None) -> Account:
    """Return the account that is used.

    Parameters
    ----------
    name
        Of a saved account; None for the one that was asked for with `use_account` or in the
        environment, or otherwise for the one that qiskit-ibm-runtime would choose.

    Raises
    ------
    AccountError
        If there is none, its file is damaged, or a part of it does not have the right form.
    """
    name = name or asked_for()
    if name is not None:
        return _of_file(name)
    if os.environ.get("QISKIT_IBM_TOKEN"):
        return _of_environment()
    entries = saved()
    usable = usable_names(entries)
    if usable:
        return _of_file(default_name(entries))
    raise no_account(entries)


def account_of_job(name: str | None, number: str | None) -> str | None:
    """Return the name of the saved account that a job was sent with, as far as it is known.

    Parameters
    ----------
    name
        From the job record, or None.
    number
        Of the account as its service calls it, ``a/`` and digits, or None.

    Returns
    -------
    str or None
        None if the account is the one in use anyway, or is not saved.
    """
    if asked_for() is not None:
        return None
    try:
        entries = saved()
    except AccountError:
        return None
    usable = usable_names(entries)
    if name in usable:
        return name
    in_environment = bool(os.environ.get("QISKIT_IBM_TOKEN"))
    in_use = (
        os.environ.get("QISKIT_IBM_INSTANCE")
        if in_environment
        else entries[default_name(entries)].get("instance")
        if usable
        else None
    )
    if number is None or account_number(in_use) == number:
        return None
    return next((n for n in usable if account_number(entries[n].get("instance")) == number), None)


def _of_environment() -> Account:
    channel, url = os.environ.get("QISKIT_IBM_CHANNEL"), os.environ.get("QISKIT_IBM_URL")
    check_environment("QISKIT_IBM", channel, url)
    instance = os.environ.get("QISKIT_IBM_INSTANCE")
    check_instance(instance)
    try:
        others = tuple(usable_names(saved()))
    except AccountError:
        others = ()
    return Account(
        "environment",
        account_file(),
        channel or CHANNELS[0],
        instance,
        url or IBM_URL,
        others=others,
    )


def _of_file(name: str) -> Account:
    file, entries = account_file(), saved()
    usable = usable_names(entries)
    if name not in entries:
        raise unknown_account(name, entries)
    problem = entry_problem(entries[name])
    if problem:
        raise AccountError(
            f"The saved account {name} cannot be used: {problem}.",
            expected=f"an account of channel {' or '.join(CHANNELS)}, with a token",
            got=f"{name} in {file}",
            hint=f"--account {quote(usable[0])}" if usable else replace_hint(name),
        )
    entry = entries[name]
    check_entry(name, entry, file)
    return Account(
        "file",
        file,
        entry["channel"],
        entry.get("instance"),
        entry.get("url") or IBM_URL,
        name,
        tuple(other for other in usable if other != name),
        {n: why for n, e in entries.items() if (why := entry_problem(e))},
    )


def _has_token() -> bool:
    if os.environ.get("QISKIT_IBM_TOKEN"):
        return True
    return any(isinstance(value, dict) and value.get("token") for value in saved().values())
