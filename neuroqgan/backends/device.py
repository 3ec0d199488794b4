"""What a quantum device is like, in words and figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.placement.qubit_paths import capacity
from neuroqgan.backends.remote import is_remote

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.backends.protocol import Backend

_CELL = 10


@dataclass(frozen=True)
class DeviceDescription:
    """Figures of a quantum device; None if it is an ideal simulator, which has none.

    Parameters
    ----------
    backend
        Its name.
    qubits, usable_qubits
        Number of all qubits, and of those that its calibration does not report as faulty.
    gates
        Names of its operations.
    readout_error, single_qubit_error, two_qubit_error
        Probabilities of an error, medians over usable qubits and pairs.
    cells
        How many cell circuits of ten neurons fit side by side.
    queue
        Number of jobs that are waiting, if the device belongs to a service.
    status
        Of such a device, in the service's words.
    calibrated
        When it was calibrated.
    """

    backend: str
    qubits: int | None = None
    usable_qubits: int | None = None
    gates: tuple[str, ...] = ()
    readout_error: float | None = None
    single_qubit_error: float | None = None
    two_qubit_error: float | None = None
    cells: int | None = None
    queue: int | None = None
    status: str | None = None
    calibrated: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON; the time in ISO 8601."""
        at = None if self.calibrated is None else self.calibrated.isoformat()
        return asdict(self) | {"calibrated": at}

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words, each as a label and a text."""
        if self.qubits is None:
            return [("Backend", f"{self.backend}: ideal, with as many qubits as a circuit needs")]
        errors = (
            f"readout {self.readout_error:.2%}, one-qubit gates {self.single_qubit_error:.3%}, "
            f"two-qubit gates {self.two_qubit_error:.2%} (medians)"
        )
        waiting = (
            [] if self.queue is None else [("Queue", f"{self.queue} jobs waiting, {self.status}")]
        )
        return [
            ("Backend", self.backend),
            *waiting,
            ("Qubits", f"{self.qubits}, of which {self.usable_qubits} are usable"),
            ("Gates", ", ".join(self.gates)),
            ("Errors", errors),
            *([] if self.calibrated is None else [("Calibrated", _when(self.calibrated))]),
            ("Room", f"{self.cells} cell circuits of {_CELL} neurons side by side in one shot"),
        ]


def describe_device(backend: Backend) -> DeviceDescription:
    """Describe the quantum device behind a backend.

    Parameters
    ----------
    backend
        A device, the simulation of one, or an ideal simulator.

    Examples
    --------
    >>> from neuroqgan.backends.registry import resolve
    >>> for label, text in describe_device(resolve("fake_nairobi")).lines()[:2]:
    ...     print(label, text)
    Backend fake_nairobi
    Qubits 7, of which 7 are usable

    Raises
    ------
    AccountError
        If the service of a device refuses the account.
    ServiceError
        If the service cannot be reached.
    """
    target = backend.target
    if target is None:
        return DeviceDescription(backend.name)
    queue, status = backend.queue() if is_remote(backend) else (None, None)
    calibration = Calibration.of(target)
    usable = calibration.usable
    pairs = list(calibration.pairs.values())
    return DeviceDescription(
        backend=backend.name,
        qubits=calibration.n_qubits,
        usable_qubits=int(usable.sum()),
        gates=tuple(sorted(target.operation_names)),
        readout_error=_median(calibration.readout[usable]),
        single_qubit_error=_median(calibration.single[usable]),
        two_qubit_error=_median(pairs),
        cells=capacity(calibration, _CELL),
        queue=queue,
        status=status,
        calibrated=backend.calibrated,
    )


def device_facts(target: Target) -> dict[str, Any]:
    """Return errors and neighbours of a device, ready for JSON.

    Parameters
    ----------
    target
        Of the device.

    Returns
    -------
    dict
        ``readout``: probability that a measured bit is wrong, by qubit. ``single``: error of a
        pulse on one qubit. ``t1`` and ``t2``: relaxation and dephasing times in seconds, None if
        none is reported. ``pairs``: two neighbours and the error of their two-qubit gate, for all
        usable pairs. ``coupled``: all neighbours. ``faulty``: qubits that cannot be used.

    Examples
    --------
    >>> from neuroqgan.backends.names import snapshot_target
    >>> facts = device_facts(snapshot_target("fake_nairobi"))
    >>> len(facts["readout"]), facts["coupled"][0]
    (7, [0, 1])
    """
    calibration = Calibration.of(target)
    graph = target.build_coupling_map()
    edges = () if graph is None else graph.get_edges()
    return {
        "readout": calibration.readout.tolist(),
        "single": calibration.single.tolist(),
        "t1": _reported(calibration.t1),
        "t2": _reported(calibration.t2),
        "pairs": [[*pair, error] for pair, error in calibration.pairs.items()],
        "coupled": [list(pair) for pair in sorted({(min(edge), max(edge)) for edge in edges})],
        "faulty": np.flatnonzero(~calibration.usable).tolist(),
    }


def _reported(times: NDArray[np.float64]) -> list[float | None]:
    return [float(time) if np.isfinite(time) else None for time in times]


def _when(at: datetime) -> str:
    """Return a time, and how long ago it was."""
    hours = max(0.0, (datetime.now(UTC) - at).total_seconds() / 3600)
    age = (
        f"{60 * hours:.0f} min" if hours < 1 else f"{hours:.0f} h" if hours < 48 else ""
    ) or f"{hours / 24:.0f} days"
    return f"{at.astimezone(UTC).strftime('%Y-%m-%d %H:%M UTC')}, {age} ago"


def _median(errors: NDArray[np.float64] | list[float]) -> float:
    return float(np.median(errors)) if len(errors) else 0.0
