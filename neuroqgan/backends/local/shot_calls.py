"""Calls of Aer, made in this process or cut into tasks for workers; the bits are the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.workers.completed import completed
from neuroqgan.workers.spreading import current_spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.backends.local.shots import AerShots

    Bits = NDArray[np.bool_]

# Aer gives each circuit of a call, which is a row of angles, this much more for a seed than the one
# before. Rows that are measured in a call of their own therefore get the shots they would have got.
_SEED_STEP = 2113

_FEWEST_ROWS = 64
"""Rows that are worth a task: they take longer than to send them."""

_MOST_ROWS = 1024
"""Rows of a task that starts at once: seconds, so that progress shows and Ctrl-C is heard."""


@dataclass(frozen=True)
class ShotCall:
    """What `AerShots.measure` is called with.

    Parameters
    ----------
    shots
        The simulator.
    circuit, angles, n_shots, seed
        See `AerShots.measure`.
    """

    shots: AerShots
    circuit: QuantumCircuit
    angles: NDArray[np.floating]
    n_shots: int
    seed: int

    @property
    def n_executions(self) -> int:
        """Shots of all rows."""
        return len(self.angles) * self.n_shots

    def measure(self) -> Bits:
        """Measure; booleans ``(n_rows, n_shots, n_classical_bits)``."""
        return self.shots.measure(self.circuit, self.angles, n_shots=self.n_shots, seed=self.seed)

    def cut(self, n_rows: int) -> Iterator[ShotCall]:
        """Yield calls of at most so many rows, which measure the same bits."""
        for start in range(0, len(self.angles), n_rows):
            rows = self.angles[start : start + n_rows]
            yield replace(self, angles=rows, seed=self.seed + _SEED_STEP * start)


_Task = tuple[int, list[ShotCall]]


def measure_calls(
    calls: Iterable[ShotCall], on_progress: Callable[[int], None] = lambda _: None
) -> Iterator[Bits]:
    """Yield the bits of calls, one after the other.

    Parameters
    ----------
    calls
        What is measured.
    on_progress
        Called with the number of shots, of all rows, measured since the last time.
    """
    spread = current_spread()
    if spread is None:
        for call in calls:
            alone = call.measure()
            on_progress(call.n_executions)
            yield alone
        return
    known = list(calls)
    n_rows = max(_FEWEST_ROWS, -(-sum(len(call.angles) for call in known) // spread.n_tasks))
    if not spread.queues:
        n_rows = min(n_rows, _MOST_ROWS)
    parts = [list(call.cut(n_rows)) for call in known]
    tasks = _tasks([part for call in parts for part in call], n_rows)
    # One task alone is not worth sending.
    found = completed(spread.executor, _measure, tasks) if len(tasks) > 1 else _here(tasks)
    bits: dict[int, list[Bits]] = {}
    for (number, made), here in found:
        if isinstance(here, Exception):
            raise here
        bits[number] = here
        on_progress(sum(call.n_executions for call in made))
    measured = iter([part for number in range(len(tasks)) for part in bits[number]])
    for cut in parts:
        yield np.concatenate([next(measured) for _ in cut])


def _tasks(parts: Sequence[ShotCall], n_rows: int) -> list[_Task]:
    """Put calls together in tasks of about so many rows."""
    tasks: list[_Task] = []
    room = 0
    for part in parts:
        if room < len(part.angles):
            tasks.append((len(tasks), []))
            room = n_rows
        tasks[-1][1].append(part)
        room -= len(part.angles)
    return tasks


def _here(tasks: list[_Task]) -> Iterator[tuple[_Task, list[Bits] | Exception]]:
    for task in tasks:
        yield task, _measure(task)


def _measure(task: _Task) -> list[Bits]:
    """Measure the calls of a task, in the process of a worker."""
    return [call.measure() for call in task[1]]
