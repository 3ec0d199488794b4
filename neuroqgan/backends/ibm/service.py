"""IBM Quantum as a service of devices and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_ibm_runtime.exceptions import (
    IBMError,
    IBMInputValueError,
    RuntimeInvalidStateError,
    RuntimeJobNotFound,
)

from neuroqgan.backends.allowance import Allowance
from neuroqgan.backends.ibm.catalogue import (
    ListedDevice,
    least_busy,
    read_listing,
    unknown_device,
)
from neuroqgan.backends.ibm.client import IbmClient
from neuroqgan.backends.ibm.damage import DAMAGE
from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.discretion import safe
from neuroqgan.backends.ibm.results import bits_of
from neuroqgan.backends.ibm.status import age, check_done, remote_job
from neuroqgan.backends.ibm.translate import LATER, not_there, translated
from neuroqgan.backends.ibm.transport import PATIENCE, Patience
from neuroqgan.backends.ibm.travelling_text import text_of
from neuroqgan.backends.names import LEAST_BUSY
from neuroqgan.backends.remote import DescribedJob, Execution, RemoteJob
from neuroqgan.errors import (
    ConfigError,
    JobStateError,
    MissingError,
    ResultLostError,
)

if TYPE_CHECKING:
    from neuroqgan.backends.measured import Measured

_MOST_JOBS = 64


class IbmService(IbmClient):
    """Devices and jobs of IBM Quantum; connects when it is first needed.

    Parameters
    ----------
    saved_account
        Name of the saved account to use, or None for the one that
        `neuroqgan.backends.ibm.account.find_account` chooses.
    patience
        How long to wait for the service.
    """

    def __init__(self, saved_account: str | None = None, patience: Patience = PATIENCE) -> None:
        super().__init__(saved_account, patience)
        # The objects of qiskit-ibm-runtime for the jobs that were asked for last.
        self._jobs: dict[str, Any] = {}

    def devices(self) -> list[ListedDevice]:
        """List the devices that the account may use, the shortest queue first.

        Raises
        ------
        AccountError
            If there is no account, or it is refused.
        ServiceError
            If the service cannot be reached.
        """
        client = self.connect()
        with translated("list the devices of IBM Quantum"):
            listings = client.listings()
            answers = [rows for rows in listings.values() if not isinstance(rows, Exception)]
            for failure in listings.values():
                if isinstance(failure, Exception) and not answers:
                    raise failure
            found = {d.name: d for rows in answers for d in read_listing(rows)}
        return sorted(found.values(), key=lambda d: (not d.operational, d.queue, d.name))

    def device(
        self, name: str, *, fractional_gates: bool = False, min_qubits: int = 0
    ) -> IbmDevice:
        """Return a device.

        Parameters
        ----------
        name
            Its own name, or `LEAST_BUSY` for the operational device with the shortest queue.
        fractional_gates
            Whether its target has rotations as single pulses.
        min_qubits
            Fewest qubits of the device that `LEAST_BUSY` chooses.

        Raises
        ------
        AccountError
            If there is no account, or it is refused.
        BackendNotFoundError
            If the account has no such device.
        ConfigError
            If it has no fractional gates and they were asked for.
        ServiceError
            If the service cannot be reached.
        """
        client = self.connect()
        # qiskit-ibm-runtime says "no such backend" if the network is down; the list does not.
        devices = self.devices()
        if name == LEAST_BUSY:
            name = least_busy(devices, min_qubits).name
        elif name not in {d.name for d in devices}:
            raise unknown_device(name, devices)
        with translated(f"ask for the device {name}") as seen:
            try:
                backend = client.backend(name, use_fractional_gates=fractional_gates)
            except IBMInputValueError as error:
                raise ConfigError(
                    f"{name} has no fractional gates.",
                    expected="a device with rx and rzz",
                    got=name,
                    hint="leave `fractional_gates` out, or choose another `backend`",
                ) from error
            except QiskitBackendNotFoundError:
                if any(exchange.failed for exchange in seen):
                    raise
                raise unknown_device(name, devices) from None
        return IbmDevice(backend, self, fractional_gates=fractional_gates)

    def find(self, tag: str) -> list[RemoteJob]:
        """Return all jobs with a tag, oldest first, whichever instance they belong to.

        Raises
        ------
        AccountError
            If the account is refused.
        ServiceError
            If the service cannot be reached; then nothing is known about the jobs.
        """
        client = self.connect()
        with translated(f"look for jobs with the tag {tag}"):
            client.open_all()
            found = [remote_job(self._job(job), client) for job in client.tagged(tag)]
        return sorted(found, key=age)

    def status(self, provider_id: str) -> RemoteJob:
        """Ask for the state of a job.

        Raises
        ------
        MissingError
            If the service does not know the job.
        """
        with translated(f"ask for job {provider_id}"):
            return remote_job(self._job(provider_id), self.connect())

    def describe(self, provider_id: str) -> DescribedJob:
        """Ask for everything that the service says about a job.

        Raises
        ------
        MissingError
            If the service does not know the job.
        """
        with translated(f"ask for job {provider_id}"):
            job = self._job(provider_id)
            private = bool(job.private)
            backend = job.backend()
            return DescribedJob(
                remote_job(job, self.connect()),
                "" if backend is None else str(backend.name),
                tuple(str(tag) for tag in job.tags or ()),
                private,
                "" if private else _text(job),
            )

    def fetch(self, provider_id: str) -> list[Measured]:
        """Fetch the bits of a finished job.

        Raises
        ------
        NotReadyError
            If it is not finished.
        JobFailedError
            If it failed or was cancelled.
        MissingError
            If the service does not have the result now, and may have it later.
        ResultLostError
            If it no longer has it.
        ServiceError
            If its answer is damaged.
        """
        doing = f"fetch the result of job {provider_id}"
        with translated(doing) as seen:
            job = self._job(provider_id)
            state = remote_job(job, self.connect())
            check_done(state, f"Cannot {doing}.")
            try:
                result = job.result(timeout=0)
            except IBMError as error:
                if seen and seen[-1].status in {404, 410}:
                    raise not_there(seen[-1], f"Cannot {doing}.") from safe(error)
                raise
            if result is None and job.private:
                raise ResultLostError(
                    f"Cannot {doing}.",
                    expected="a result that has not been read before",
                    got="an empty answer: a private result, which can be read only once",
                    hint="if it was read here, it is in the folder that neuroqgan jobs show JOB "
                    "names; otherwise whoever read it has it",
                )
            if result is None:
                raise MissingError(
                    f"Cannot {doing}.",
                    expected="a result",
                    got="an empty answer",
                    hint=LATER,
                )
            # It would keep its result for as long as this process lives.
            self._jobs.pop(provider_id, None)
            return bits_of(result, f"Cannot {doing}.")

    def cancel(self, provider_id: str) -> None:
        """Cancel a job.

        Raises
        ------
        JobStateError
            If it has already finished.
        ResultLostError
            If the service does not know the job.
        """
        with translated(f"cancel job {provider_id}"):
            job = self._job(provider_id)
            try:
                job.cancel()
            except RuntimeInvalidStateError as error:
                # qiskit-ibm-runtime repeats a cancellation whose answer was lost; the second one
                # is refused.
                state = remote_job(job, self.connect())
                if state.execution is Execution.CANCELLED:
                    return
                raise JobStateError(
                    f"Job {provider_id} has already finished.",
                    expected="a job that is queued or running",
                    got=str(state.execution),
                    hint="neuroqgan jobs list",
                ) from safe(error)
            # qiskit-ibm-runtime now assumes the state that it asked for, without checking.
            self._jobs.pop(provider_id, None)

    def allowance(self) -> Allowance:
        """Return the seconds that the account's instance may still use.

        If the account names no instance, it is that of the device that was opened last.
        """
        client = self.connect()
        with translated("ask for the seconds that are left"):
            usage = client.usage()
            limit = usage.get("usage_limit_seconds")
            if limit is None:
                limit = usage.get("usage_allocation_seconds")
            used = usage.get("usage_consumed_seconds")
            return Allowance(
                used=None if used is None else float(used),
                limit=None if limit is None else float(limit),
                reached=bool(usage.get("usage_limit_reached")),
            )

    def _job(self, provider_id: str) -> Any:
        """Return qiskit-ibm-runtime's object for a job, which takes two requests to make."""
        job = self._jobs.pop(provider_id, None)
        if job is None:
            client = self.connect()
            try:
                job = client.job(provider_id)
            except RuntimeJobNotFound:
                # It may be in an instance that the account used when the job was created.
                if not client.open_all():
                    raise
                job = client.job(provider_id)
        # The last is the newest; each holds circuits, angles and, once fetched, its result.
        self._jobs[provider_id] = job
        while len(self._jobs) > _MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]
        return job


def _text(job: Any) -> str:
    """Return what travelled with a job; nothing that is ours has parameters that cannot be read."""
    try:
        return text_of(job.inputs)
    except DAMAGE:
        return ""
