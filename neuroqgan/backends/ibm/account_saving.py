"""Saving and removing accounts without losing anything else that is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.ibm.account import IBM_URL
from neuroqgan.backends.ibm.account_checks import (
    CHANNELS,
    RETIRED_CHANNEL,
    Channel,
    check_entry,
    check_instance,
    check_token,
    entry_problem,
    proxies_in_words,
)
from neuroqgan.backends.ibm.account_file import SAVE_HINT, account_file, saved, write
from neuroqgan.backends.ibm.account_names import (
    client_name,
    default_name,
    unknown_account,
    usable_names,
)
from neuroqgan.errors import AccountError

if TYPE_CHECKING:
    from pathlib import Path

# In the order in which they are shown.
_SETTINGS = (
    "instance",
    "url",
    "proxies",
    "verify",
    "private_endpoint",
    "region",
    "plans_preference",
    "tags",
)
# What qiskit-ibm-runtime writes for an account without other settings.
_PLAIN = {"private_endpoint": False, "url": IBM_URL, "verify": True}


@dataclass(frozen=True)
class SavedAccount:
    """What saving an account did.

    Parameters
    ----------
    file
        The account file of qiskit-ibm-runtime.
    name
        Of the account.
    channel
        One of IBM's platforms.
    instance
        CRN or name of the service instance, or None for all instances of the account.
    replaced
        Whether an account of that name existed.
    kept
        Settings of the replaced account that the new one has as well, in words.
    dropped
        Settings that were lost with it, in words.
    default
        Name of the saved account that is used if none is asked for.
    """

    file: Path
    name: str
    channel: str
    instance: str | None
    replaced: bool
    kept: dict[str, str]
    dropped: dict[str, str]
    default: str


def save_account(
    token: str,
    *,
    name: str | None = None,
    instance: str | None = None,
    channel: Channel | None = None,
    overwrite: bool = False,
    default: bool = False,
) -> SavedAccount:
    """Save an account where qiskit-ibm-runtime finds it, readable only by its owner.

    If an account is replaced, everything except the token is kept unless it is given anew. The
    settings of an account of the channel that IBM has closed are of no use and are dropped.

    Parameters
    ----------
    token
        API key of IBM Cloud.
    name
        To save it under. None for the default name of qiskit-ibm-runtime or, with ``overwrite``,
        for the account in use.
    instance
        CRN or name of a service instance, or None for that of the account that is replaced, or
        otherwise for all instances of the account.
    channel
        One of IBM's platforms; None for that of the account that is replaced, or the first.
    overwrite
        Whether an existing account may be replaced.
    default
        Whether to use this account from now on. The first account is the default anyway, and so is
        one that is saved without a name while no other is set as default.

    Raises
    ------
    AccountError
        If the token or the instance does not have the right form, if an account exists already, or
        if there are several and none is named.
    StorageError
        If the file cannot be written.
    """
    check_token(token)
    check_instance(instance)
    entries = saved()
    target = name or _target(entries, channel, overwrite=overwrite)
    old = entries.get(target)
    if old is not None and not overwrite:
        raise AccountError(
            f"An account named {target} is already saved.",
            expected="a name that is not in use, or permission to replace the account",
            got=f"{target} in {account_file()}",
            hint=f"{SAVE_HINT} --overwrite, or, to keep both, {SAVE_HINT} --account NAME",
        )
    before = default_name(entries) if usable_names(entries) else None
    settings = {} if old is None or entry_problem(old) else dict(old)
    entry = {**_PLAIN, "channel": CHANNELS[0], **settings, "token": token}
    given = {"channel": channel, "instance": instance}
    entry |= {key: value for key, value in given.items() if value is not None}
    check_entry(target, entry, account_file())
    was_flagged = [n for n in usable_names(entries) if entries[n].get("is_default_account")]
    becomes_default = default or before in {None, target} or (name is None and not was_flagged)
    accounts = {**entries, target: entry}
    _set_default(accounts, target if becomes_default else str(before))
    differs = {key for key, value in given.items() if value is not None}
    return SavedAccount(
        file=write(accounts),
        name=target,
        channel=entry["channel"],
        instance=entry.get("instance"),
        replaced=old is not None,
        kept=_in_words({k: v for k, v in settings.items() if k not in differs}),
        dropped={} if settings or not isinstance(old, dict) else _in_words(old),
        default=default_name(accounts),
    )


def remove_account(name: str | None = None, channel: str | None = None) -> tuple[Path, str]:
    """Remove a saved account from the account file, whether or not it can still be used.

    Parameters
    ----------
    name
        Of the account; None for the only one.
    channel
        That it must belong to, or None for any.

    Returns
    -------
    tuple
        The file, and the name of the account that was removed.

    Raises
    ------
    AccountError
        If there is none, or if there are several and none is named.
    StorageError
        If the file cannot be written.
    """
    entries = saved()
    name = to_remove(entries, name, channel)
    return write({other: entry for other, entry in entries.items() if other != name}), name


def to_remove(entries: dict[str, Any], name: str | None, channel: str | None) -> str:
    """Return the name of the account that `remove_account` would remove; raises what that does."""
    if name is not None and name not in entries:
        raise unknown_account(name, entries)
    found = [
        other
        for other, entry in entries.items()
        if name in {None, other}
        and (channel is None or (isinstance(entry, dict) and entry.get("channel") == channel))
    ]
    if not found:
        raise AccountError(
            "There is no saved account" + (f" of channel {channel}." if channel else "."),
            expected=f"an account in {account_file()}",
            got=", ".join(entries) or "no account",
            hint="neuroqgan account list",
        )
    if len(found) > 1:
        raise AccountError(
            f"{len(found)} accounts are saved; name the one to remove.",
            expected="--account with one of their names",
            got="; ".join(_described(other, entries[other]) for other in found),
            hint=f"neuroqgan account remove --account {_likeliest(found, entries)}",
        )
    return found[0]


def _target(entries: dict[str, Any], channel: str | None, *, overwrite: bool) -> str:
    """Return the name under which an account without a name is saved."""
    usable = [n for n in usable_names(entries) if channel in {None, entries[n]["channel"]}]
    own = client_name(channel or CHANNELS[0])
    flagged = [name for name in usable if entries[name].get("is_default_account")]
    if not overwrite or not usable:
        return own
    if len(flagged) == 1 or len(usable) == 1:
        return (flagged or usable)[0]
    if own in usable:
        return own
    raise AccountError(
        f"{len(usable)} accounts are saved; name the one to replace.",
        expected="--account with one of their names",
        got=", ".join(usable),
        hint=f"{SAVE_HINT} --overwrite --account {default_name(entries)}",
    )


def _set_default(accounts: dict[str, Any], name: str) -> None:
    """Set one account as default, in copies of the entries that change."""
    for other, entry in accounts.items():
        if isinstance(entry, dict) and (other == name or entry.get("is_default_account")):
            plain = {key: value for key, value in entry.items() if key != "is_default_account"}
            accounts[other] = plain | ({"is_default_account": True} if other == name else {})


def _in_words(entry: dict[str, Any]) -> dict[str, str]:
    """Return the settings of an entry that differ from the usual ones, to be shown."""
    words = {}
    for key in _SETTINGS:
        value = entry.get(key)
        if value is None or value == _PLAIN.get(key) or value in ([], {}):
            continue
        if key == "proxies":
            words[key] = (
                proxies_in_words(value) if isinstance(value, dict) else "in an unknown form"
            )
        elif key == "verify":
            words[key] = "off: certificates are not checked"
        else:
            words[key] = ", ".join(value) if isinstance(value, list) else str(value)
    return words


def _described(name: str, entry: Any) -> str:
    problem = entry_problem(entry)
    return f"{name} ({problem})" if problem else f"{name} ({entry['channel']})"


def _likeliest(names: list[str], entries: dict[str, Any]) -> str:
    """Return the account that is most likely meant: one that is no longer usable."""
    useless = [name for name in names if entry_problem(entries[name])]
    retired = [name for name in useless if RETIRED_CHANNEL in entry_problem(entries[name])]
    return (retired or useless or names)[0]
