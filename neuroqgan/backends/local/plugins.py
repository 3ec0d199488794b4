"""Backends of other packages: any Qiskit `BackendV2`, under a scheme of its own.

A package offers devices by an entry point in the group ``neuroqgan.backends``::

    [project.entry-points."neuroqgan.backends"]
    acme = "acme_provider:device"

where ``acme_provider.device("small")`` returns the backend that is named ``acme:small``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.local.qiskit_backend import QiskitBackend, broken
from neuroqgan.backends.names import PLUGIN_GROUP
from neuroqgan.errors import BackendError, NeuroqganError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from neuroqgan.backends.names import BackendName
    from neuroqgan.backends.protocol import Opening


def open_plugin(name: BackendName, _opening: Opening) -> QiskitBackend:
    """Return a device of a plugin.

    Parameters
    ----------
    name
        With one of the schemes that `neuroqgan.backends.names.schemes` returns; the device is what
        the plugin calls it.

    Raises
    ------
    BackendError
        If the plugin cannot be loaded, fails, or returns something else than a `BackendV2`.
    """
    from qiskit.providers import BackendV2

    entry = _entry(name.scheme)
    try:
        backend = entry.load()(name.device)
    except NeuroqganError:
        raise
    except Exception as error:  # raised on: code of others may raise anything
        got = f"{type(error).__name__}: {error}"
        raise broken(str(name), "cannot be opened", got, entry.value) from error
    if not isinstance(backend, BackendV2):
        raise broken(str(name), "is not a BackendV2", type(backend).__name__, entry.value)
    if not getattr(backend.target, "num_qubits", None):
        raise broken(str(name), "has no target with qubits", f"{backend.target!r:.80}", entry.value)
    return QiskitBackend(str(name), "plugin", backend)


def _entry(scheme: str) -> EntryPoint:
    from importlib.metadata import entry_points

    found = list(entry_points(group=PLUGIN_GROUP, name=scheme))
    if not found:
        raise BackendError(
            f"No plugin has the scheme {scheme!r}.",
            expected=f"an entry point of that name in the group {PLUGIN_GROUP}",
            got="none",
            hint="`neuroqgan backends list` shows the plugins that are installed",
        )
    # Two packages with one scheme: always the same one, and `backends list` shows which.
    return min(found, key=lambda entry: entry.value)
