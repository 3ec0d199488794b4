"""Cell circuits on Aer in this process, without noise or with a noise model of the user's own.

The tiles of a page share no gate, so each is simulated alone, on its own few qubits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.local.shots import AerShots
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import Plan, ideal_plan
from neuroqgan.backends.placement.post_selection import add_checks
from neuroqgan.backends.protocol import Limits
from neuroqgan.seeding import spawned

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.backends.placement.tiles import Page, Tile
    from neuroqgan.circuits.program import Program

# Rows per call: enough to keep Aer's threads busy, few enough to keep its results small.
_CHUNK = 8192
# Gates per call of cells that measure mid-circuit, of which Aer runs every shot from the beginning:
# less than a minute, so that progress shows.
_GATES = 3_000_000


class AerBackend(LocalBackend):
    """Cell circuits on Aer, each row with angles of its own.

    Parameters
    ----------
    noise_model
        An Aer noise model, or None for ideal circuits.

    Examples
    --------
    >>> backend = AerBackend()
    >>> backend.name, backend.repeatable, backend.charges
    ('aer', True, False)
    """

    name = "aer"
    kind = "aer"
    # A state vector of a few megabytes; a noisy shot of so many takes about a second.
    limits = Limits(max_qubits=20)

    def __init__(self, noise_model: Any = None) -> None:
        self._ideal = AerShots(noise_model)

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program: every cell circuit alone, on as many qubits as it needs."""
        return ideal_plan(program, self.name)

    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        shots: int = 1,
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
            circuit = self._circuit(tile)
            if page.checks is not None:
                circuit = add_checks(circuit, page.checks.pulse)
            bits = self._run_tile(tile, circuit, rows, shots, stream, on_progress or _ignore)
            measured.append(np.split(bits, [tile.n_bits], axis=1))
        # The second measurements of all tiles, if there are any, follow the first ones.
        return np.concatenate([part for parts in zip(*measured, strict=True) for part in parts], 1)

    def _shots(self, _tile: Tile) -> AerShots:
        """Return the simulator of a tile's qubits."""
        return self._ideal

    def _circuit(self, tile: Tile) -> QuantumCircuit:
        """Return the circuit of a tile as it is simulated."""
        return tile.circuit

    def _run_tile(
        self,
        tile: Tile,
        circuit: QuantumCircuit,
        rows: NDArray[np.float64],
        n_shots: int,
        stream: np.random.SeedSequence,
        on_progress: Callable[[int], None],
    ) -> NDArray[np.bool_]:
        simulator = self._shots(tile)
        chunk = _CHUNK
        if tile.is_mid_circuit:
            chunk = max(1, min(_CHUNK, _GATES // tile.circuit.size()))
        if len(rows) > 1 and (rows == rows[0]).all():
            # One circuit with many shots, as in the calibration of the readout, costs Aer a
            # fraction of as many circuits with one shot.
            rows, n_shots = rows[:1], n_shots * len(rows)
        n_bits = circuit.num_clbits
        bits = np.empty((len(rows), n_shots, n_bits), bool)
        calls = _calls(len(rows), n_shots, chunk)
        for (here, now), number in zip(calls, stream.generate_state(len(calls)) >> 1, strict=True):
            n_now = len(range(n_shots)[now])
            part = rows[here]
            bits[here, now] = simulator.measure(circuit, part, n_shots=n_now, seed=int(number))
            on_progress(len(part) * n_now)
        return bits.reshape(-1, n_bits)


def _calls(n_rows: int, n_shots: int, chunk: int) -> list[tuple[slice, slice]]:
    """Cut rows, and shots if a row has too many, into calls of about `chunk` shots."""
    n_now = max(1, chunk // n_shots)
    return [
        (slice(row, row + n_now), slice(shot, shot + chunk))
        for row in range(0, n_rows, n_now)
        for shot in range(0, n_shots, chunk)
    ]


def _ignore(_: int) -> None:
    """Progress that nobody follows."""
