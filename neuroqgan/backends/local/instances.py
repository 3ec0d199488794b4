"""Backend objects that a program hands over: any Qiskit `BackendV2`, without a name of ours.

Such an object exists only in its process, and two objects with the same name may be different
devices. So each gets a name of its own that no other process gives, and with it requests of its
own: nothing that another object measured is ever returned in its place.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any
from weakref import ref

from neuroqgan.backends.local.qiskit_backend import QiskitBackend, broken
from neuroqgan.errors import BackendNotFoundError, InputError

if TYPE_CHECKING:
    from neuroqgan.backends.names import BackendName
    from neuroqgan.backends.protocol import Opening

# By the identity of the object, as long as it lives; some classes of backends cannot be hashed.
_named: dict[int, tuple[ref[Any], str]] = {}


def from_instance(backend: Any) -> QiskitBackend:
    """Return the backend that runs circuits on a Qiskit backend object.

    Its jobs are kept in the store like all others, but only this process can resume them: after
    its end nobody knows the object behind the name.

    Parameters
    ----------
    backend
        A `BackendV2`: `AerSimulator`, `GenericBackendV2`, one of a provider.

    Returns
    -------
    QiskitBackend
        Named ``instance:<its name>-<eight digits>``; the same for the same object.

    Raises
    ------
    InputError
        If it is no `BackendV2`.
    BackendError
        If it has no target with qubits.

    Examples
    --------
    >>> from qiskit.providers.fake_provider import GenericBackendV2
    >>> backend = from_instance(GenericBackendV2(5, seed=1))
    >>> backend.name[:-8], backend.target.num_qubits
    ('instance:generic_backend_5q-', 5)
    """
    from qiskit.providers import BackendV2

    if not isinstance(backend, BackendV2):
        raise InputError(
            "That is not a backend.",
            expected="the name of a backend, or a qiskit BackendV2",
            got=f"{type(backend).__name__} {backend!r:.80}",
            hint="`backend = aer`",
        )
    key = id(backend)
    if key in _named:
        return QiskitBackend(_named[key][1], "instance", backend)
    own = re.sub(r"[^\w.-]+", "-", str(backend.name or type(backend).__name__))
    name = f"instance:{own}-{uuid.uuid4().hex[:8]}"
    if not getattr(backend.target, "num_qubits", None):
        raise broken(name, "has no target with qubits", f"{backend.target!r:.80}")
    _named[key] = ref(backend, lambda _: _named.pop(key, None)), name
    return QiskitBackend(name, "instance", backend)


def open_instance(name: BackendName, _opening: Opening) -> QiskitBackend:
    """Return the backend object of that name, which this process handed over before.

    Raises
    ------
    BackendNotFoundError
        If it is gone.
    """
    for known, its_name in list(_named.values()):
        backend = known()
        if its_name == str(name) and backend is not None:
            return QiskitBackend(its_name, "instance", backend)
    raise BackendNotFoundError(
        f"{name} was a backend object of a Python process and cannot be opened by its name.",
        expected="the object itself, in the process that made it",
        got="its name",
        hint="hand the object over again; what it had not returned has to be sampled anew",
    )
