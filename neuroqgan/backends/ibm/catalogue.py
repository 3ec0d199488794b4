"""Which devices there are: the service's list, and the choice among them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.names import twin_hint
from neuroqgan.errors import BackendNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class ListedDevice:
    """A device as the service lists it.

    Parameters
    ----------
    name
        Such as ``ibm_fez``.
    qubits
        Of the device.
    queue
        Number of jobs that are waiting.
    status
        In the service's words; ``online`` if it accepts and runs jobs.
    """

    name: str
    qubits: int
    queue: int
    status: str

    @property
    def operational(self) -> bool:
        """Whether it accepts and runs jobs."""
        return self.status == "online"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


def read_listing(rows: Sequence[dict[str, Any]]) -> list[ListedDevice]:
    """Read the service's list; mock devices are left out."""
    return [
        ListedDevice(
            name=str(row["name"]),
            qubits=int(row["qubits"]),
            queue=int(row.get("queue_length") or 0),
            status=str(row["status"]["name"]),
        )
        for row in rows
        if row.get("class") != "mock"
    ]


def least_busy(devices: Sequence[ListedDevice], min_qubits: int) -> ListedDevice:
    """Return the operational device with the shortest queue that is large enough.

    Parameters
    ----------
    devices
        As listed.
    min_qubits
        Fewest qubits that it must have.

    Raises
    ------
    BackendNotFoundError
        If there is none.
    """
    fitting = [d for d in devices if d.operational and d.qubits >= min_qubits]
    if not fitting:
        raise BackendNotFoundError(
            "No suitable device is online.",
            expected=f"a device that is online and has {min_qubits or 'any number of'} qubits or "
            "more",
            got=_listed(devices),
            hint="try again later; neuroqgan backends list shows the devices",
        )
    return min(fitting, key=lambda d: (d.queue, -d.qubits, d.name))


def unknown_device(name: str, devices: Sequence[ListedDevice]) -> BackendNotFoundError:
    """Return the error for a name that the service does not list."""
    return BackendNotFoundError(
        f"IBM Quantum offers no device {name} to this account; it may have been retired.",
        expected=f"one of {', '.join(d.name for d in devices)}" if devices else "a device",
        got=name if devices else "an account without devices",
        hint=twin_hint(name),
    )


def _listed(devices: Sequence[ListedDevice]) -> str:
    words = [f"{d.name} ({d.qubits} qubits, {d.status})" for d in devices]
    return ", ".join(words) or "no device at all"
