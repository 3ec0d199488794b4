"""Backends by name."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from neuroqgan.backends.names import BackendName, parse, snapshot_target, twin_hint
from neuroqgan.errors import AccountError

if TYPE_CHECKING:
    from neuroqgan.backends.ibm.device import IbmDevice
    from neuroqgan.backends.ibm.service import IbmService
    from neuroqgan.backends.local.exact import ExactBackend
    from neuroqgan.backends.local.plugins import PluginBackend
    from neuroqgan.backends.local.simulated import SimulatedBackend

    Backend = SimulatedBackend | ExactBackend | PluginBackend | IbmDevice


def resolve(name: str, *, fractional_gates: bool = False, min_qubits: int = 0) -> Backend:
    """Return the backend of that name.

    Parameters
    ----------
    name
        As `neuroqgan.backends.names.parse` understands it.
    fractional_gates
        On IBM's devices, whether rotations are single pulses.
    min_qubits
        Least number of qubits that ``ibm:least-busy`` may choose.

    Returns
    -------
    SimulatedBackend, ExactBackend, PluginBackend or IbmDevice
        The first three run circuits here and now, the last one takes jobs.

    Raises
    ------
    AccountError
        If it is a device of IBM's and there is no account, or one that is refused.
    BackendError
        If a plugin is broken.
    BackendNotFoundError
        If there is none.
    ConfigError
        If fractional gates were asked for and the device has none.
    ServiceError
        If the service cannot be reached.
    """
    parsed = parse(name)
    if parsed.kind == "ibm":
        return _ibm(parsed, fractional_gates=fractional_gates, min_qubits=min_qubits)
    return _local(parsed)


def ibm_service() -> IbmService:
    """Return the service of IBM Quantum, one for every account that was asked for.

    It connects when it is first asked for something.
    """
    from neuroqgan.backends.ibm.account import asked_for
    from neuroqgan.backends.ibm.account_file import account_file

    file = account_file()
    changed = file.stat().st_mtime_ns if file.exists() else 0
    environment = tuple(sorted((k, v) for k, v in os.environ.items() if _names_account(k)))
    return _service(asked_for(), (str(file), changed, environment))


def _names_account(variable: str) -> bool:
    return variable.startswith(("QISKIT_IBM_", "IAM_", "GLOBAL_"))


@cache
def _service(name: str | None, _account: object) -> IbmService:
    from neuroqgan.backends.ibm.service import IbmService

    return IbmService(name)


def _ibm(parsed: BackendName, *, fractional_gates: bool, min_qubits: int) -> IbmDevice:
    from neuroqgan.backends.ibm.account import has_account
    from neuroqgan.backends.ibm.account_file import SAVE_HINT, account_file

    if not has_account():
        raise AccountError(
            f"{parsed} cannot be reached without an account of IBM Quantum.",
            expected=f"QISKIT_IBM_TOKEN in the environment, or an account in {account_file()}",
            got="neither",
            hint=f"{SAVE_HINT}, or without an account {twin_hint(parsed.device)}",
        )
    return ibm_service().device(
        parsed.device, fractional_gates=fractional_gates, min_qubits=min_qubits
    )


def _local(parsed: BackendName) -> SimulatedBackend | ExactBackend | PluginBackend:
    if parsed.kind == "aer":
        from neuroqgan.backends.local.simulated import AerBackend

        return AerBackend()
    if parsed.kind == "exact":
        from neuroqgan.backends.local.exact import ExactBackend

        return ExactBackend()
    if parsed.kind == "plugin":
        from neuroqgan.backends.local.plugins import load

        return load(parsed.scheme, parsed.device)
    from neuroqgan.backends.local.simulated import SimulatedBackend

    return SimulatedBackend(parsed.device, snapshot_target(parsed.device))
