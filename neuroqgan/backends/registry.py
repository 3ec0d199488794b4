"""Backends by name, or around a Qiskit backend object."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.kinds import kind_of
from neuroqgan.backends.names import BackendName, parse
from neuroqgan.backends.protocol import Opening

if TYPE_CHECKING:
    from neuroqgan.backends.protocol import Backend, BackendLike


def resolve(
    backend: BackendLike | BackendName,
    *,
    fractional_gates: bool = False,
    min_qubits: int = 0,
) -> Backend:
    """Return the backend of that name, or one that runs on a Qiskit backend object.

    Parameters
    ----------
    backend
        A name, as `neuroqgan.backends.names.parse` understands it; a Qiskit `BackendV2`; or a
        backend that was resolved before.
    fractional_gates
        Whether rotations are single pulses, on devices that have them.
    min_qubits
        Fewest qubits of the device that ``ibm:least-busy`` chooses.

    Returns
    -------
    Backend
        Those that run circuits here and now are `neuroqgan.backends.local.in_process.LocalBackend`;
        those that take jobs are `neuroqgan.backends.remote.RemoteDevice`.

    Raises
    ------
    AccountError
        If it is a device of IBM and there is no account, or one that is refused.
    BackendError
        If a plugin is broken.
    BackendNotFoundError
        If there is no such backend.
    ConfigError
        If fractional gates were asked for and the device has none.
    InputError
        If it is neither a name nor a backend.
    ServiceError
        If the service cannot be reached.

    Examples
    --------
    >>> resolve("exact").name
    'exact'
    >>> resolve("aer:nairobi").name
    'fake_nairobi'
    >>> from qiskit_aer import AerSimulator
    >>> resolve(AerSimulator()).kind
    'instance'
    """
    if isinstance(backend, BackendName | str):
        name = parse(backend) if isinstance(backend, str) else backend
        opening = Opening(fractional_gates=fractional_gates, min_qubits=min_qubits)
        opened: Backend = load_object(kind_of(name.kind).opens)(name, opening)
        return opened
    if hasattr(backend, "plan") and hasattr(backend, "simulates"):
        resolved: Backend = backend
        return resolved
    from neuroqgan.backends.local.instances import from_instance

    return from_instance(backend)


def load_object(path: str) -> Any:
    """Return what a path ``module:attribute`` of `neuroqgan.backends.kinds` names."""
    module, _, attribute = path.partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found
