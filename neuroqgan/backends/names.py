"""Names of backends, and the device snapshots that ship with qiskit-ibm-runtime."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from neuroqgan.errors import BackendNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit.transpiler import Target

LEAST_BUSY = "least-busy"

Kind = Literal["aer", "fake", "ibm"]
_FORMS = "aer, fake_<device>, ibm_<device>, ibm:least-busy"


@dataclass(frozen=True)
class BackendName:
    """A parsed name.

    Parameters
    ----------
    kind
        What runs the circuits.
    device
        The device's own name: of a snapshot with its ``fake_``, of IBM's with its ``ibm_``, or
        `LEAST_BUSY`; empty for ideal ``aer``.
    """

    kind: Kind
    device: str

    def __str__(self) -> str:
        if self.kind == "aer":
            return "aer"
        return f"ibm:{LEAST_BUSY}" if self.device == LEAST_BUSY else self.device


def parse(name: str) -> BackendName:
    """Understand the name of a backend; whether the device exists is not asked.

    ``aer:brisbane`` is another way to write ``fake_brisbane``.

    Raises
    ------
    BackendNotFoundError
        If the name has none of the known forms.
    """
    scheme, colon, rest = name.strip().partition(":")
    if name == "aer":
        return BackendName("aer", "")
    if scheme == "aer" and rest:
        return BackendName("fake", f"fake_{rest.removeprefix('fake_')}")
    if not colon and scheme.startswith("fake_"):
        return BackendName("fake", scheme)
    if (not colon and scheme.startswith("ibm_")) or (scheme == "ibm" and rest == LEAST_BUSY):
        return BackendName("ibm", rest or scheme)
    if scheme == "ibm" and rest:
        return BackendName("ibm", f"ibm_{rest.removeprefix('ibm_')}")
    raise BackendNotFoundError(
        f"There is no backend {name!r}.",
        expected=_FORMS,
        got=name,
        hint=_closest(name, ["aer", *snapshots()]),
    )


@cache
def snapshots() -> dict[str, Any]:
    """Return the classes of all device snapshots by name, ``fake_brisbane`` and so on."""
    from qiskit_ibm_runtime import fake_provider
    from qiskit_ibm_runtime.fake_provider.fake_backend import FakeBackendV2

    found = {}
    for value in vars(fake_provider).values():
        if isinstance(value, type) and issubclass(value, FakeBackendV2):
            name = getattr(value, "backend_name", None)
            if name:
                found[str(name)] = value
    return dict(sorted(found.items()))


def snapshot_qubits() -> dict[str, int]:
    """Return the number of qubits of every snapshot, read from the client's own files."""
    numbers = {}
    for name, device in snapshots().items():
        configuration = Path(device.dirname) / device.conf_filename
        numbers[name] = int(json.loads(configuration.read_text(encoding="utf-8"))["n_qubits"])
    return numbers


def snapshot_target(device: str) -> Target:
    """Return the target of a device snapshot.

    Raises
    ------
    BackendNotFoundError
        If there is none of that name.
    """
    if device not in snapshots():
        raise BackendNotFoundError(
            f"There is no device snapshot {device!r}.",
            expected=f"one of {len(snapshots())}, see neuroqgan backends list",
            got=device,
            hint=_closest(device, snapshots()),
        )
    return snapshots()[device]().target


def _closest(name: str, known: Iterable[str]) -> str:
    import difflib

    similar = difflib.get_close_matches(name, list(known), n=3, cutoff=0.3)
    return f"--backend {' or '.join(similar or ['aer'])}"
