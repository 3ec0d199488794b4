"""What a device is like, for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.placement.qubit_paths import capacity
from neuroqgan.backends.remote import is_remote

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.backends.protocol import Backend

_CELL = 10


@dataclass(frozen=True)
class DeviceDescription:
    """Figures of a device; None where an ideal simulator has none.

    Parameters
    ----------
    backend
        Its name.
    qubits, usable_qubits
        All of them, and those that its calibration does not report as faulty.
    gates
        Names of its operations.
    readout_error, single_qubit_error, two_qubit_error
        Medians over usable qubits and pairs.
    cells
        Cells of ten neurons that fit side by side.
    queue
        Jobs that wait, on a device behind a service.
    status
        Of such a device, in the service's words.
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

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words: label and text."""
        if self.qubits is None:
            return [("Backend", f"{self.backend}: ideal, as many qubits as a cell needs")]
        errors = (
            f"readout {self.readout_error:.2%}, one qubit {self.single_qubit_error:.3%}, "
            f"two qubits {self.two_qubit_error:.2%} (medians)"
        )
        waiting = [] if self.queue is None else [("Queue", f"{self.queue} jobs, {self.status}")]
        return [
            ("Backend", self.backend),
            *waiting,
            ("Qubits", f"{self.qubits}, of which {self.usable_qubits} are usable"),
            ("Gates", ", ".join(self.gates)),
            ("Errors", errors),
            ("Room", f"{self.cells} cells of {_CELL} neurons in one shot"),
        ]


def describe_device(backend: Backend) -> DeviceDescription:
    """Describe the device behind a backend.

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
    )


def _median(errors: NDArray[np.float64] | list[float]) -> float:
    return float(np.median(errors)) if len(errors) else 0.0
