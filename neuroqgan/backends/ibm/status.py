"""The state of a job, in the terms of the job layer."""

from __future__ import annotations

from typing import Any

from qiskit.exceptions import QiskitError
from qiskit_ibm_runtime import Batch
from qiskit_ibm_runtime.exceptions import IBMError

from neuroqgan.backends.ibm.batches import is_closed
from neuroqgan.backends.ibm.discretion import scrub
from neuroqgan.backends.remote import Execution, RemoteJob
from neuroqgan.errors import JobFailedError, NotReadyError, ServiceError

_EXECUTIONS = {
    "INITIALIZING": Execution.QUEUED,
    "QUEUED": Execution.QUEUED,
    "RUNNING": Execution.RUNNING,
    "DONE": Execution.DONE,
    "ERROR": Execution.FAILED,
    "CANCELLED": Execution.CANCELLED,
}


def remote_job(job: Any, client: Any) -> RemoteJob:
    """Ask for the state of a job.

    Parameters
    ----------
    job
        A `RuntimeJobV2`.
    client
        The `QiskitRuntimeService` that it comes from.

    Raises
    ------
    ServiceError
        If the service reports a state that qiskit-ibm-runtime does not know.
    """
    said = str(job.status())
    execution = _EXECUTIONS.get(said)
    if execution is None and said.startswith("CANCELLED"):
        execution = Execution.CANCELLED
    if execution is None:
        raise ServiceError(
            f"Job {job.job_id()} is in an unknown state.",
            expected=", ".join(_EXECUTIONS),
            got=scrub(said),
            hint="pip install 'qiskit-ibm-runtime==0.51.*'",
        )
    message = ""
    if execution is Execution.FAILED:
        message = scrub(job.error_message() or "").strip()
    return RemoteJob(
        provider_id=str(job.job_id()),
        execution=execution,
        message=message,
        seconds=_seconds(job, execution),
        created=job.creation_date,
        expired=_is_expired(job, execution, client),
    )


def check_done(state: RemoteJob, problem: str) -> None:
    """Check that a job has a result.

    Raises
    ------
    NotReadyError
        If it is not finished.
    JobFailedError
        If it failed or was cancelled.
    """
    if state.execution in {Execution.QUEUED, Execution.RUNNING}:
        raise NotReadyError(
            problem,
            expected="a finished job",
            got=f"a job that is {state.execution}",
            hint="neuroqgan jobs watch waits for it",
        )
    if state.execution in {Execution.FAILED, Execution.CANCELLED}:
        raise JobFailedError(
            problem,
            expected="a job that succeeded",
            got=f"{state.execution}: {state.message}" if state.message else str(state.execution),
            hint="submit it again",
        )


def age(job: RemoteJob) -> tuple[bool, float, str]:
    """Return a key that sorts jobs by age, the oldest first."""
    created = job.created
    return (created is None, 0.0 if created is None else created.timestamp(), job.provider_id)


def _is_expired(job: Any, execution: Execution, client: Any) -> bool:
    """Return whether a job never ran because its batch closed first, as far as one can tell."""
    if execution not in {Execution.FAILED, Execution.CANCELLED} or not job.session_id:
        return False
    try:
        metrics = job.metrics()
        if (metrics.get("timestamps") or {}).get("running"):
            return False
        if (metrics.get("usage") or {}).get("qpu_charge_time_seconds"):
            return False
        return is_closed(Batch.from_id(job.session_id, client).details() or {})
    except (IBMError, QiskitError, AttributeError, KeyError, TypeError, ValueError):
        return False


def _seconds(job: Any, execution: Execution) -> float | None:
    """Return the seconds charged or estimated; a missing figure is no reason to fail."""
    try:
        if execution in {Execution.QUEUED, Execution.RUNNING}:
            value = job.usage_estimation["quantum_seconds"]
        else:
            usage = job.metrics().get("usage") or {}
            final = usage.get("status", "pending") != "pending"
            value = usage.get("qpu_charge_time_seconds") if final else None
    except (IBMError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return float(value) if isinstance(value, (int, float)) else None
