"""The service's own dry run: a job that is checked and estimated on a mock device, and never run.

Every device has a mock, ``mock_fez`` for ``ibm_fez``, in the accounts for which IBM has enabled dry
runs. A dry run costs nothing; its results are random and are not fetched.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from qiskit.providers.exceptions import QiskitBackendNotFoundError

from neuroqgan.backends.ibm.status import remote_job
from neuroqgan.backends.ibm.submission import submit
from neuroqgan.backends.ibm.translate import translated
from neuroqgan.backends.ibm.transport import only_mocks
from neuroqgan.backends.remote import DryRun, Execution

if TYPE_CHECKING:
    from neuroqgan.backends.remote import RemoteJob, Workload

_MOCK = "mock_"
_MOST_SECONDS = 120.0
_SECONDS = 2.0


def mock_name(device: str) -> str:
    """Return the name of the mock of a device.

    Examples
    --------
    >>> mock_name("ibm_fez")
    'mock_fez'
    """
    return _MOCK + device.partition("_")[2]


def dry_run(client: Any, device: str, workload: Workload) -> DryRun:
    """Have the service check and estimate a workload, on the mock of a device.

    Parameters
    ----------
    client
        The `QiskitRuntimeService`.
    device
        Name of the device.
    workload
        One that passed `neuroqgan.backends.ibm.checks`.

    Raises
    ------
    AccountError
        If the account may not do this.
    BusyError
        If the service accepts no more jobs for a while.
    RefusedError
        If the service would refuse the workload.
    ServiceError, UncertainError
        If the service cannot be reached, or does not answer.
    """
    name = mock_name(device)
    with translated(f"ask for the device {name}") as seen:
        try:
            mock = client.backend(name)
        except QiskitBackendNotFoundError:
            if any(exchange.failed for exchange in seen):
                raise
            return DryRun(problem=f"this account has no {name}, so the service gives no estimate")
    with only_mocks():
        sent = submit(mock, workload, tag=f"neuroqgan-dry-run-{uuid.uuid4().hex}", dry_run=True)
    with translated(f"ask for the dry run {sent.provider_id}"):
        state = _finished(client, sent.provider_id)
        # A new object: the client asks only once for the estimate of a job.
        seconds = client.job(sent.provider_id).usage_estimation["quantum_seconds"]
    if state.execution in {Execution.FAILED, Execution.CANCELLED}:
        return DryRun(refused=state.message or f"the dry run was {state.execution}")
    if not isinstance(seconds, (int, float)):
        return DryRun(problem="the service gave no estimate")
    return DryRun(seconds=float(seconds))


def _finished(client: Any, provider_id: str) -> RemoteJob:
    """Wait for a while until a dry run is finished; its estimate may be there before."""
    job = client.job(provider_id)
    deadline = time.monotonic() + _MOST_SECONDS
    while True:
        state = remote_job(job, client)
        is_under_way = state.execution in {Execution.QUEUED, Execution.RUNNING}
        if not is_under_way or time.monotonic() > deadline:
            return state
        time.sleep(_SECONDS)
