"""Plans of requests; samples may lie side by side on pages.

They do where a raster takes a request a bin, and where one shot of a cell yields all bins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.placement.embedding import room
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.circuits.folding import fold
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from neuroqgan.backends.options import Placement
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.circuits.program import Program
    from neuroqgan.jobs.request import Request


def max_samples_per_shot(program: Program, backend: Backend, placement: Placement) -> int:
    """Return how many samples a page of a backend has room for.

    Parameters
    ----------
    program
        Of one bin, or with cells that yield all bins.
    backend
        Where it is to run; on one without qubits of its own a sample is as good as another.
    placement
        How cells are placed.

    Raises
    ------
    PlanError
        If it has none for a single cell.
    """
    if backend.target is None:
        return 1
    batches = program.batches
    most = room(Calibration.of(backend.target), batches)
    tiles = min(most, placement.max_tiles or most)
    n_samples = program.shape[0]
    per_sample = sum(batch.n_rows for batch in batches) // n_samples
    return max(1, min(tiles // per_sample, n_samples))


def lay_out(program: Program, backend: Backend, placement: Placement) -> Program:
    """Return a program whose cells yield all bins as it runs best on a backend.

    Angles that are the same in all shots are bound, and samples lie side by side.

    Parameters
    ----------
    program
        Of one round; one whose cells yield a bin each stays as it is.
    backend, placement
        See `max_samples_per_shot`.
    """
    if not _yields_bins(program):
        return program
    program = bind_equal_rows(program)
    samples_per_shot = max_samples_per_shot(program, backend, placement)
    return program if samples_per_shot == 1 else fold(program, samples_per_shot)


def _yields_bins(program: Program) -> bool:
    return any(batch.offsets for batch in program.batches)


def check_size(program: Program, backend: Backend) -> None:
    """Check that circuits are not too large to be simulated, where they are.

    Raises
    ------
    PlanError
        If they are.
    """
    most = backend.limits.max_qubits
    widest = max(batch.circuit.num_qubits for batch in program.batches)
    if most is not None and widest > most:
        raise PlanError(
            f"A circuit of {widest} qubits is too large to be simulated.",
            expected=f"{most} qubits or fewer on {backend.name}",
            got=f"{widest} qubits",
            hint="fewer --bins-per-job, or a device of IBM's",
        )


def plan_request(request: Request, backend: Backend) -> Plan:
    """Plan a request on its backend; the plan serves every request with the same cells.

    Raises
    ------
    PlanError
        If the program does not fit, or is too large to be simulated.
    """
    program = request.program
    check_size(program, backend)
    if request.round is not None:
        program = fold(program, max_samples_per_shot(program, backend, request.placement))
    else:
        program = lay_out(program, backend, request.placement)
    plan: Plan = backend.plan(program, request.placement)
    return plan


def planned_program(request: Request, plan: Plan) -> Program:
    """Return a request's program as its plan lays it out."""
    program = request.program
    if request.round is None and _yields_bins(program):
        program = bind_equal_rows(program)
    return program if plan.samples_per_shot == 1 else fold(program, plan.samples_per_shot)
