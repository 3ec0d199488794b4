"""A quantum device of IBM."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from neuroqgan.backends.ibm.checks import check_circuits, check_options, repetition
from neuroqgan.backends.ibm.submission import submit
from neuroqgan.backends.ibm.translate import translated
from neuroqgan.backends.kinds import OfKind
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.backends.protocol import Limits

if TYPE_CHECKING:
    from qiskit.transpiler import Target

    from neuroqgan.backends.ibm.batches import Batches
    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.remote import DryRun, JobService, RemoteJob, Workload

    class ServiceWithPlan(JobService, Protocol):
        """Where jobs are, and the plan of the instance that pays for them."""

        @property
        def plan(self) -> str | None:
            """Such as ``open``."""

    from neuroqgan.circuits.program import Program


class IbmDevice(OfKind):
    """A quantum device of IBM; `neuroqgan.backends.ibm.service.IbmService.device` finds one.

    Parameters
    ----------
    backend
        The `IBMBackend` of qiskit-ibm-runtime.
    service
        Where its jobs are.
    fractional_gates
        Whether its target has rotations as single pulses.
    """

    kind = "ibm"
    limits = Limits()

    def __init__(
        self, backend: Any, service: ServiceWithPlan, *, fractional_gates: bool = False
    ) -> None:
        self._backend = backend
        self._service = service
        self._batches: Batches | None = None
        self.fractional_gates = fractional_gates

    @property
    def name(self) -> str:
        """The device's own name, such as ``ibm_fez``."""
        return str(self._backend.name)

    @property
    def service(self) -> JobService:
        """Where its jobs are."""
        return self._service

    @property
    def target(self) -> Target:
        """Qubits, gates and today's errors; faulty qubits and gates are missing.

        `Calibration` takes what is missing for an error of 1.
        """
        with translated(f"ask for the calibration of {self.name}"):
            return self._backend.target

    @property
    def calibrated(self) -> datetime | None:
        """When the device was calibrated, as it was last read; None if the service does not say."""
        with translated(f"ask for the calibration of {self.name}"):
            properties = self._backend.properties()
        found = getattr(properties, "last_update_date", None)
        return found if isinstance(found, datetime) else None

    def refresh_calibration(self) -> None:
        """Read the calibration anew; until then it is the one of the first question.

        Raises
        ------
        AccountError
            If the account is refused.
        ServiceError
            If the service cannot be reached.
        """
        with translated(f"ask for the calibration of {self.name}"):
            self._backend.refresh()

    @property
    def default_rep_delay(self) -> float | None:
        """Seconds between two executions unless something else is asked for; None if unknown."""
        return repetition(self._backend).default

    def queue(self) -> tuple[int, str]:
        """Return how many jobs are waiting, and the device's status in the service's words."""
        with translated(f"ask for the queue of {self.name}"):
            status = self._backend.status()
            return int(status.pending_jobs), str(status.status_msg)

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Decide on which qubits a program runs.

        See `neuroqgan.backends.placement.plan.device_plan`.

        Parameters
        ----------
        program
            As drawn by a generator.
        placement
            How cell circuits are placed.

        Raises
        ------
        PlanError
            If it does not fit.
        """
        return device_plan(program, self.target, self.name, placement)

    def check_options(self, options: JobOptions) -> None:
        """Check that options are within the device's range, before anything is planned.

        Raises
        ------
        ConfigError
            If one is not.
        """
        with translated(f"ask for the configuration of {self.name}"):
            check_options(options, self._backend)

    def check(self, workload: Workload) -> None:
        """Check that the device can run a workload; qiskit-ibm-runtime would send anything.

        Raises
        ------
        PlanError
            If a circuit has gates or faulty qubits that the device cannot run, or its angles do
            not fit it.
        ConfigError
            If an option is out of the device's range.
        """
        with translated(f"ask for the calibration of {self.name}"):
            check_options(workload.options, self._backend)
            check_circuits(workload, self._backend)

    def open_batch(self) -> str | None:
        """Open a batch for jobs that follow each other; see `neuroqgan.backends.ibm.batches`.

        Returns
        -------
        str or None
            The service's id of it; None if the account may not have one.

        Raises
        ------
        AccountError
            If the account is refused.
        ServiceError
            If the service cannot be reached.
        """
        return self._all_batches().open()

    def takes_jobs(self, session: str) -> bool:
        """Whether a batch is open and has time left; raises as `open_batch` does."""
        return self._all_batches().find(session) is not None

    def batch_seconds(self) -> float | None:
        """Return how long a batch lives on the plan of the instance; raises as `open_batch`."""
        from neuroqgan.backends.ibm.batches import SECONDS, USUAL_SECONDS

        plan = self._service.plan
        return None if plan is None else SECONDS.get(plan, USUAL_SECONDS)

    def close_batch(self, session: str) -> None:
        """Let a batch accept no more jobs; raises as `open_batch` does."""
        self._all_batches().close(session)

    def submit(self, workload: Workload, *, tag: str, session: str | None = None) -> RemoteJob:
        """Send a workload, once; see `neuroqgan.backends.ibm.submission`.

        Parameters
        ----------
        workload
            One that `check` has accepted.
        tag
            Travels with the job.
        session
            The service's id of a batch to send it in, if that is still open.

        Raises
        ------
        AccountError
            If the account may not do this; no job was created.
        RefusedError
            If the service refused it; no job was created.
        ServiceError
            If the service was out of reach before the workload was sent; no job was created.
        UncertainError
            If no answer came, or an unclear one; the job may exist.
        """
        batch = None if session is None else self._all_batches().find(session)
        return submit(self._backend, workload, tag=tag, batch=batch)

    def dry_run(self, workload: Workload) -> DryRun:
        """Have the service check and estimate a workload; see `neuroqgan.backends.ibm.dry_run`.

        Parameters
        ----------
        workload
            One that `check` has accepted.

        Raises
        ------
        AccountError
            If the account may not do this.
        RefusedError
            If the service would refuse the workload.
        ServiceError, UncertainError
            If the service cannot be reached, or does not answer.
        """
        from neuroqgan.backends.ibm.dry_run import dry_run

        return dry_run(self._backend.service, self.name, workload)

    def _all_batches(self) -> Batches:
        if self._batches is None:
            from neuroqgan.backends.ibm.batches import Batches

            self._batches = Batches(self._backend, fractional_gates=self.fractional_gates)
        return self._batches
