"""Devices simulated on Aer with the noise that their calibration reports.

Every tile is simulated with the part of the device's noise model that concerns its qubits. Qubits
that wait for others relax meanwhile, so cells that measure mid-circuit, or hold several bins, are
simulated with their waiting times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.backends.local.shots import AerShots
from neuroqgan.backends.names import (
    snapshot_repetition,
    snapshot_target,
    snapshot_time,
    snapshots,
)
from neuroqgan.backends.operation_names import MEASURE
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.fast_operations import plain_operations
from neuroqgan.backends.placement.held_spikes import with_readout_decay
from neuroqgan.backends.placement.mid_circuit import with_delays
from neuroqgan.backends.placement.plan import Plan, device_plan
from neuroqgan.backends.repetition import RepetitionDelay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Self

    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.names import BackendName
    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.tiles import Tile
    from neuroqgan.backends.protocol import Opening
    from neuroqgan.circuits.program import Program


class SimulatedBackend(AerBackend):
    """A quantum device, simulated with the errors that it reports.

    Parameters
    ----------
    name
        Of the backend.
    target
        Qubits, gates and errors of the device.
    repetition
        Delays between two executions that the device allows.

    Examples
    --------
    >>> from neuroqgan.backends.registry import resolve
    >>> backend = resolve("fake_nairobi")
    >>> backend.target.num_qubits, backend.simulates
    (7, True)
    """

    kind = "fake"
    target: Target

    def __init__(
        self, name: str, target: Target, repetition: RepetitionDelay | None = None
    ) -> None:
        super().__init__()
        self.name = name
        self.target = target
        self._repetition = RepetitionDelay() if repetition is None else repetition
        self.default_rep_delay = self._repetition.default
        self._noisy: dict[tuple[tuple[int, ...], frozenset[tuple[int, str]]], AerShots] = {}

    @property
    def calibrated(self) -> datetime | None:
        """When the device was calibrated that the snapshot was taken of."""
        return snapshot_time(self.name) if self.name in snapshots() else None

    @classmethod
    def open(cls, name: BackendName, opening: Opening) -> Self:
        """Return the simulation of a device snapshot, with fractional gates if it has them.

        Raises
        ------
        BackendNotFoundError
            If there is no snapshot of that name.
        """
        target = snapshot_target(name.device, fractional_gates=opening.fractional_gates)
        return cls(name.device, target, snapshot_repetition(name.device))

    def check_options(self, options: JobOptions) -> None:
        """Check that the device would allow the options; those for hardware have no effect here.

        Raises
        ------
        ConfigError
            If the delay between executions is outside the range of the device.
        """
        if options.rep_delay is not None:
            self._repetition.check(options.rep_delay, self.name)

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program for the device, as it would be planned for the device itself."""
        return device_plan(program, self.target, self.name, placement)

    def _shots(self, tile: Tile) -> AerShots:
        read_by = frozenset(zip(tile.measured_qubits, tile.measurements, strict=True))
        key = tile.qubits, read_by
        if key not in self._noisy:
            self._noisy[key] = AerShots(device_noise(self.target, tile.qubits, dict(read_by)))
        return self._noisy[key]

    def _circuit(self, tile: Tile) -> QuantumCircuit:
        if tile.is_mid_circuit or tile.offsets:
            delayed = with_delays(tile.circuit, tile.qubits, self.target)
            return plain_operations(with_readout_decay(delayed, tile.qubits, self.target))
        return plain_operations(tile.circuit)


def device_noise(
    target: Target, qubits: tuple[int, ...], read_by: Mapping[int, str] | None = None
) -> Any:
    """Return Aer's noise model of some qubits of a device, numbered from 0 in this order.

    Parameters
    ----------
    target
        Of the device.
    qubits
        Physical qubits.
    read_by
        Operations that measure some of them, by qubit; all others have plain measurements.
    """
    from qiskit.providers import BackendV2, Options
    from qiskit_aer.noise import NoiseModel

    part = restrict(target, qubits)
    for wire, qubit in enumerate(qubits):
        name = (read_by or {}).get(qubit, MEASURE)
        if name != MEASURE:
            part.update_instruction_properties(MEASURE, (wire,), target[name][(qubit,)])

    class Part(BackendV2):  # type: ignore[misc]  # qiskit has no py.typed
        """The least that `NoiseModel.from_backend` reads a target from."""

        @property
        def target(self) -> Target:
            return part

        @property
        def max_circuits(self) -> None:
            return None

        @classmethod
        def _default_options(cls) -> Options:
            return Options()

        def run(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

    return NoiseModel.from_backend(Part())
