"""Plans of requests; samples may lie side by side on pages.

They do where a raster takes a request a bin, and where one shot of a cell yields all bins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.chains import capacity
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.circuits.rounds import fold

if TYPE_CHECKING:
    from neuroqgan.backends.options import Placement
    from neuroqgan.backends.plan import Plan
    from neuroqgan.circuits.program import Program
    from neuroqgan.jobs.request import Request


def samples_across(program: Program, backend: Any, placement: Placement) -> int:
    """Return how many samples a page of a backend has room for.

    Parameters
    ----------
    program
        Of one bin, or with cells that yield all bins.
    backend
        Where it is to run; on one without qubits of its own a sample is as good as another.
    placement
        How cells are placed.
    """
    if backend.target is None:
        return 1
    (batches,) = program.rounds
    widest = max(batch.circuit.num_qubits for batch in batches)
    room = capacity(Calibration.of(backend.target), widest)
    tiles = min(room, placement.max_tiles or room)
    n_samples = program.shape[0]
    per_sample = sum(batch.n_rows for batch in batches) // n_samples
    return max(1, min(tiles // per_sample, n_samples))


def lay_out(program: Program, backend: Any, placement: Placement) -> Program:
    """Return a program whose cells yield all bins as it runs best on a backend.

    Angles that are the same in all shots are bound, and samples lie side by side.

    Parameters
    ----------
    program
        Of one round; one whose cells yield a bin each stays as it is.
    backend, placement
        See `samples_across`.
    """
    if not _yields_bins(program):
        return program
    program = bind_equal_rows(program)
    across = samples_across(program, backend, placement)
    return program if across == 1 else fold(program, across)


def _yields_bins(program: Program) -> bool:
    return any(batch.offsets for batches in program.rounds for batch in batches)


def plan_request(request: Request, backend: Any) -> Plan:
    """Plan a request on its backend; the plan serves every request with the same cells.

    Raises
    ------
    PlanError
        If the program does not fit.
    """
    program = request.program
    if request.round is not None:
        program = fold(program, samples_across(program, backend, request.placement))
    else:
        program = lay_out(program, backend, request.placement)
    plan: Plan = backend.plan(program, request.placement)
    return plan


def planned_program(request: Request, plan: Plan) -> Program:
    """Return a request's program as its plan lays it out."""
    program = request.program
    if request.round is None and _yields_bins(program):
        program = bind_equal_rows(program)
    return program if plan.across == 1 else fold(program, plan.across)
