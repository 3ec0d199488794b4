"""Sending a workload once, and saying what became of it.

A submission that is sent again creates a second job, which is charged as well. So it is sent once
(`neuroqgan.backends.ibm.transport`), and it has one of three outcomes: a job, a refusal, or
unknown. Only what the service itself says counts as a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.providers.exceptions import QiskitBackendNotFoundError

from neuroqgan.backends.ibm.discretion import brief, quiet, safe
from neuroqgan.backends.ibm.exchanges import Exchange, watch
from neuroqgan.backends.ibm.translate import (
    LATER,
    answered,
    by_exchange,
    explain,
)
from neuroqgan.backends.ibm.travelling_text import with_text
from neuroqgan.backends.remote import Execution, RemoteJob
from neuroqgan.backends.twirling import randomizations
from neuroqgan.errors import AccountError, NeuroqganError, RefusedError, UncertainError

if TYPE_CHECKING:
    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.remote import Workload

# Answers after which there is no job. Other answers from 400 to 499 may come from a proxy.
REFUSALS = frozenset({400, 401, 403, 404, 413, 422})

_HINTS = {
    400: "neuroqgan backends show, for what the device can do",
    404: "neuroqgan backends list --ibm, for the devices that are there",
    413: "fewer `samples`",
}


def sampler_options(options: JobOptions, *, tag: str, shots: int = 1) -> dict[str, Any]:
    """Return the options for the sampler of qiskit-ibm-runtime.

    Parameters
    ----------
    options
        Of a job.
    tag
        Travels with the job.
    shots
        Of every row of angles.
    """
    execution = {} if options.rep_delay is None else {"rep_delay": options.rep_delay}
    decoupling: dict[str, Any] = {"enable": options.dynamical_decoupling is not None}
    if options.dynamical_decoupling is not None:
        decoupling["sequence_type"] = options.dynamical_decoupling
    return {
        "default_shots": shots,
        "dynamical_decoupling": decoupling,
        "twirling": {
            "enable_gates": options.twirl_gates,
            "enable_measure": options.twirl_measure,
            # By default qiskit-ibm-runtime rounds the number of shots up, from 1 to 64.
            "num_randomizations": randomizations(shots),
            "shots_per_randomization": shots // randomizations(shots),
        },
        "execution": execution,
        "max_execution_time": options.max_execution_time,
        "environment": {
            "job_tags": [tag],
            "private": options.private,
            "log_level": "WARNING",
        },
    }


def submit(
    backend: Any, workload: Workload, *, tag: str, batch: Any = None, dry_run: bool = False
) -> RemoteJob:
    """Send a workload, once.

    Parameters
    ----------
    backend
        The `IBMBackend` of qiskit-ibm-runtime.
    workload
        One that passed `neuroqgan.backends.ibm.checks`.
    tag
        Travels with the job.
    batch
        The `Batch` of qiskit-ibm-runtime to send it in, or None.
    dry_run
        Whether the service is only to check and estimate it, on a mock device.

    Raises
    ------
    AccountError
        If the account may not do this; no job was created.
    BusyError
        If the service accepts no more jobs for a while; no job was created.
    RefusedError
        If the service or qiskit-ibm-runtime refused it; no job was created.
    ServiceError
        If the service was out of reach before the workload was sent; no job was created.
    UncertainError
        If no answer came, or an unclear one; the job may exist.
    """
    from qiskit_ibm_runtime.executor_sampler import Sampler

    doing = f"submit a job to {backend.name}"
    circuits = with_text(workload.circuits, workload.text)
    pubs = [
        (circuit, values) if circuit.num_parameters else (circuit,)
        for circuit, values in zip(circuits, workload.values, strict=True)
    ]
    with quiet(), watch() as seen:
        try:
            wanted = sampler_options(workload.options, tag=tag, shots=workload.shots)
            sampler = Sampler(batch or backend, wanted)
            sent = sampler.run(pubs, shots=workload.shots, dry_run=dry_run)
            provider_id = _id(sent.job_id())
        # Whatever went wrong, the request may have arrived, and a job that is charged must not be
        # lost or sent twice: the exchange with the service decides, not the class of the error.
        except Exception as error:  # noqa: BLE001  # a job may have been charged
            sent = [exchange for exchange in seen if exchange.submits]
            if not sent:
                raise _before(error, doing, seen) from safe(error)
            made = [exchange.job for exchange in sent if exchange.job is not None]
            if not made:
                raise _after(error, doing, sent[-1], tag) from safe(error)
            # The job exists; what qiskit-ibm-runtime stumbled over came later.
            provider_id = made[-1]
    return RemoteJob(provider_id, Execution.QUEUED)


def _id(told: Any) -> str:
    """Return a job's id; without a valid one the job could not be found, and be charged twice."""
    if not isinstance(told, str) or not told.strip():
        raise ValueError("an answer without the job's id")
    return told


def _before(error: Exception, doing: str, seen: list[Exchange]) -> NeuroqganError:
    """Return the error for what went wrong before anything was sent."""
    if isinstance(error, NeuroqganError):
        return error
    # The device was there a moment ago: a list without it is a damaged answer.
    is_gone = isinstance(error, QiskitBackendNotFoundError)
    if is_gone or any(exchange.failed for exchange in seen):
        return explain(error, doing, seen)
    return RefusedError(
        f"Cannot {doing}: qiskit-ibm-runtime refuses it.",
        expected="circuits and options that qiskit-ibm-runtime can send",
        got=brief(error),
        hint="leave `twirling` and `dynamical_decoupling` out",
    )


def _after(error: Exception, doing: str, sent: Exchange, tag: str) -> NeuroqganError:
    """Return the error for a submission whose answer has no job id."""
    if sent.is_busy:
        return by_exchange(sent, f"Cannot {doing} yet; no job was created.")
    if sent.status in REFUSALS:
        refused = by_exchange(sent, f"Cannot {doing}; no job was created.")
        if isinstance(refused, AccountError):
            return refused
        return RefusedError(
            refused.problem,
            expected="a job that IBM Quantum accepts",
            got=answered(sent),
            hint=_HINTS.get(sent.status or 0, LATER),
        )
    device = doing.rpartition(" ")[2]
    got = brief(sent.error or error) if sent.status is None else answered(sent)
    return UncertainError(
        f"It is not known whether the job for {device} was created.",
        expected="an answer with the job's id",
        got=got,
        hint=f"neuroqgan jobs recover, which looks for the tag {tag}; do not submit it again "
        "before that",
    )
