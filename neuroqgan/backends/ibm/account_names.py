"""Names of saved accounts: which of them can be used, and which is the default."""

from __future__ import annotations

import difflib
import os
from shlex import quote
from typing import Any

from neuroqgan.backends.ibm.account_checks import CHANNELS, RETIRED_CHANNEL, entry_problem
from neuroqgan.backends.ibm.account_file import SAVE_HINT, account_file
from neuroqgan.errors import AccountError


def usable_names(entries: dict[str, Any]) -> list[str]:
    """Return the names of the saved accounts that may be used, in their order."""
    return [name for name, entry in entries.items() if not entry_problem(entry)]


def default_name(entries: dict[str, Any]) -> str:
    """Return the name of the saved account that is used if none is asked for.

    Parameters
    ----------
    entries
        Of the account file; at least one of them can be used.
    """
    usable = usable_names(entries)
    flagged = [name for name in usable if entries[name].get("is_default_account")]
    if flagged:
        return flagged[0]
    named = os.environ.get("QISKIT_IBM_CHANNEL")
    for channel in ([named] if named in CHANNELS else []) + list(CHANNELS):
        of_channel = [name for name in usable if entries[name]["channel"] == channel]
        if of_channel:
            default = client_name(str(channel))
            return default if default in of_channel else of_channel[-1]
    return usable[-1]


def client_name(channel: str) -> str:
    """Return the name under which qiskit-ibm-runtime saves an account without a name."""
    return f"default-{channel.replace('_', '-')}"


def unknown_account(name: str, entries: dict[str, Any]) -> AccountError:
    """Return the error for a name under which no account is saved."""
    similar = difflib.get_close_matches(name, entries, n=1, cutoff=0.3)
    return AccountError(
        f"There is no saved account {name!r}.",
        expected=f"one of {', '.join(entries)}" if entries else f"an account in {account_file()}",
        got=name,
        hint=f"--account {quote((similar or usable_names(entries) or list(entries))[0])}"
        if entries
        else f"{SAVE_HINT} --account {quote(name)}",
    )


def no_account(entries: dict[str, Any]) -> AccountError:
    """Return the error for a file and an environment without a usable account."""
    file = account_file()
    expected = f"QISKIT_IBM_TOKEN in the environment, or an account in {file}"
    if not entries:
        got = f"{file} holds no account" if file.exists() else "neither"
        return AccountError(
            "There is no IBM Quantum account.", expected=expected, got=got, hint=SAVE_HINT
        )
    problems = {name: entry_problem(entry) for name, entry in entries.items()}
    name = next((n for n, why in problems.items() if RETIRED_CHANNEL in why), next(iter(problems)))
    return AccountError(
        f"The saved account {name} cannot be used: {problems[name]}.",
        expected=expected,
        got="; ".join(f"{name}: {why}" for name, why in problems.items()),
        hint=replace_hint(name),
    )


def replace_hint(name: str) -> str:
    """Return how to replace a saved account that can no longer be used."""
    return f"{SAVE_HINT}; neuroqgan account remove --account {quote(name)} removes the old one"
