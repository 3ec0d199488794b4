"""Cell circuits on Aer in this process, without noise or with a noise model of the user's own.

The tiles of a page share no gate, so each is simulated alone, on its own few qubits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.local.shot_calls import ShotCall, measure_calls
from neuroqgan.backends.local.shots import AerShots
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import Plan, ideal_plan
from neuroqgan.backends.placement.post_selection import add_checks
from neuroqgan.backends.protocol import Limits
from neuroqgan.seeding import spawned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
        (bits,) = self._run([page], [values], [seed], shots, on_progress or _ignore)
        return bits

    def run_pages(
        self,
        pages: Sequence[Page],
        values: Sequence[NDArray[np.float64]],
        *,
        seed: int,
        shots: int = 1,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[NDArray[np.bool_]]:
        """Run pages, which workers share if there are any; see `LocalBackend.run_pages`."""
        streams = np.random.SeedSequence(seed).spawn(len(pages))
        return self._run(pages, values, streams, shots, on_progress or _ignore)

    def _run(
        self,
        pages: Sequence[Page],
        values: Sequence[NDArray[np.float64]],
        streams: Sequence[np.random.SeedSequence],
        shots: int,
        on_progress: Callable[[int], None],
    ) -> list[NDArray[np.bool_]]:
        by_page = [
            self._tiles(page, rows, stream, shots)
            for page, rows, stream in zip(pages, values, streams, strict=True)
        ]
        calls = (call for tiles in by_page for tile in tiles for _, call in tile.calls)
        measured = measure_calls(calls, on_progress)
        return [_side_by_side([tile.bits(measured) for tile in tiles]) for tiles in by_page]

    def _tiles(
        self, page: Page, values: NDArray[np.float64], seed: np.random.SeedSequence, shots: int
    ) -> list[_TileCalls]:
        """Return the calls of every tile of a page."""
        angles = np.empty_like(values)
        angles[:, page.columns()] = values
        edges = np.cumsum([tile.circuit.num_parameters for tile in page.tiles])[:-1]
        streams = [seed, *spawned(seed, len(page.tiles) - 1)]
        parts = np.split(angles, edges, axis=1)
        tiles = []
        for tile, rows, stream in zip(page.tiles, parts, streams, strict=True):
            circuit = self._circuit(tile)
            if page.checks is not None:
                circuit = add_checks(circuit, page.checks.pulse)
            tiles.append(self._tile(tile, circuit, rows, shots, stream))
        return tiles

    def _shots(self, _tile: Tile) -> AerShots:
        """Return the simulator of a tile's qubits."""
        return self._ideal

    def _circuit(self, tile: Tile) -> QuantumCircuit:
        """Return the circuit of a tile as it is simulated."""
        return tile.circuit

    def _tile(
        self,
        tile: Tile,
        circuit: QuantumCircuit,
        rows: NDArray[np.float64],
        n_shots: int,
        stream: np.random.SeedSequence,
    ) -> _TileCalls:
        simulator = self._shots(tile)
        chunk = _CHUNK
        if tile.is_mid_circuit:
            chunk = max(1, min(_CHUNK, _GATES // tile.circuit.size()))
        if len(rows) > 1 and (rows == rows[0]).all():
            # One circuit with many shots, as in the calibration of the readout, costs Aer a
            # fraction of as many circuits with one shot.
            rows, n_shots = rows[:1], n_shots * len(rows)
        where = _calls(len(rows), n_shots, chunk)
        seeds = stream.generate_state(len(where)) >> 1
        calls = [
            (
                (here, now),
                ShotCall(simulator, circuit, rows[here], len(range(n_shots)[now]), int(n)),
            )
            for (here, now), n in zip(where, seeds, strict=True)
        ]
        return _TileCalls((len(rows), n_shots, circuit.num_clbits), tile.n_bits, calls)


@dataclass(frozen=True)
class _TileCalls:
    """The calls of a tile, each with its rows and shots.

    Parameters
    ----------
    shape
        ``(n_rows, n_shots, n_classical_bits)`` of its bits.
    n_bits
        Bits of the first measurement; those of a second one follow.
    calls
        Calls of Aer, and where their bits belong.
    """

    shape: tuple[int, int, int]
    n_bits: int
    calls: list[tuple[tuple[slice, slice], ShotCall]]

    def bits(self, measured: Iterator[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
        """Take the bits of the calls, and return those of the first and second measurements."""
        bits = np.empty(self.shape, bool)
        for where, _ in self.calls:
            bits[where] = next(measured)
        return np.split(bits.reshape(-1, self.shape[2]), [self.n_bits], axis=1)


def _side_by_side(tiles: list[list[NDArray[np.bool_]]]) -> NDArray[np.bool_]:
    # The second measurements of all tiles, if there are any, follow the first ones.
    return np.concatenate([part for parts in zip(*tiles, strict=True) for part in parts], 1)


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
