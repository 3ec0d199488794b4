"""``neuroqgan account``: accounts at IBM Quantum."""

from __future__ import annotations

import sys
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, account_option, ask, command

if TYPE_CHECKING:
    from neuroqgan.backends.ibm.account import Account
    from neuroqgan.backends.ibm.account_checks import Channel

_CHANNELS = ["ibm_quantum_platform", "ibm_cloud"]


@click.group()
def account() -> None:
    """Save, list, check and remove accounts at IBM Quantum.

    Accounts are shared with Qiskit: an account saved with one is found by the other. An account
    named with --account or in the environment variable NEUROQGAN_ACCOUNT takes precedence, then a
    token in the variable QISKIT_IBM_TOKEN, then the default among the saved accounts.

    \b
    Examples:
        neuroqgan account save
        neuroqgan account save --account lab-b
        neuroqgan account list
        neuroqgan account status --check
        neuroqgan account remove
    """


@account.command()
@click.option("--token-stdin", is_flag=True, help="Read the token (API key) from standard input.")
@click.option(
    "--instance",
    metavar="CRN",
    help="CRN of the instance that jobs are charged to, or auto for any instance of the account. "
    "[as in the replaced account, or auto]",
)
@click.option(
    "--channel",
    type=click.Choice(_CHANNELS),
    help="IBM platform of the account. [as in the replaced account, or ibm_quantum_platform]",
)
@click.option(
    "--account",
    "name",
    metavar="NAME",
    help="Name to save the account under. [Qiskit's default name]",
)
@click.option("--default", is_flag=True, help="Use this account if none is named.")
@click.option(
    "--overwrite", is_flag=True, help="Replace the token of an account that is already saved."
)
@command
def save(
    output: Output,
    token_stdin: bool,
    instance: str | None,
    channel: Channel | None,
    name: str | None,
    default: bool,
    overwrite: bool,
) -> None:
    """Save an account in a file that only you can read.

    The token is an API key, which you create at https://quantum.cloud.ibm.com. The command asks for
    it, or reads it from standard input. It is not an option, because shells keep a history. An
    account that is replaced keeps its instance, proxies and all other settings that you do not
    give again.

    \b
    Examples:
        neuroqgan account save
        neuroqgan account save --instance crn:v1:bluemix:public:quantum-computing:...
        neuroqgan account save --account lab-b
        neuroqgan account save --token-stdin --overwrite < token.txt
    """
    from neuroqgan.backends.ibm.account_saving import save_account

    token = sys.stdin.readline() if token_stdin else _ask()
    done = save_account(
        token.strip(),
        name=name,
        instance=instance,
        channel=channel,
        overwrite=overwrite,
        default=default,
    )
    output.say(f"{'Replaced' if done.replaced else 'Saved'} {done.name} in {done.file}")
    for verb, settings in (("Kept", done.kept), ("Dropped", done.dropped)):
        for label, text in settings.items():
            output.say(f"{verb} {label.replace('_', ' ')}: {text}")
    if done.default != done.name:
        output.say(f"If no account is named, {done.default} is used; --default changes that.")
    named = "" if done.default == done.name else f" --account {quote(done.name)}"
    output.say(f"Try it with: neuroqgan account status --check{named}")
    output.result(
        {
            "file": str(done.file),
            "account": done.name,
            "channel": done.channel,
            "instance": done.instance,
            "replaced": done.replaced,
            "kept": done.kept,
            "dropped": done.dropped,
            "default": done.default,
        }
    )


@account.command("list", short_help="List the saved accounts and show which one is used.")
@account_option
@command
def list_accounts(output: Output) -> None:
    """List the saved accounts and show which one is used. Tokens are not displayed.

    \b
    Examples:
        neuroqgan account list
        neuroqgan account list --json
    """
    from neuroqgan.backends.ibm.account import find_account
    from neuroqgan.backends.ibm.account_checks import entry_problem, proxies_in_words
    from neuroqgan.backends.ibm.account_file import account_file, saved
    from neuroqgan.errors import AccountError

    entries = saved()
    try:
        used: Account | None = find_account()
    except AccountError as error:
        used = None
        output.note(f"Warning: {error}")
    rows: list[dict[str, Any]] = []
    for name, entry in entries.items():
        problem = entry_problem(entry)
        fields = entry if isinstance(entry, dict) else {}
        is_used = used is not None and used.name == name
        rows.append(
            {
                "account": name,
                "channel": fields.get("channel"),
                "instance": fields.get("instance"),
                "proxies": "" if problem else proxies_in_words(fields.get("proxies")),
                "used": is_used,
                "problem": problem,
            }
        )
    output.result(rows)
    if used is not None and used.name is None:
        output.say(
            "Used: the token in QISKIT_IBM_TOKEN. To use a saved account, add --account NAME."
        )
    if not rows:
        output.say(f"No account is saved in {account_file()}. Save one: neuroqgan account save")
        return
    from rich.table import Table

    table = Table("account", "channel", "instance", "", box=None, header_style="bold")
    for row in rows:
        remark = "used" if row["used"] else f"cannot be used: {row['problem']}"
        table.add_row(
            row["account"],
            str(row["channel"] or "-"),
            str(row["instance"] or "any"),
            remark if row["used"] or row["problem"] else "",
        )
    output.tables.print(table)


@account.command()
@click.option("--check", is_flag=True, help="Log in and show the QPU time that is left.")
@account_option
@command
def status(output: Output, check: bool) -> None:
    """Show which account is used, without its token, and which others are saved.

    \b
    Examples:
        neuroqgan account status
        neuroqgan account status --check --json
        neuroqgan account status --check --account lab-b
    """
    from neuroqgan.backends.ibm.account import find_account

    found = find_account()
    result: dict[str, Any] = found.to_dict()
    where = "the environment" if found.source == "environment" else str(found.file)
    lines = [("Account", found.label), ("Source", where)]
    lines += [("Channel", found.channel), ("Instance", found.instance or "any")]
    if found.others:
        lines.append(("Others", f"{', '.join(found.others)}; choose one with --account NAME"))
    for name, problem in (found.passed_over or {}).items():
        remedy = f"neuroqgan account remove --account {quote(name)}"
        lines.append(("Ignored", f"{name}: {problem}; {remedy}"))
    if check:
        from neuroqgan.backends.ibm.connection import ibm_service
        from neuroqgan.sampling.budget import Budget

        service = ibm_service()
        with output.progress.status("Contacting IBM Quantum ..."):
            allowance = service.allowance()
            devices = service.devices()
        result["check"] = {
            "instance": service.instance,
            "used": allowance.used,
            "limit": allowance.limit,
            "left": allowance.left,
            "plan": service.plan,
            "devices": len(devices),
        }
        lines += [("Logged in", str(service.instance)), ("Plan", service.plan or "unknown")]
        lines.append(("Devices", str(len(devices))))
        lines.append(("QPU time", _in_words(allowance.used, allowance.left)))
        lines += [("Warning", text) for text in Budget(0.0, allowance=allowance).warnings()]
    for label, text in lines:
        output.say(f"{label:<12}{text}")
    output.result(result)


@account.command()
@click.option("--account", "name", metavar="NAME", help="Account to remove. [the only one saved]")
@click.option(
    "--channel",
    type=click.Choice([*_CHANNELS, "ibm_quantum"]),
    help="Remove the account on this platform; IBM closed ibm_quantum in 2025. [any]",
)
@click.option("--yes", is_flag=True, help="Remove without asking for confirmation.")
@command
def remove(output: Output, name: str | None, channel: str | None, yes: bool) -> None:
    """Remove a saved account, even one that can no longer be used.

    \b
    Examples:
        neuroqgan account remove
        neuroqgan account remove --account lab-b --yes
        neuroqgan account remove --channel ibm_quantum
    """
    from neuroqgan.backends.ibm.account_file import account_file, saved
    from neuroqgan.backends.ibm.account_saving import remove_account, to_remove

    found = to_remove(saved(), name, channel)
    if not yes:
        ask(f"Remove the account {found} from {account_file()}?")
    file, removed = remove_account(found)
    output.say(f"Removed {removed} from {file}")
    output.result({"file": str(file), "account": removed})


def _ask() -> str:
    # Without `show_default` and with `err`, so that standard output stays one JSON object.
    return str(click.prompt("IBM Quantum token", hide_input=True, err=True))


def _in_words(used: float | None, left: float | None) -> str:
    if used is None:
        return "not reported"
    return f"{used:.0f} s used, " + ("no limit reported" if left is None else f"{left:.0f} s left")
