"""What the job layer needs of a service that runs circuits elsewhere.

Submission and everything after it are two sides: a `RemoteDevice` is chosen by name, plans and
takes a workload; a `JobService` knows jobs by their ids, also those of devices that have retired
since.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from neuroqgan.backends.options import JobOptions, Placement

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.measured import Measured
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.circuits.program import Program


class Execution(StrEnum):
    """How far a service says that a job is."""

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
        How far it is.
    message
        Why it failed or was cancelled, in the service's words.
    seconds
        Of the quantum processor: charged where the job is finished, else the service's estimate;
        None where it says nothing.
    created
        When the service made it, with time zone; None where it does not say.
    """

    provider_id: str
    execution: Execution
    message: str = ""
    seconds: float | None = None
    created: datetime | None = None


@dataclass(frozen=True)
class Workload:
    """One sampler job: circuits, angles, options.

    Parameters
    ----------
    circuits
        Physical circuits with one classical register each; every row of angles is one shot.
    values
        For every circuit radians of shape ``(n_rows, n_parameters)``, in the order of
        ``circuit.parameters``.
    options
        What else is asked for.
    """

    circuits: tuple[QuantumCircuit, ...]
    values: tuple[NDArray[np.float64], ...]
    options: JobOptions


@dataclass(frozen=True)
class Allowance:
    """Seconds of the quantum processor that an instance may use; None where unknown or unlimited.

    Parameters
    ----------
    used
        In the current period.
    limit
        Of the period.
    """

    used: float | None
    limit: float | None

    @property
    def left(self) -> float | None:
        """What is left of it."""
        if self.used is None or self.limit is None:
            return None
        return max(0.0, self.limit - self.used)


class RemoteDevice(Protocol):
    """A device behind a service.

    Every method may raise `AccountError` or `ServiceError`.
    """

    @property
    def name(self) -> str:
        """The device's own name, such as ``ibm_fez``."""

    @property
    def target(self) -> Target:
        """What it can do, with today's errors; what is faulty is missing or has error 1."""

    @property
    def service(self) -> JobService:
        """Where its jobs are."""

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program; see `neuroqgan.backends.placement.plan.device_plan`."""

    def check_options(self, options: JobOptions) -> None:
        """Check that options are within the device's range, before anything is planned.

        Raises
        ------
        ConfigError
            If one is not.
        """

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
        """Open a batch: jobs that are sent in it wait for each other's turn once.

        Returns
        -------
        str or None
            The service's id of it; None where the account may not have one.
        """

    def takes_jobs(self, session: str) -> bool:
        """Whether a batch is still open."""

    def close_batch(self, session: str) -> None:
        """Let a batch take no more jobs; those that it has go on."""

    def submit(self, workload: Workload, *, tag: str, session: str | None = None) -> RemoteJob:
        """Send a workload, once.

        Parameters
        ----------
        workload
            Checked before.
        tag
            Travels with the job; `JobService.find` finds it by this.
        session
            The service's id of a batch to send it in. Should that be closed by now, the job is sent
            alone.

        Raises
        ------
        RefusedError
            If the service said no; no job was made.
        UncertainError
            If no answer came, or one that does not tell; the job may exist.
        """


class JobService(Protocol):
    """Jobs of a service, by their ids.

    Every method may raise `AccountError`, or `ServiceError` where the service cannot be reached.
    """

    @property
    def account(self) -> str | None:
        """The account in use, as the service calls it; None where it does not say.

        Jobs of other accounts are not there for it, as if they had never been.
        """

    @property
    def account_name(self) -> str | None:
        """The name under which the account in use is saved; None for one of the environment."""

    def find(self, tag: str) -> list[RemoteJob]:
        """Return all jobs with a tag, oldest first."""

    def status(self, provider_id: str) -> RemoteJob:
        """Ask how far a job is.

        Raises
        ------
        MissingError
            If the service does not know the job.
        """

    def fetch(self, provider_id: str) -> list[Measured]:
        """Fetch the bits of a finished job, as they come.

        Returns
        -------
        list
            Of every circuit; whether they are what was planned is the caller's to check.

        Raises
        ------
        NotReadyError
            If it is not finished.
        JobFailedError
            If it failed or was cancelled.
        MissingError
            If the service does not have the result, and may have it again.
        ResultLostError
            If it no longer has it.
        ServiceError
            If its answer is damaged: nothing was changed, and it can be asked for again.
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
