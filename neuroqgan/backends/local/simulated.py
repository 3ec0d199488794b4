"""Backends in this process: ideal Aer, and devices simulated with their calibration noise.

A page's tiles share no gate, so each is simulated alone, on its own few qubits and with the part
of the device's noise model that concerns them. Qubits that wait for others relax meanwhile, so
cells that measure mid-circuit, or hold several bins, are simulated with their waiting times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.local.shots import AerShots
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.mid_circuit import with_delays
from neuroqgan.backends.placement.plan import Plan, device_plan, ideal_plan
from neuroqgan.seeding import spawned

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.backends.placement.tiles import Page, Tile
    from neuroqgan.circuits.program import Program

# Rows a call: enough to keep Aer's threads busy, few enough to keep its results small.
_CHUNK = 8192
# Gates a call of cells that measure mid-circuit, of which Aer runs every shot from the beginning: less
# than a minute, so that progress shows.
_GATES = 3_000_000
# A state vector of a few megabytes; a noisy shot of so many takes about a second.
_MOST_QUBITS = 20


class SimulatedBackend(LocalBackend):
    """Samples programs on Aer, one shot an execution.

    Parameters
    ----------
    name
        Of the backend.
    target
        Of the device whose noise is simulated, or None for ideal cells.
    noise_model
        A noise model for ideal cells, instead of a device.
    """

    most_qubits = _MOST_QUBITS
    """Of the largest circuit that is simulated."""

    def __init__(self, name: str, target: Target | None = None, noise_model: Any = None) -> None:
        self.name = name
        self.target = target
        self._ideal = AerShots(noise_model)
        self._noisy: dict[tuple[int, ...], AerShots] = {}

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program, for the device or for ideal cells."""
        if self.target is None:
            return ideal_plan(program, self.name)
        return device_plan(program, self.target, self.name, placement)

    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        on_progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.bool_]:
        """Run one page, tile by tile; the same seed gives the same bits."""
        angles = np.empty_like(values)
        angles[:, page.columns()] = values
        edges = np.cumsum([tile.circuit.num_parameters for tile in page.tiles])[:-1]
        measured = []
        streams = [seed, *spawned(seed, len(page.tiles) - 1)]
        parts = np.split(angles, edges, axis=1)
        for tile, rows, stream in zip(page.tiles, parts, streams, strict=True):
            measured.append(self._run_tile(tile, rows, stream, on_progress or _ignore))
        return np.concatenate(measured, axis=1)

    def _run_tile(
        self,
        tile: Tile,
        rows: NDArray[np.float64],
        stream: np.random.SeedSequence,
        on_progress: Callable[[int], None],
    ) -> NDArray[np.bool_]:
        shots = self._shots(tile.qubits)
        circuit = tile.circuit
        chunk = _CHUNK
        if tile.is_mid_circuit:
            chunk = max(1, min(_CHUNK, _GATES // circuit.size()))
        if (tile.is_mid_circuit or tile.offsets) and tile.qubits and self.target is not None:
            circuit = with_delays(circuit, tile.qubits, self.target)
        if len(rows) > 1 and (rows == rows[0]).all():
            # One circuit of many shots, as in the calibration of the readout, costs Aer a fraction
            # of as many circuits of one shot.
            starts = range(0, len(rows), chunk)
            measured = []
            for start, number in zip(starts, stream.generate_state(len(starts)) >> 1, strict=True):
                n_shots = min(chunk, len(rows) - start)
                outcome = shots.measure(circuit, rows[:1], n_shots=n_shots, seed=int(number))
                measured.append(outcome[0])
                on_progress(n_shots)
            return np.concatenate(measured)
        chunks = range(0, len(rows), chunk)
        bits = []
        for start, number in zip(chunks, stream.generate_state(len(chunks)) >> 1, strict=True):
            part = rows[start : start + chunk]
            outcome = shots.measure(circuit, part, n_shots=1, seed=int(number))
            bits.append(outcome[:, 0])
            on_progress(len(part))
        return np.concatenate(bits)

    def _shots(self, qubits: tuple[int, ...]) -> AerShots:
        if self.target is None or not qubits:
            return self._ideal
        if qubits not in self._noisy:
            self._noisy[qubits] = AerShots(device_noise(self.target, qubits))
        return self._noisy[qubits]


class AerBackend(SimulatedBackend):
    """Ideal cells on Aer.

    Parameters
    ----------
    noise_model
        An Aer noise model, or None for ideal cells.
    """

    def __init__(self, noise_model: Any = None) -> None:
        super().__init__("aer", noise_model=noise_model)


def device_noise(target: Target, qubits: tuple[int, ...]) -> Any:
    """Return Aer's noise model of some qubits of a device, numbered from 0 in this order."""
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


def _ignore(_: int) -> None:
    """Progress that nobody follows."""
