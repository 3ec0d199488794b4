"""How the circuits of a generator lie on a quantum device, before any raster is requested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.placement.allowed_qubits import allowed_calibration
from neuroqgan.backends.placement.embedding import room
from neuroqgan.backends.protocol import device_target
from neuroqgan.circuits.folding import fold
from neuroqgan.jobs.planning import (
    arrangement_of,
    check_size,
    lay_out,
    max_samples_per_shot,
    plan_program,
)

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.circuits.program import Program
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource

# More samples than fit on any device side by side.
_MANY = 2000


def plan_circuits(
    source: RasterSource,
    backend: Backend,
    n_samples: int = _MANY,
    placement: Placement = Placement(),
    n_bins: int | None = None,
    options: JobOptions = JobOptions(),
) -> Plan:
    """Plan the circuits of a generator on a quantum device, as they are for its samples.

    Parameters
    ----------
    source
        The generator. Its angles do not matter, but a circuit that prepares a state has fewer
        gates while all weights are zero.
    backend
        A backend with qubits.
    n_samples
        Samples of the raster.
    placement
        How cell circuits are placed.
    n_bins
        Time bins per program: 1 by default, or those of a training window if a program is always a
        whole raster.
    options
        Of the jobs.

    Raises
    ------
    PlanError
        If the circuits do not fit.
    """
    # As many samples as could lie side by side are enough to plan for.
    program = _program(source, min(n_samples, device_target(backend).num_qubits), n_bins)
    if source.bins_at_once is None:
        program = lay_out(program, backend, placement)
    else:
        program = fold(program, max_samples_per_shot(program, backend, placement))
    return plan_program(program, backend, placement, options)


def rows_and_shots(
    source: RasterSource, backend: Backend, order: RasterOrder, plan: Plan
) -> tuple[int, int]:
    """Return the rows of angles of a raster's circuits, and the shots of each.

    Parameters
    ----------
    source
        The generator, with its weights.
    backend
        A backend with qubits.
    order
        Which raster.
    plan
        Of its circuits. If a raster takes several requests, every shot is taken for a row of its
        own: which samples will have the same past is not known before.
    """
    if source.bins_at_once is not None:
        return -(-order.n_samples // plan.samples_per_shot), 1
    n_drawn = min(order.n_samples, _MANY)
    drawn = _program(source, n_drawn, order.n_bins_of(source))
    side_by_side = plan.samples_per_shot
    program = lay_out(drawn, backend, order.placement, order.options, samples_per_shot=side_by_side)
    if n_drawn == order.n_samples:
        return program.shape[0], program.shots
    # More samples of the same kind: those that all share their angles go on sharing them.
    if program.samples is None and program.shots > 1:
        everyone = np.zeros(order.n_samples, np.int64)
        arranged = arrangement_of(everyone, backend, order.options, side_by_side)
        return len(arranged.rows), arranged.shots
    return -(-program.shape[0] * order.n_samples // n_drawn), program.shots


def check_circuits(
    source: RasterSource,
    backend: Backend,
    n_bins: int,
    placement: Placement = Placement(),
    options: JobOptions = JobOptions(),
) -> None:
    """Check that a backend can run circuits of so many bins, before anything is trained or sent.

    Parameters
    ----------
    source
        The generator.
    backend
        Where it is to be sampled.
    n_bins
        Time bins per circuit.
    placement
        How cell circuits are placed.
    options
        Of the jobs.

    Raises
    ------
    PlanError
        If it cannot.
    """
    program = _program(source, 1, n_bins)
    check_size(program, backend)
    plan_program(program, backend, placement, options)


def check_room(source: RasterSource, backend: Backend, placement: Placement) -> None:
    """Check that chosen qubits have room for a cell circuit, before anything is trained or sent.

    Parameters
    ----------
    source
        The generator.
    backend
        Where it is to be sampled; one without qubits of its own is not checked.
    placement
        How cell circuits are placed; nothing is checked if all qubits may be used.

    Raises
    ------
    ConfigError
        If the device has no such qubits, or they are faulty.
    PlanError
        If there is no room.
    """
    target = backend.target
    if target is not None and placement.chosen_qubits:
        room(allowed_calibration(target, placement), _program(source, 1, None).batches)


def compiled_circuits(
    source: RasterSource, backend: Backend, n_bins: int = 1
) -> dict[int, QuantumCircuit]:
    """Return every kind of circuit of a generator as sampling has it compiled, by its qubits.

    Parameters
    ----------
    source, backend, n_bins
        See `plan_circuits`.

    Raises
    ------
    PlanError
        If a circuit does not fit.
    """
    plan = plan_circuits(source, backend, n_bins=None if source.bins_at_once is None else n_bins)
    circuits: dict[int, QuantumCircuit] = {}
    for page in plan.pages:
        for tile in page.tiles:
            # The first of each kind has the best qubits.
            circuits.setdefault(len(tile.qubits), tile.circuit)
    return circuits


def _program(source: RasterSource, n_samples: int, n_bins: int | None) -> Program:
    if n_bins is None:
        n_bins = source.spec.n_bins if source.bins_at_once is None else 1
    past = source.initial_past(n_samples, 0)
    # The circuits of later bins are the same; silence is a past like any other.
    return source.next_program(np.zeros_like(past), 0, n_bins, 0)
