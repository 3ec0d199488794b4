"""Names of backends, and the device snapshots that ship with qiskit-ibm-runtime."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from neuroqgan.errors import BackendNotFoundError

if TYPE_CHECKING:
    from qiskit.transpiler import Target

LEAST_BUSY = "least-busy"
PLUGIN_GROUP = "neuroqgan.backends"

Kind = Literal["aer", "exact", "fake", "ibm", "plugin"]
_FORMS = "aer, exact, fake_<device>, ibm_<device>, ibm:least-busy, or <scheme>:<device> of a plugin"
# A plugin cannot take these over.
_OURS = {"aer", "exact", "fake", "ibm"}
# Parts of the names that simulators have elsewhere: with shots, and of the state itself.
_SHOTS = ("aer", "simulator", "qasm", "sampler", "matrixproduct", "stabilizer", "densitymatrix")
_IDEAL = ("statevector", "wavefunction", "exact", "ideal", "noiseless", "analytic")
_LOCAL = {"sim", "local", "cpu", "gpu", "qubit", "mps", "braket", "cirq", "qulacs", "pennylane"}


@dataclass(frozen=True)
class BackendName:
    """A parsed name.

    Parameters
    ----------
    kind
        What runs the circuits.
    device
        The device's own name: of a snapshot with its ``fake_``, of IBM's with its ``ibm_``, or
        `LEAST_BUSY`; empty for ideal ``aer`` and ``exact``.
    scheme
        Of a plugin; empty for all other kinds.
    """

    kind: Kind
    device: str
    scheme: str = ""

    def __str__(self) -> str:
        if self.kind in {"aer", "exact"}:
            return self.kind
        if self.kind == "plugin":
            return f"{self.scheme}:{self.device}"
        return f"ibm:{LEAST_BUSY}" if self.device == LEAST_BUSY else self.device


def parse(name: str) -> BackendName:
    """Understand the name of a backend; whether the device exists is not asked.

    ``aer:brisbane`` is another way to write ``fake_brisbane``. Schemes other than ``aer`` and
    ``ibm`` are those of the plugins that are installed.

    Raises
    ------
    BackendNotFoundError
        If the name has none of the known forms.
    """
    scheme, colon, rest = name.strip().partition(":")
    if name == "aer":
        return BackendName("aer", "")
    if name == "exact":
        return BackendName("exact", "")
    if scheme == "aer" and rest:
        return BackendName("fake", f"fake_{rest.removeprefix('fake_')}")
    if not colon and scheme.startswith("fake_"):
        return BackendName("fake", scheme)
    if (not colon and scheme.startswith("ibm_")) or (scheme == "ibm" and rest == LEAST_BUSY):
        return BackendName("ibm", rest or scheme)
    if scheme == "ibm" and rest:
        return BackendName("ibm", f"ibm_{rest.removeprefix('ibm_')}")
    plugins = schemes()
    if colon and rest and scheme in plugins:
        return BackendName("plugin", rest, scheme)
    if colon and rest:
        raise BackendNotFoundError(
            f"There is no backend {name!r}, for no plugin has the scheme {scheme!r}.",
            expected=f"one of the schemes {', '.join(['aer', 'ibm', *plugins])}",
            got=scheme,
            hint="install the plugin, or neuroqgan backends list",
        )
    raise BackendNotFoundError(
        f"There is no backend {name!r}.",
        expected=_FORMS,
        got=name,
        hint=f"--backend {' or '.join(closest(name) or ['aer'])}",
    )


def schemes() -> tuple[str, ...]:
    """Return the schemes of the plugins that are installed, without loading them."""
    from importlib.metadata import entry_points

    return tuple(sorted({entry.name for entry in entry_points(group=PLUGIN_GROUP)} - _OURS))


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


def check_snapshot(device: str, *, flag: str = "--backend") -> None:
    """Check that there is a device snapshot of that name.

    Parameters
    ----------
    device
        The name, with its ``fake_``.
    flag
        Where it was given, for the hint.

    Raises
    ------
    BackendNotFoundError
        If there is none; the hint names the snapshots whose devices may have been meant.
    """
    if device not in snapshots():
        similar = [name for name in closest(device) if name in snapshots()] or ["fake_brisbane"]
        raise BackendNotFoundError(
            f"There is no device snapshot {device!r}.",
            expected=f"one of {len(snapshots())}, see neuroqgan backends list",
            got=device,
            hint=f"{flag} {' or '.join(similar)}",
        )


def snapshot_target(device: str) -> Target:
    """Return the target of a device snapshot.

    Raises
    ------
    BackendNotFoundError
        If there is none of that name.
    """
    check_snapshot(device)
    return snapshots()[device]().target


def closest(name: str) -> list[str]:
    """Return the backends that an unknown name may mean, the likeliest first; none, if none may.

    What a simulator of Qiskit's, or of another package, does is more alike than its letters:
    ``qasm_simulator`` is ``aer``, and ``statevector`` is ``exact``. A city's name is a device's,
    whatever stands before and after it.
    """
    words = set(re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())) - {""}
    squeezed = "".join(re.findall("[a-z]", name.lower()))
    cities = [
        snapshot
        for snapshot in snapshots()
        if snapshot.removeprefix("fake_") in words
        or squeezed.removeprefix("fake").removesuffix("v") == snapshot.removeprefix("fake_")
    ]
    if cities:
        return [f"ibm_{cities[0][5:]}", *cities] if "ibm" in words else cities
    if "least" in words or "busy" in words:
        return [f"ibm:{LEAST_BUSY}"]
    shots = [word for word in _SHOTS if word in squeezed]
    if any(word in squeezed for word in _IDEAL):
        return ["exact", "aer"] if shots else ["exact"]
    if shots or words & _LOCAL:
        return ["aer"]
    # Without the prefix, which makes all snapshots alike.
    known = {"aer": "aer", "exact": "exact"} | {n.removeprefix("fake_"): n for n in snapshots()}
    similar = difflib.get_close_matches(name.lower().removeprefix("fake_"), known, n=3, cutoff=0.6)
    return [known[word] for word in similar]


def twin_hint(device: str) -> str:
    """Return what to type instead of a device of IBM's that is out of reach: its snapshot."""
    twin = f"fake_{device.removeprefix('ibm_')}"
    return f"--backend {[*([twin] if twin in snapshots() else closest(twin)), 'fake_brisbane'][0]}"
