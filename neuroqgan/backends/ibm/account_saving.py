"""Saving and removing accounts, without loss of what else is saved."""

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

# In the order in which they are told.
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
# What the client writes for an account that is given nothing else.
_PLAIN = {"private_endpoint": False, "url": IBM_URL, "verify": True}


@dataclass(frozen=True)
class SavedAccount:
    """What saving an account did.

    Parameters
    ----------
    file
        The client's account file.
    name
        Of the account.
    channel
        Of IBM's platforms.
    instance
        CRN or name of the service instance, or None for all that the account has.
    replaced
        Whether an account of that name was there.
    kept
        Settings of the account that was replaced which the new one has too, in words.
    dropped
        Settings that went with it, in words.
    default
        Name of the saved account that is used where none is asked for.
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
    """Save an account where the client finds it, readable by its owner alone.

    Of an account that is replaced, everything but the token is kept unless it is given anew. The
    settings of one of the channel that IBM has closed are of no use and go with it.

    Parameters
    ----------
    token
        API key of IBM Cloud.
    name
        To save it under. None for the client's own name or, with ``overwrite``, for the account
        that is used.
    instance
        CRN or name of a service instance, or None for that of the account that is replaced, or
        for all that the account has.
    channel
        Of IBM's platforms; None for that of the account that is replaced, or the first.
    overwrite
        Whether an account that is there may be replaced.
    default
        Whether to use this account from now on. The first one is used anyway, and one that is
        saved without a name where no other is set as default.

    Raises
    ------
    AccountError
        If the token or instance cannot be one, an account is there already, or several are and
        none is named.
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
            expected="a name that is not taken, or permission to replace the account",
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
    """Remove a saved account from the client's file, whether or not it can still be used.

    Parameters
    ----------
    name
        Of the account; None for the only one that there is.
    channel
        Which it has to be of, or None for any.

    Returns
    -------
    tuple
        The file, and the name of the account that was removed.

    Raises
    ------
    AccountError
        If there is none, or several of which none is named.
    StorageError
        If the file cannot be written.
    """
    entries = saved()
    name = to_remove(entries, name, channel)
    return write({other: entry for other, entry in entries.items() if other != name}), name


def to_remove(entries: dict[str, Any], name: str | None, channel: str | None) -> str:
    """Return the name of the account that `remove_account` would remove; raises as that does."""
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
    """Return the name to save an account under that was given none."""
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
    """Set one account as default, in copies of the entries that this changes."""
    for other, entry in accounts.items():
        if isinstance(entry, dict) and (other == name or entry.get("is_default_account")):
            plain = {key: value for key, value in entry.items() if key != "is_default_account"}
            accounts[other] = plain | ({"is_default_account": True} if other == name else {})


def _in_words(entry: dict[str, Any]) -> dict[str, str]:
    """Return the settings of an entry that are not the client's own, to be told."""
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
    """Return the account that is most likely meant: one that can no longer be used."""
    useless = [name for name in names if entry_problem(entries[name])]
    retired = [name for name in useless if RETIRED_CHANNEL in entry_problem(entries[name])]
    return (retired or useless or names)[0]
