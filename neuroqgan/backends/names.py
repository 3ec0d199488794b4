"""Names of backends, and the device snapshots that ship with qiskit-ibm-runtime."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.kinds import KINDS, kind_of
from neuroqgan.backends.repetition import RepetitionDelay
from neuroqgan.errors import BackendNotFoundError

if TYPE_CHECKING:
    from qiskit.transpiler import Target

LEAST_BUSY = "least-busy"
PLUGIN_GROUP = "neuroqgan.backends"

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
        What runs the circuits, a key of `neuroqgan.backends.kinds.KINDS`.
    device
        The device's own name, with the prefix of its kind (``fake_brisbane``, ``ibm_fez``), or
        `LEAST_BUSY`; empty for backends that are named by their kind alone.
    scheme
        What stands before the device of a plugin; empty for all other kinds.

    Examples
    --------
    >>> parse("ibm:fez")
    BackendName(kind='ibm', device='ibm_fez', scheme='')
    >>> str(parse("aer:brisbane"))
    'fake_brisbane'
    """

    kind: str
    device: str
    scheme: str = ""

    def __str__(self) -> str:
        if self.scheme:
            return f"{self.scheme}:{self.device}"
        if self.device == LEAST_BUSY:
            return f"{self.kind}:{LEAST_BUSY}"
        return self.device or self.kind


def parse(name: str) -> BackendName:
    """Understand the name of a backend; whether the device exists is not checked.

    ``aer:brisbane`` is another way to write ``fake_brisbane``. Other schemes are those of the
    installed plugins.

    Parameters
    ----------
    name
        Such as ``aer``, ``fake_brisbane``, ``ibm:least-busy`` or ``<scheme>:<device>``.

    Raises
    ------
    BackendNotFoundError
        If the name has none of the known forms.
    """
    text = name.strip()
    if text in KINDS and KINDS[text].naming == "alone":
        return BackendName(text, "")
    scheme, colon, rest = text.partition(":")
    if scheme == "aer" and rest:
        scheme = "fake"
    if colon and rest and scheme in KINDS and KINDS[scheme].naming == "prefix":
        if KINDS[scheme].remote and rest == LEAST_BUSY:
            return BackendName(scheme, LEAST_BUSY)
        return BackendName(scheme, f"{scheme}_{rest.removeprefix(f'{scheme}_')}")
    prefix = scheme.partition("_")[0]
    if not colon and prefix != scheme and kind_of(prefix).naming == "prefix":
        return BackendName(prefix, scheme)
    plugins = schemes()
    if rest and scheme in plugins:
        return BackendName("plugin", rest, scheme)
    if rest and scheme == "instance":
        return BackendName("instance", rest, scheme)
    if rest:
        raise BackendNotFoundError(
            f"There is no backend {name!r}: no installed plugin has the scheme {scheme!r}.",
            expected=f"one of the schemes {', '.join([*_prefixes(), *plugins])}",
            got=scheme,
            hint="install the plugin; `neuroqgan backends list` shows what is there",
        )
    raise BackendNotFoundError(
        f"There is no backend {name!r}.",
        expected=_forms(),
        got=name,
        hint=" or ".join(f"`backend = {meant}`" for meant in closest(name) or ["aer"]),
    )


def schemes() -> tuple[str, ...]:
    """Return the schemes of the installed plugins, without loading them.

    A plugin cannot take over the name of one of our own kinds.
    """
    from importlib.metadata import entry_points

    return tuple(sorted({entry.name for entry in entry_points(group=PLUGIN_GROUP)} - {*KINDS}))


def _prefixes() -> list[str]:
    return [kind for kind, about in KINDS.items() if about.naming == "prefix"]


def _forms() -> str:
    alone = [kind for kind, about in KINDS.items() if about.naming == "alone"]
    devices = [f"{prefix}_<device>" for prefix in _prefixes()]
    busy = [f"{kind}:{LEAST_BUSY}" for kind, about in KINDS.items() if about.remote]
    return f"{', '.join([*alone, *devices, *busy])}, or <scheme>:<device> of a plugin"


@cache
def snapshots() -> dict[str, Any]:
    """Return the classes of all device snapshots by name, such as ``fake_brisbane``."""
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
    """Return the number of qubits of every snapshot, read from the files of qiskit-ibm-runtime."""
    numbers = {}
    for name, device in snapshots().items():
        configuration = Path(device.dirname) / device.conf_filename
        numbers[name] = int(json.loads(configuration.read_text(encoding="utf-8"))["n_qubits"])
    return numbers


def snapshot_target(device: str, *, fractional_gates: bool = False) -> Target:
    """Return the qubits, gates and errors of a device snapshot.

    Parameters
    ----------
    device
        The name, with its ``fake_``.
    fractional_gates
        Whether rotations about x are single pulses, if the snapshot reports them.

    Raises
    ------
    BackendNotFoundError
        If there is none; the hint names the snapshots that may have been meant.
    """
    if device not in snapshots():
        similar = [name for name in closest(device) if name in snapshots()] or ["fake_brisbane"]
        raise BackendNotFoundError(
            f"There is no device snapshot {device!r}.",
            expected=f"one of {len(snapshots())}; `neuroqgan backends list` shows them",
            got=device,
            hint=" or ".join(f"`backend = {name}`" for name in similar),
        )
    snapshot = snapshots()[device]()
    return _with_rx(snapshot) if fractional_gates else snapshot.target


def _with_rx(snapshot: Any) -> Target:
    """Return the target of a snapshot with the RX gates that its properties report."""
    from copy import deepcopy

    from qiskit.circuit import Parameter
    from qiskit.circuit.library import RXGate
    from qiskit.transpiler import InstructionProperties

    target, properties = deepcopy(snapshot.target), snapshot.properties()
    found = {}
    for gate in properties.gates if properties is not None else ():
        if gate.gate == "rx":
            qubit = gate.qubits[0]
            found[qubit,] = InstructionProperties(
                duration=properties.gate_length("rx", qubit),
                error=properties.gate_error("rx", qubit),
            )
    if found and "rx" not in target.operation_names:
        target.add_instruction(RXGate(Parameter("theta")), found)
    return target


def snapshot_repetition(device: str) -> RepetitionDelay:
    """Return the delays between two executions that the device of a snapshot allows.

    Parameters
    ----------
    device
        Name of a snapshot, with its ``fake_``.

    Examples
    --------
    >>> snapshot_repetition("fake_miami")
    RepetitionDelay(default=0.004, least=0.001, most=0.004)
    """
    found = snapshots()[device]
    configuration = Path(found.dirname) / found.conf_filename
    return RepetitionDelay.of(json.loads(configuration.read_text(encoding="utf-8")))


def snapshot_time(device: str) -> datetime | None:
    """Return when the device was calibrated that a snapshot was taken of; None if it says nothing.

    Parameters
    ----------
    device
        The name of a snapshot, with its ``fake_``.

    Examples
    --------
    >>> snapshot_time("fake_nairobi").year
    2024
    """
    kind = snapshots()[device]
    try:
        properties = Path(kind.dirname) / kind.props_filename
        said = json.loads(properties.read_text(encoding="utf-8"))["last_update_date"]
        found = datetime.fromisoformat(said)
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None


def closest(name: str) -> list[str]:
    """Return the backends that an unknown name may mean, the likeliest first; perhaps none.

    For simulators of Qiskit and other packages, what they do counts more than their spelling:
    ``qasm_simulator`` is ``aer``, and ``statevector`` is ``exact``. The name of a city is that of a
    device, whatever stands before and after it.
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
    """Return the setting to use if a device of IBM is out of reach: the snapshot of that device.

    Examples
    --------
    >>> twin_hint("ibm_fez")
    '`backend = fake_fez`'
    """
    twin = f"fake_{device.removeprefix('ibm_')}"
    found = [*([twin] if twin in snapshots() else closest(twin)), "fake_brisbane"][0]
    return f"`backend = {found}`"
