"""The account at IBM Quantum; the service is only asked if that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.doctor.finding import Finding, Scope, ok, problem, warning
from neuroqgan.errors import AccountError, NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_account(scope: Scope) -> Iterator[Finding]:
    """Look at the account that would be used."""
    from neuroqgan.backends.ibm.account import find_account, has_account

    if not has_account():
        yield ok("no account is saved, and none is needed for simulators")
        return
    try:
        account = find_account()
    except AccountError as error:
        yield problem(" ".join((error.problem, f"got: {error.got}")), error.hint)
        return
    where = "the environment" if account.source == "environment" else str(account.file)
    remark = "" if scope.online else "; --online asks whether it is valid"
    yield ok(f"{account.label} from {where}{remark}")
    for name, fault in (account.passed_over or {}).items():
        yield warning(
            f"the saved account {name} cannot be used: {fault}",
            f"neuroqgan account remove --account {name}",
        )
    if scope.online:
        yield from _ask_service()


def _ask_service() -> Iterator[Finding]:
    from neuroqgan.backends.ibm.connection import ibm_service

    try:
        service = ibm_service()
        allowance, devices = service.allowance(), service.devices()
    except NeuroqganError as error:
        yield problem(error.problem, error.hint)
        return
    left = "" if allowance.left is None else f", {allowance.left:.0f} s of QPU time left"
    yield ok(f"the service accepts it: {len(devices)} devices{left}")
