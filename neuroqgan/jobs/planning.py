"""Planning requests: circuits on qubits, and samples side by side on pages.

A page is one circuit as a device runs it. Several samples share a page if a raster takes several
requests, or if one shot of a circuit yields all bins of a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.job_limits.broadcasts import broadcast_bits, broadcast_share
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.placement.allowed_qubits import allowed_calibration
from neuroqgan.backends.placement.conditions import has_conditions
from neuroqgan.backends.placement.embedding import room
from neuroqgan.backends.placement.post_selection import checked_plan
from neuroqgan.backends.twirling import divisible_shots
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.circuits.folding import fold
from neuroqgan.circuits.shots import arrange, equal_samples
from neuroqgan.errors import PlanError
from neuroqgan.jobs.payload import CALIBRATION_ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.backends.options import Placement
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend, Limits
    from neuroqgan.circuits.program import Program
    from neuroqgan.circuits.shots import Arrangement
    from neuroqgan.jobs.request import Request


def plan_request(
    request: Request,
    backend: Backend,
    plan: Plan | None = None,
    *,
    most_shots: int | None = None,
) -> tuple[Plan, Program]:
    """Plan a request on its backend: qubits, rows of angles, and shots of every row.

    Parameters
    ----------
    request
        What is wanted.
    backend
        The backend that the request names.
    plan
        The plan of a request with the same circuits, if there is one: it serves this one as well.
    most_shots
        Shots of a row at most, for a request that has to be split into jobs; None for any number.

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
        program = _bound(program, backend, request.options)
    if plan is not None:
        samples_per_shot = plan.samples_per_shot
    else:
        samples_per_shot = max_samples_per_shot(program, backend, placement) if shares_pages else 1
    program = in_shots(program, backend, request.options, samples_per_shot, most_shots=most_shots)
    return plan or plan_program(program, backend, placement, request.options), program


def plan_program(
    program: Program, backend: Backend, placement: Placement, options: JobOptions
) -> Plan:
    """Return the plan of a program that is laid out, with checks if it is to be post-selected.

    Parameters
    ----------
    program
        As `in_shots` returned it.
    backend
        Where it is to run.
    placement
        How circuits are placed on the qubits of a device.
    options
        Of the jobs.

    Raises
    ------
    PlanError
        If the program does not fit, or the device cannot check its bits.
    """
    plan = backend.plan(program, placement)
    if options.postselect == "none":
        return plan
    return checked_plan(plan, backend.target, options.postselect)


def in_shots(
    program: Program,
    backend: Backend,
    options: JobOptions,
    samples_per_shot: int = 1,
    *,
    most_shots: int | None = None,
) -> Program:
    """Lay samples side by side, and let those with equal angles be shots of the same row.

    Parameters
    ----------
    program
        As drawn by a generator, its equal angles bound or not.
    backend
        Where it is to run. A simulator without qubits of its own gains nothing by shots, unless
        its circuits have no angles at all.
    options
        Of the jobs. If the readout is calibrated, rows have no more shots than that takes, as all
        circuits of a job have equally many; with twirling, a number that random circuits can share.
    samples_per_shot
        Samples side by side.
    most_shots
        See `plan_request`.
    """
    is_bound = not any(batch.circuit.num_parameters for batch in program.batches)
    if backend.target is None and not is_bound:
        return fold(program, samples_per_shot) if samples_per_shot > 1 else program
    group = np.zeros(program.shape[0], np.int64) if is_bound else equal_samples(program)
    arrangement = arrangement_of(group, backend, options, samples_per_shot, most_shots=most_shots)
    if samples_per_shot == arrangement.shots == 1:
        return program
    return fold(program, samples_per_shot, arrangement)


def arrangement_of(
    group: NDArray[np.int64],
    backend: Backend,
    options: JobOptions,
    samples_per_shot: int = 1,
    *,
    most_shots: int | None = None,
) -> Arrangement:
    """Choose rows and shots for samples.

    Parameters
    ----------
    group
        Which samples have equal angles, see `neuroqgan.circuits.shots.equal_samples`.
    backend, options, samples_per_shot, most_shots
        See `in_shots`.
    """
    if _calibrates(backend, options):
        most_shots = min(most_shots or CALIBRATION_ROWS, CALIBRATION_ROWS)
    return arrange(
        group,
        samples_per_shot,
        most_shots=most_shots,
        rounded=int if options.twirling == "none" else divisible_shots,
    )


def _bound(program: Program, backend: Backend, options: JobOptions) -> Program:
    is_long = _calibrates(backend, options) and program.shape[0] > CALIBRATION_ROWS
    return bind_equal_rows(program, several_rows=is_long)


def _calibrates(backend: Backend, options: JobOptions) -> bool:
    return backend.target is not None and options.mitigate == "readout"


def lay_out(
    program: Program,
    backend: Backend,
    placement: Placement,
    options: JobOptions = JobOptions(),
    *,
    samples_per_shot: int | None = None,
) -> Program:
    """Return the program of a whole raster in the layout that suits a backend best.

    If its circuits yield several bins per shot, angles that are equal in all shots are bound and
    samples are laid side by side. Samples with equal angles are shots of the same row.

    Parameters
    ----------
    program
        Of a whole raster.
    backend, placement
        See `max_samples_per_shot`.
    options
        See `in_shots`.
    samples_per_shot
        Samples side by side, if that is known; None for as many as fit.
    """
    most = 1
    if _yields_bins(program):
        program = _bound(program, backend, options)
        most = samples_per_shot or max_samples_per_shot(program, backend, placement)
    return in_shots(program, backend, options, most)


def max_samples_per_shot(program: Program, backend: Backend, placement: Placement) -> int:
    """Return how many samples fit on one page of a backend, and into what a job may broadcast.

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
    return max(1, min(tiles // per_sample, n_samples, _most_broadcast(program, backend.limits)))


def _most_broadcast(program: Program, limits: Limits) -> int:
    """Return how many samples side by side a job can broadcast the bits of, at least in one row."""
    shares = {
        id(batch.circuit): broadcast_share(broadcast_bits(batch.circuit), limits)
        for batch in program.batches
        if has_conditions(batch.circuit)
    }
    all_rows = sum(batch.n_rows * shares.get(id(batch.circuit), 0.0) for batch in program.batches)
    # A rounding error must not cost a sample.
    return int(program.shape[0] / all_rows * (1 + 1e-12)) if all_rows else program.shape[0]


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
