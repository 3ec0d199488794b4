"""The way to IBM Quantum: its service, once for every account, and devices by name."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from neuroqgan.backends.ibm.account import asked_for, has_account
from neuroqgan.backends.ibm.account_file import SAVE_HINT, account_file
from neuroqgan.backends.names import twin_hint
from neuroqgan.errors import AccountError

if TYPE_CHECKING:
    from neuroqgan.backends.ibm.device import IbmDevice
    from neuroqgan.backends.ibm.service import IbmService
    from neuroqgan.backends.names import BackendName
    from neuroqgan.backends.protocol import Opening


def ibm_service() -> IbmService:
    """Return the service of IBM Quantum, one for every account that was asked for.

    It connects when it is first asked for something.
    """
    file = account_file()
    changed = file.stat().st_mtime_ns if file.exists() else 0
    environment = tuple(sorted((k, v) for k, v in os.environ.items() if _names_account(k)))
    return _service(asked_for(), (str(file), changed, environment))


def open_device(name: BackendName, opening: Opening) -> IbmDevice:
    """Return a device of IBM.

    Parameters
    ----------
    name
        Of the device, or ``ibm:least-busy``.
    opening
        Whether it is opened with fractional gates, and how many qubits it needs at least.

    Raises
    ------
    AccountError
        If there is no account, or one that is refused.
    BackendNotFoundError
        If the account has no such device.
    ConfigError
        If fractional gates were asked for and the device has none.
    ServiceError
        If the service cannot be reached.
    """
    if not has_account():
        raise AccountError(
            f"{name} cannot be reached without an IBM Quantum account.",
            expected=f"QISKIT_IBM_TOKEN in the environment, or an account in {account_file()}",
            got="neither",
            hint=f"{SAVE_HINT}, or without an account {twin_hint(name.device)}",
        )
    return ibm_service().device(
        name.device, fractional_gates=opening.fractional_gates, min_qubits=opening.min_qubits
    )


def _names_account(variable: str) -> bool:
    return variable.startswith(("QISKIT_IBM_", "IAM_", "GLOBAL_"))


@cache
def _service(name: str | None, _account: object) -> IbmService:
    from neuroqgan.backends.ibm.service import IbmService

    return IbmService(name)
