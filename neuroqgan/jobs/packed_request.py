"""A request as it would be sent: its plan, payload and estimate, and how many jobs it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.jobs.payload import calibration_rows, pack_payload
from neuroqgan.jobs.planning import plan_request

if TYPE_CHECKING:
    from neuroqgan.backends.estimate import Estimate
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.circuits.program import Program
    from neuroqgan.jobs.payload import JobPayload
    from neuroqgan.jobs.request import Request


@dataclass(frozen=True)
class PackedRequest:
    """A request as it would be sent.

    Parameters
    ----------
    program
        In the layout that the plan expects.
    payload
        Pages and angles of all jobs together.
    expected
        What they take; None for an ideal simulator.
    n_jobs
        Jobs that share the samples.
    """

    program: Program
    payload: JobPayload
    expected: Estimate | None
    n_jobs: int


def pack_request(
    request: Request, backend: Backend, plan: Plan | None = None, *, is_remote: bool
) -> PackedRequest:
    """Plan a request and put together what would be sent; nothing is stored.

    Parameters
    ----------
    request
        What is wanted.
    backend
        The backend that the request names.
    plan
        The plan of a request with the same circuits, if there is one.
    is_remote
        Whether the limits of a service hold, so that the request may take several jobs.

    Raises
    ------
    PlanError
        If the program does not fit on the backend, or into a job of its service.
    """
    plan, program = plan_request(request, backend, plan)
    payload = _payload(request, backend, plan, program)
    expected = _expected(request, backend, plan, payload, program, enforce=is_remote)
    if is_remote and expected is not None and expected.shots < program.shots:
        # The shots of a single row are more than a job may have.
        plan, program = plan_request(request, backend, plan, most_shots=expected.shots)
        payload = _payload(request, backend, plan, program)
        expected = _expected(request, backend, plan, payload, program, enforce=True)
    n_jobs = expected.jobs if expected is not None and is_remote else 1
    return PackedRequest(program, payload, expected, n_jobs)


def _payload(request: Request, backend: Backend, plan: Plan, program: Program) -> JobPayload:
    target = backend.target
    is_first = request.block is None or request.block.first_bin == 0
    return pack_payload(
        program,
        plan,
        calibrate=request.options.mitigate == "readout" and is_first,
        n_qubits=None if target is None else target.num_qubits,
    )


def _expected(
    request: Request,
    backend: Backend,
    plan: Plan,
    payload: JobPayload,
    program: Program,
    *,
    enforce: bool,
) -> Estimate | None:
    from neuroqgan.backends.estimate import estimate, repetition_delay

    if backend.target is None:
        return None
    return estimate(
        plan,
        backend.target,
        program.shape[0],
        rep_delay=repetition_delay(request.options, backend),
        limits=backend.limits,
        calibration=(payload.pages[len(plan.pages) :], calibration_rows(program.shots)),
        shots=program.shots,
        options=request.options,
        angles=payload.values,
        enforce=enforce,
    )
