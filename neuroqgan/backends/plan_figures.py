"""What the circuits of a plan are like on their device: gates, errors, durations, coherence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.bit_errors import bit_errors
from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.placement.mid_circuit import Timing, steps, timing
from neuroqgan.backends.placement.post_selection import pulses_per_flip, share_passed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page, Tile


@dataclass(frozen=True)
class PlanFigures:
    """Figures of the circuits of a plan; their meaning is that of `Estimate`'s fields."""

    qubits: int
    tiles: int
    depth: int
    two_qubit_gates: int
    bit_error: float
    worst_bit_error: float
    circuit_seconds: float
    initialisation_seconds: float
    t1: float | None
    t2: float | None
    kept_seconds: float
    kept_of_t1: float
    share_kept: float


def plan_figures(plan: Plan, target: Target) -> PlanFigures:
    """Return figures of the circuits of a plan.

    Parameters
    ----------
    plan
        Made for the device.
    target
        Of the device.
    """
    errors_of = Calibration.of(target)
    tiles = [tile for page in plan.pages for tile in page.tiles]
    # Cells on paths with the same gates share a circuit, and a cell may appear on many pages.
    walked = {id(tile.circuit): tile.circuit for tile in tiles}
    walks = {name: steps(circuit) for name, circuit in walked.items()}
    distinct = {_place(tile): tile for tile in tiles}
    bits = {
        place: bit_errors(tile, walks[place[0]], target, errors_of)
        for place, tile in distinct.items()
    }
    errors = np.concatenate([bits[_place(tile)] for tile in tiles])
    chosen = sorted({qubit for tile in tiles for qubit in tile.qubits})
    kept = np.zeros(errors_of.n_qubits)
    timings = {
        place: timing(tile.circuit, tile.qubits, target, walks[place[0]])
        for place, tile in distinct.items()
    }
    for place, tile in distinct.items():
        qubits = list(tile.qubits)
        kept[qubits] = np.maximum(kept[qubits], timings[place].kept)
    n_joins = {name: circuit.num_nonlocal_gates() for name, circuit in walked.items()}
    return PlanFigures(
        qubits=max(len(set(page.layout.qubits)) for page in plan.pages),
        tiles=max(len(page.tiles) for page in plan.pages),
        depth=max(map(_depth, plan.pages)),
        two_qubit_gates=max(
            sum(n_joins[id(tile.circuit)] for tile in page.tiles) for page in plan.pages
        ),
        bit_error=float(errors.mean()),
        worst_bit_error=float(errors.max()),
        circuit_seconds=float(
            np.mean([_page_seconds(page, timings, target) for page in plan.pages])
        ),
        initialisation_seconds=_reset_seconds(target),
        t1=_shortest(errors_of.t1[chosen]),
        t2=_shortest(errors_of.t2[chosen]),
        kept_seconds=float(kept.max()),
        kept_of_t1=float((kept / errors_of.t1).max()),
        share_kept=_share_kept(plan, target, errors_of),
    )


def _share_kept(plan: Plan, target: Target, errors_of: Calibration) -> float:
    pulses = {page.checks.pulse for page in plan.pages if page.checks is not None}
    if not pulses:
        return 1.0
    (pulse,) = pulses
    placed = target[pulse] or {}
    errors = [placed.get((qubit,)) for qubit in range(errors_of.n_qubits)]
    n_pulses = pulses_per_flip(pulse)
    by_pulse = np.array([0.0 if one is None else n_pulses * (one.error or 0.0) for one in errors])
    return share_passed(plan, errors_of.readout, by_pulse)


def _place(tile: Tile) -> tuple[int, tuple[int, ...]]:
    return id(tile.circuit), tile.qubits


def _depth(page: Page) -> int:
    if all(tile.is_mid_circuit for tile in page.tiles):
        # The tiles do not depend on each other, and walking through the page would take long.
        circuits = {id(tile.circuit): tile.circuit for tile in page.tiles}
        return max(int(circuit.depth()) for circuit in circuits.values())
    return 0 if page.circuit is None else int(page.circuit.depth())


def _page_seconds(
    page: Page, timings: dict[tuple[int, tuple[int, ...]], Timing], target: Target
) -> float:
    if all(tile.is_mid_circuit for tile in page.tiles):
        return max(timings[_place(tile)].seconds for tile in page.tiles)
    return 0.0 if page.circuit is None else float(page.circuit.estimate_duration(target, unit="s"))


def _reset_seconds(target: Target) -> float:
    """Return how long the initialisation of the qubits takes, by the usual reset of the device."""
    placed = target["reset"] if "reset" in target.operation_names else None
    durations = [value.duration or 0.0 for value in (placed or {}).values() if value]
    return float(np.median(durations)) if durations else 0.0


def _shortest(times: NDArray[np.float64]) -> float | None:
    return float(times.min()) if np.isfinite(times).any() else None
