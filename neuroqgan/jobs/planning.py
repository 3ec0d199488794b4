"""Planning requests: circuits on qubits, and samples side by side on pages.

A page is one circuit as a device runs it. Several samples share a page if a raster takes several
requests, or if one shot of a circuit yields all bins of a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.placement.allowed_qubits import allowed_calibration
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


def plan_request(
    request: Request, backend: Backend, plan: Plan | None = None
) -> tuple[Plan, Program]:
    """Plan a request on its backend.

    Parameters
    ----------
    request
        What is wanted.
    backend
        The backend that the request names.
    plan
        The plan of a request with the same circuits, if there is one: it serves this one as well.

    Returns
    -------
    tuple
        The plan, and the program of the request in the layout that the plan expects.

    Raises
    ------
    PlanError
        If the program does not fit, or its circuits are too large to be simulated.
    """
    program, placement = request.program, request.placement
    if plan is None:
        check_size(program, backend)
    is_whole = request.block is None
    shares_pages = not is_whole or _yields_bins(program)
    if is_whole and shares_pages:
        program = bind_equal_rows(program)
    if plan is not None:
        samples_per_shot = plan.samples_per_shot
    else:
        samples_per_shot = max_samples_per_shot(program, backend, placement) if shares_pages else 1
    if samples_per_shot > 1:
        program = fold(program, samples_per_shot)
    return plan or backend.plan(program, placement), program


def lay_out(program: Program, backend: Backend, placement: Placement) -> Program:
    """Return the program of a whole raster in the layout that suits a backend best.

    If its circuits yield several bins per shot, angles that are equal in all shots are bound and
    samples are laid side by side. Every other program stays as it is.

    Parameters
    ----------
    program
        Of a whole raster.
    backend, placement
        See `max_samples_per_shot`.
    """
    if not _yields_bins(program):
        return program
    program = bind_equal_rows(program)
    samples_per_shot = max_samples_per_shot(program, backend, placement)
    return program if samples_per_shot == 1 else fold(program, samples_per_shot)


def max_samples_per_shot(program: Program, backend: Backend, placement: Placement) -> int:
    """Return how many samples fit on one page of a backend.

    Parameters
    ----------
    program
        Of one block of bins, or with circuits that yield all bins of a sample.
    backend
        Where it is to run; a simulator without qubits of its own runs sample by sample.
    placement
        How circuits are placed on the qubits of a device.

    Raises
    ------
    PlanError
        If the device has no room for a single circuit.
    """
    if backend.target is None:
        return 1
    batches = program.batches
    most = room(allowed_calibration(backend.target, placement), batches)
    tiles = min(most, placement.max_tiles or most)
    n_samples = program.shape[0]
    per_sample = sum(batch.n_rows for batch in batches) // n_samples
    return max(1, min(tiles // per_sample, n_samples))


def check_size(program: Program, backend: Backend) -> None:
    """Check that no circuit is too large for a backend that simulates its circuits.

    Raises
    ------
    PlanError
        If one is.
    """
    most = backend.limits.max_qubits
    widest = max(batch.circuit.num_qubits for batch in program.batches)
    if most is not None and widest > most:
        raise PlanError(
            f"A circuit of {widest} qubits is too large to be simulated.",
            expected=f"{most} qubits or fewer on {backend.name}",
            got=f"{widest} qubits",
            hint="choose fewer bins per job, or a device of IBM's",
        )


def _yields_bins(program: Program) -> bool:
    return any(batch.offsets for batch in program.batches)
