"""The backend ``aer``: every program in this process, through shots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.shots import AerShots

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.circuits.program import CellBatch, Program
    from neuroqgan.raster import SpikeRaster

# Rows a call: enough to keep Aer's threads busy, few enough to keep its results small.
_CHUNK = 8192


class AerBackend:
    """Samples programs on Aer, one shot a cell.

    Parameters
    ----------
    noise_model
        An Aer noise model, or None for ideal cells.
    """

    name = "aer"

    def __init__(self, noise_model: Any = None) -> None:
        self._shots = AerShots(noise_model)

    def run(
        self,
        program: Program,
        *,
        seed: int,
        on_progress: Callable[[int], None] | None = None,
    ) -> SpikeRaster:
        """Run a program and put its bits together.

        Parameters
        ----------
        program
            As drawn by a generator.
        seed
            Seed of the shots; the same program and seed give the same raster.
        on_progress
            Called with the number of executions done since the last call.
        """
        sequence = np.random.SeedSequence(seed)
        rounds = [
            [self._run_batch(batch, sequence.spawn(1)[0], on_progress) for batch in batches]
            for batches in program.rounds
        ]
        return program.assemble(rounds)

    def _run_batch(
        self,
        batch: CellBatch,
        sequence: np.random.SeedSequence,
        on_progress: Callable[[int], None] | None,
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        chunks = range(0, batch.n_rows, _CHUNK)
        seeds = sequence.generate_state(len(chunks)) >> 1
        measured = []
        for start, seed in zip(chunks, seeds, strict=True):
            rows = batch.angles[start : start + _CHUNK]
            bits = self._shots.measure(batch.circuit, rows, n_shots=1, seed=int(seed))
            measured.append(bits[:, 0])
            if on_progress is not None:
                on_progress(len(rows))
        return np.concatenate(measured)
