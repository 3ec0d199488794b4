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
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.mid_circuit import with_delays
from neuroqgan.backends.placement.plan import Plan, device_plan

if TYPE_CHECKING:
    from typing import Self

    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.names import BackendName
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

    Examples
    --------
    >>> from neuroqgan.backends.registry import resolve
    >>> backend = resolve("fake_nairobi")
    >>> backend.target.num_qubits, backend.simulates
    (7, True)
    """

    kind = "fake"
    target: Target

    def __init__(self, name: str, target: Target) -> None:
        super().__init__()
        self.name = name
        self.target = target
        self._noisy: dict[tuple[int, ...], AerShots] = {}

    @classmethod
    def open(cls, name: BackendName, opening: Opening) -> Self:
        """Return the simulation of a device snapshot, with fractional gates if it has them.

        Raises
        ------
        BackendNotFoundError
            If there is no snapshot of that name.
        """
        target = snapshot_target(name.device, fractional_gates=opening.fractional_gates)
        return cls(name.device, target)

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program for the device, as it would be planned for the device itself."""
        return device_plan(program, self.target, self.name, placement)

    def _shots(self, tile: Tile) -> AerShots:
        if tile.qubits not in self._noisy:
            self._noisy[tile.qubits] = AerShots(device_noise(self.target, tile.qubits))
        return self._noisy[tile.qubits]

    def _circuit(self, tile: Tile) -> QuantumCircuit:
        if tile.is_mid_circuit or tile.offsets:
            return with_delays(tile.circuit, tile.qubits, self.target)
        return tile.circuit


def device_noise(target: Target, qubits: tuple[int, ...]) -> Any:
    """Return Aer's noise model of some qubits of a device, numbered from 0 in this order.

    Parameters
    ----------
    target
        Of the device.
    qubits
        Physical qubits.
    """
    from qiskit.providers import BackendV2, Options
    from qiskit_aer.noise import NoiseModel

    part = restrict(target, qubits)

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
