"""What the job layer needs of a service that runs circuits elsewhere.

There are two sides: a `RemoteDevice` is chosen by name, plans, and takes a workload; a `JobService`
knows jobs by their ids, including those of devices that have been retired since.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from neuroqgan.backends.kinds import kind_of
from neuroqgan.backends.protocol import Backend

if TYPE_CHECKING:
    from datetime import datetime
    from typing import TypeGuard

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.backends.allowance import Allowance
    from neuroqgan.backends.measured import Measured
    from neuroqgan.backends.options import JobOptions


class Execution(StrEnum):
    """The state of a job, as its service reports it."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class RemoteJob:
    """What a service says about a job.

    Parameters
    ----------
    provider_id
        The service's own id.
    execution
        Its state.
    message
        Why it failed or was cancelled, in the service's words.
    seconds
        Of the quantum processor: what was charged if the job is finished, otherwise the service's
        estimate; None if it says nothing.
    created
        When the service created it, with time zone; None if it does not say.
    expired
        Whether it ended without having run, and without charge, because its batch closed first.
    """

    provider_id: str
    execution: Execution
    message: str = ""
    seconds: float | None = None
    created: datetime | None = None
    expired: bool = False


@dataclass(frozen=True)
class DescribedJob:
    """What a service says about a job whose record may be elsewhere.

    Parameters
    ----------
    state
        Its state.
    backend
        Name of its device.
    tags
        What its sender called it.
    private
        Whether its result is returned only once, and its circuits not at all.
    text
        What travelled with it, see `Workload`; empty if nothing did.
    """

    state: RemoteJob
    backend: str
    tags: tuple[str, ...]
    private: bool = False
    text: str = ""


@dataclass(frozen=True)
class Workload:
    """One sampler job: circuits, angles and options.

    Parameters
    ----------
    circuits
        Physical circuits with one classical register each.
    values
        For every circuit radians of shape ``(n_rows, n_parameters)``, in the order of
        ``circuit.parameters``.
    options
        What else is asked for.
    shots
        Of every row of angles.
    text
        Travels with the job, and is found with it: `JobService.describe`.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.backends.options import JobOptions
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> angles = np.zeros((100, 6))
    >>> workload = Workload((CellAnsatz(3, 2).circuit(),), (angles,), JobOptions())
    >>> [rows.shape for rows in workload.values]
    [(100, 6)]
    """

    circuits: tuple[QuantumCircuit, ...]
    values: tuple[NDArray[np.float64], ...]
    options: JobOptions
    shots: int = 1
    text: str = ""


@dataclass(frozen=True)
class DryRun:
    """What a service says about a workload that it has only checked.

    Parameters
    ----------
    seconds
        Of the quantum processor, by its estimate; None if it gives none.
    problem
        Why it gives none.
    refused
        Why it would not run the workload, in its words; empty if it would.
    """

    seconds: float | None = None
    problem: str = ""
    refused: str = ""


class RemoteDevice(Backend, Protocol):
    """A backend that takes jobs and returns their results later: a device behind a service.

    Its `target` has today's errors; what is faulty is missing from it or has error 1. Every method
    may raise `AccountError` or `ServiceError`.
    """

    @property
    def service(self) -> JobService:
        """Where its jobs are."""

    def queue(self) -> tuple[int, str]:
        """Return how many jobs are waiting, and the device's status in the service's words."""

    def check(self, workload: Workload) -> None:
        """Check that the device can run a workload, before anything is sent.

        Raises
        ------
        PlanError
            If a circuit has gates or faulty qubits that the device cannot run.
        ConfigError
            If an option is out of the device's range.
        """

    def open_batch(self) -> str | None:
        """Open a batch: the jobs that are sent in it wait in the queue only once.

        Returns
        -------
        str or None
            The service's id of it; None if the account may not have one.
        """

    def takes_jobs(self, session: str) -> bool:
        """Whether a batch is still open, and has time left to run jobs."""

    def batch_seconds(self) -> float | None:
        """Return how long a batch lives from its first job on; None if that is unknown."""

    def close_batch(self, session: str) -> None:
        """Let a batch take no more jobs; those that it has continue."""

    def submit(self, workload: Workload, *, tag: str, session: str | None = None) -> RemoteJob:
        """Send a workload, once.

        Parameters
        ----------
        workload
            One that `check` has accepted.
        tag
            Travels with the job; `JobService.find` finds it by this.
        session
            The service's id of a batch to send it in. If that has been closed meanwhile, the job is
            sent alone.

        Raises
        ------
        BusyError
            If the service accepts no more jobs for a while; no job was created.
        RefusedError
            If the service refused it; no job was created.
        UncertainError
            If no answer came, or an unclear one; the job may exist.
        """

    def dry_run(self, workload: Workload) -> DryRun:
        """Have the service check and estimate a workload; nothing is run or charged.

        Parameters
        ----------
        workload
            One that `check` has accepted.

        Raises
        ------
        BusyError
            If the service accepts no more jobs for a while.
        RefusedError
            If the service would refuse the workload.
        UncertainError
            If no answer came.
        """


class JobService(Protocol):
    """Jobs of a service, by their ids.

    Every method may raise `AccountError`, or `ServiceError` if the service cannot be reached.
    """

    @property
    def account(self) -> str | None:
        """The account in use, as the service calls it; None if it does not say.

        For it, the jobs of other accounts do not exist.
        """

    @property
    def account_name(self) -> str | None:
        """The name under which the account in use is saved; None if the environment gives it."""

    def find(self, tag: str) -> list[RemoteJob]:
        """Return all jobs with a tag, oldest first."""

    def status(self, provider_id: str) -> RemoteJob:
        """Ask for the state of a job.

        Raises
        ------
        MissingError
            If the service does not know the job.
        """

    def describe(self, provider_id: str) -> DescribedJob:
        """Ask for everything that the service says about a job.

        Raises
        ------
        MissingError
            If the service does not know the job.
        """

    def fetch(self, provider_id: str) -> list[Measured]:
        """Fetch the bits of a finished job, as they are.

        Returns
        -------
        list
            One entry per circuit; whether they are what was planned is for the caller to check.

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
            If its answer is damaged: nothing was changed, and the result can be requested again.
        """

    def cancel(self, provider_id: str) -> None:
        """Cancel a job.

        Raises
        ------
        JobStateError
            If it is finished already.
        """

    def allowance(self) -> Allowance:
        """Return what the account's instance may still use."""


def is_remote(backend: Backend) -> TypeGuard[RemoteDevice]:
    """Whether a backend takes jobs and returns their results later.

    Examples
    --------
    >>> from neuroqgan.backends.registry import resolve
    >>> is_remote(resolve("aer"))
    False
    """
    return kind_of(backend.kind).remote
