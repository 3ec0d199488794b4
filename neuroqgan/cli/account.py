"""``neuroqgan account``: the account of IBM Quantum."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, ask, command

if TYPE_CHECKING:
    from neuroqgan.backends.ibm.account import Channel

_CHANNELS = click.Choice(["ibm_quantum_platform", "ibm_cloud"])
_channel = click.option(
    "--channel",
    type=_CHANNELS,
    default="ibm_quantum_platform",
    show_default=True,
    help="Which of IBM's platforms.",
)


@click.group()
def account() -> None:
    """Save, check and remove the account of IBM Quantum.

    Accounts are those of Qiskit: what is saved here is found there, and the other way round. A
    token in the variable QISKIT_IBM_TOKEN goes before a saved one.

    \b
    Examples:
        neuroqgan account save
        neuroqgan account status --check
        neuroqgan account remove
    """


@account.command()
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
@click.option(
    "--instance",
    metavar="CRN",
    help="The instance that jobs are charged to. [all that the account has]",
)
@_channel
@click.option("--overwrite", is_flag=True, help="Replace an account that is saved already.")
@command
def save(
    output: Output, token_stdin: bool, instance: str | None, channel: Channel, overwrite: bool
) -> None:
    """Save an account, readable by you alone.

    The token is an API key, made at https://quantum.cloud.ibm.com. It is asked for, or read from
    standard input; it is no option, because shells keep what is typed.

    \b
    Examples:
        neuroqgan account save
        neuroqgan account save --instance crn:v1:bluemix:public:quantum-computing:...
        neuroqgan account save --token-stdin --overwrite < token.txt
    """
    from neuroqgan.backends.ibm.account import save_account

    token = sys.stdin.readline() if token_stdin else _ask()
    file = save_account(token.strip(), instance=instance, channel=channel, overwrite=overwrite)
    output.say(f"Saved in {file}")
    output.say("Try it with: neuroqgan account status --check")
    output.result({"file": str(file), "channel": channel, "instance": instance})


@account.command()
@click.option("--check", is_flag=True, help="Log in, and show what the instance may still use.")
@command
def status(output: Output, check: bool) -> None:
    """Show which account is used, without its token.

    \b
    Examples:
        neuroqgan account status
        neuroqgan account status --check --json
    """
    from neuroqgan.backends.ibm.account import find_account

    found = find_account()
    result: dict[str, Any] = found.to_dict()
    where = "the environment" if found.source == "environment" else str(found.file)
    lines = [("Source", where), ("Channel", found.channel), ("Instance", found.instance or "any")]
    if check:
        from neuroqgan.backends.registry import ibm_service

        service = ibm_service()
        with output.progress.status("Asking IBM Quantum ..."):
            allowance = service.allowance()
            devices = service.devices()
        result["check"] = {
            "instance": service.instance,
            "used": allowance.used,
            "limit": allowance.limit,
            "left": allowance.left,
            "devices": len(devices),
        }
        lines += [("Logged in", str(service.instance)), ("Devices", str(len(devices)))]
        lines.append(("QPU time", _in_words(allowance.used, allowance.left)))
    for label, text in lines:
        output.say(f"{label:<12}{text}")
    output.result(result)


@account.command()
@_channel
@click.option("--yes", is_flag=True, help="Do not ask.")
@command
def remove(output: Output, channel: Channel, yes: bool) -> None:
    """Remove the saved account.

    \b
    Examples:
        neuroqgan account remove
        neuroqgan account remove --yes
    """
    from neuroqgan.backends.ibm.account import account_file, remove_account

    if not yes:
        ask(f"Remove the account from {account_file()}?")
    file = remove_account(channel)
    output.say(f"Removed from {file}")
    output.result({"file": str(file), "channel": channel})


def _ask() -> str:
    # Without `show_default` and with `err`, so that standard output stays one JSON object.
    return str(click.prompt("Token of IBM Quantum", hide_input=True, err=True))


def _in_words(used: float | None, left: float | None) -> str:
    if used is None:
        return "not told"
    return f"{used:.0f} s used, " + ("no limit told" if left is None else f"{left:.0f} s left")
