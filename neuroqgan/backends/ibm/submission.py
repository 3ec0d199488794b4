"""Sending a workload, once, and telling what became of it.

A submission that is sent again makes a second job, which is paid as well. So it is sent once
(`neuroqgan.backends.ibm.transport`), and its outcome is one of three: a job, a refusal, or not
known. Only what the service itself says counts as a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.providers.exceptions import QiskitBackendNotFoundError

from neuroqgan.backends.ibm.discretion import brief, quiet, safe
from neuroqgan.backends.ibm.translate import (
    LATER,
    answered,
    by_exchange,
    explain,
)
from neuroqgan.backends.ibm.transport import Exchange, watch
from neuroqgan.backends.remote import Execution, RemoteJob
from neuroqgan.errors import AccountError, NeuroqganError, RefusedError, UncertainError

if TYPE_CHECKING:
    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.remote import Workload

# Answers after which there is no job. Others of the 400s may come from a proxy in between.
REFUSALS = frozenset({400, 401, 403, 404, 413, 422, 429})

_HINTS = {
    400: "neuroqgan backends show, for what the device can do",
    404: "neuroqgan backends list --ibm, for the devices that are there",
    413: "fewer --samples a job",
    429: "wait until other jobs are finished, then try again",
}


def sampler_options(options: JobOptions, *, tag: str) -> dict[str, Any]:
    """Return the options of the client's sampler.

    Parameters
    ----------
    options
        Of a job.
    tag
        Travels with the job.
    """
    execution = {} if options.rep_delay is None else {"rep_delay": options.rep_delay}
    decoupling: dict[str, Any] = {"enable": options.dynamical_decoupling is not None}
    if options.dynamical_decoupling is not None:
        decoupling["sequence_type"] = options.dynamical_decoupling
    return {
        "default_shots": 1,
        "dynamical_decoupling": decoupling,
        "twirling": {
            "enable_gates": options.twirl_gates,
            "enable_measure": options.twirl_measure,
            # Left to itself the client rounds the number of shots up, one to 64.
            "num_randomizations": 1,
            "shots_per_randomization": 1,
        },
        "execution": execution,
        "max_execution_time": options.max_execution_time,
        "environment": {
            "job_tags": [tag],
            "private": options.private,
            "log_level": "WARNING",
        },
    }


def submit(backend: Any, workload: Workload, *, tag: str, batch: Any = None) -> RemoteJob:
    """Send a workload, once.

    Parameters
    ----------
    backend
        The client's `IBMBackend`.
    workload
        Checked before.
    tag
        Travels with the job.
    batch
        The client's `Batch` to send it in, or None.

    Raises
    ------
    AccountError
        If the account may not do this; no job was made.
    RefusedError
        If the service or the client said no; no job was made.
    ServiceError
        If the service was out of reach before the workload was sent; no job was made.
    UncertainError
        If no answer came, or one that does not tell; the job may exist.
    """
    from qiskit_ibm_runtime.executor_sampler import Sampler

    doing = f"submit a job to {backend.name}"
    pubs = [
        (circuit, values) if circuit.num_parameters else (circuit,)
        for circuit, values in zip(workload.circuits, workload.values, strict=True)
    ]
    with quiet(), watch() as seen:
        try:
            sampler = Sampler(batch or backend, sampler_options(workload.options, tag=tag))
            provider_id = _id(sampler.run(pubs, shots=1).job_id())
        # Whatever it was, the request may have arrived, and a job that was paid for must not be
        # lost or sent twice: what was exchanged decides, not the kind of the error.
        except Exception as error:  # noqa: BLE001  # a job may have been paid for
            sent = [exchange for exchange in seen if exchange.submits]
            if not sent:
                raise _before(error, doing, seen) from safe(error)
            made = [exchange.job for exchange in sent if exchange.job is not None]
            if not made:
                raise _after(error, doing, sent[-1], tag) from safe(error)
            # The job is there; what the client stumbled over came later.
            provider_id = made[-1]
    return RemoteJob(provider_id, Execution.QUEUED)


def _id(told: Any) -> str:
    """Return a job's id; one that is none would never be found again, and the job be paid twice."""
    if not isinstance(told, str) or not told.strip():
        raise ValueError("an answer without the job's id")
    return told


def _before(error: Exception, doing: str, seen: list[Exchange]) -> NeuroqganError:
    """Return the error for what went wrong before anything was sent."""
    # The device was there a moment ago: a list without it is an answer that came damaged.
    is_gone = isinstance(error, QiskitBackendNotFoundError)
    if is_gone or any(exchange.failed for exchange in seen):
        return explain(error, doing, seen)
    return RefusedError(
        f"Cannot {doing}: the client does not take it.",
        expected="circuits and options that qiskit-ibm-runtime can send",
        got=brief(error),
        hint="without --twirling and --dynamical-decoupling",
    )


def _after(error: Exception, doing: str, sent: Exchange, tag: str) -> NeuroqganError:
    """Return the error for a submission that brought no job's id."""
    if sent.status in REFUSALS:
        refused = by_exchange(sent, f"Cannot {doing}; no job was made.")
        if isinstance(refused, AccountError):
            return refused
        return RefusedError(
            refused.problem,
            expected="a job that IBM Quantum takes",
            got=answered(sent),
            hint=_HINTS.get(sent.status or 0, LATER),
        )
    device = doing.rpartition(" ")[2]
    got = brief(sent.error or error) if sent.status is None else answered(sent)
    return UncertainError(
        f"It is not known whether the job for {device} was made.",
        expected="an answer with the job's id",
        got=got,
        hint=f"neuroqgan jobs recover, which asks for the tag {tag}; do not submit it again before",
    )
