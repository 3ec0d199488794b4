"""What a device is like, for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.chains import capacity

if TYPE_CHECKING:
    from neuroqgan.backends.simulated import SimulatedBackend

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
    """

    backend: str
    qubits: int | None = None
    usable_qubits: int | None = None
    gates: tuple[str, ...] = ()
    readout_error: float | None = None
    single_qubit_error: float | None = None
    two_qubit_error: float | None = None
    cells: int | None = None

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
        return [
            ("Backend", self.backend),
            ("Qubits", f"{self.qubits}, of which {self.usable_qubits} are usable"),
            ("Gates", ", ".join(self.gates)),
            ("Errors", errors),
            ("Room", f"{self.cells} cells of {_CELL} neurons in one shot"),
        ]


def describe_device(backend: SimulatedBackend) -> DeviceDescription:
    """Describe the device behind a backend."""
    if backend.target is None:
        return DeviceDescription(backend.name)
    calibration = Calibration.of(backend.target)
    usable = calibration.usable
    pairs = list(calibration.pairs.values())
    return DeviceDescription(
        backend=backend.name,
        qubits=calibration.n_qubits,
        usable_qubits=int(usable.sum()),
        gates=tuple(sorted(backend.target.operation_names)),
        readout_error=float(np.median(calibration.readout[usable])),
        single_qubit_error=float(np.median(calibration.single[usable])),
        two_qubit_error=float(np.median(pairs)) if pairs else 0.0,
        cells=capacity(calibration, _CELL),
    )
