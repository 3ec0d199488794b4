"""What every backend offers, whatever kind it is: the protocol that all other code relies on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from neuroqgan.backends.options import Placement
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from datetime import datetime

    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.circuits.program import Program


@dataclass(frozen=True)
class Limits:
    """What a backend, or the device that it simulates, takes at most.

    Parameters
    ----------
    max_qubits
        Qubits of one cell circuit; None if only the device sets a limit.
    max_executions
        Executions of a job: rows of angles times shots, over all of its circuits.
    max_seconds
        Seconds of the quantum processor of a job.
    max_payload_bytes
        Bytes of the request that submits a job: circuits and angles as they are sent.
    max_instructions
        Instructions of the control system per qubit and job, over all rows of angles, as
        `neuroqgan.backends.job_limits.instructions` counts them.
    max_two_qubit_gates, max_rz_gates, max_sx_gates
        Gates of one circuit.
    max_broadcasts, max_wide_broadcasts
        How often a job may hand measured bits to the control logic of its conditions, over all
        rows of angles: one bit each time, and sixty bits each time.

    Notes
    -----
    The defaults are IBM's, from its guides "Job limits", "Maximum execution time" and "Execute
    dynamic circuits" of 2026. Whether instructions and broadcasts are counted once per circuit or
    once per row of angles is not said: they are counted per row here, which is never too few. The
    guide gave 50 MB for the size of a job until July 2026, when IBM raised it to 300 MB; 50 MB are
    kept, because more takes an ordinary connection minutes to send.

    Examples
    --------
    >>> Limits().max_instructions
    26800000
    """

    max_qubits: int | None = None
    max_executions: int = 10_000_000
    max_seconds: float = 3 * 3600.0
    max_payload_bytes: int = 50_000_000
    max_instructions: int = 26_800_000
    max_two_qubit_gates: int = 5_000_000
    max_rz_gates: int = 30_000_000
    max_sx_gates: int = 20_000_000
    max_broadcasts: int = 2400
    max_wide_broadcasts: int = 300


@dataclass(frozen=True)
class Opening:
    """What may be asked of a backend when it is opened.

    Parameters
    ----------
    fractional_gates
        Whether rotations are single pulses, on devices that have them.
    min_qubits
        Fewest qubits of a device that is chosen automatically.
    """

    fractional_gates: bool = False
    min_qubits: int = 0


class Backend(Protocol):
    """Where circuits run.

    Most of what differs between backends is a property of their kind
    (`neuroqgan.backends.kinds`), so nobody needs to ask for a backend's class or name.
    """

    @property
    def name(self) -> str:
        """Full name, by which `neuroqgan.backends.registry.resolve` opens it again."""

    @property
    def kind(self) -> str:
        """Name of its kind, a key of `neuroqgan.backends.kinds.KINDS`; stored with every job."""

    @property
    def simulates(self) -> bool:
        """Whether shots are drawn in this process from a seed, at no cost."""

    @property
    def charges(self) -> bool:
        """Whether somebody may have to pay for its executions."""

    @property
    def repeatable(self) -> bool:
        """Whether the same request with the same seed gives the same bits."""

    @property
    def limits(self) -> Limits:
        """What it takes at most."""

    @property
    def default_rep_delay(self) -> float | None:
        """Seconds between two executions unless something else is asked for; None if unknown."""

    @property
    def target(self) -> Target | None:
        """Qubits, gates and errors; None for an ideal simulator, which has no qubits of its own."""

    @property
    def calibrated(self) -> datetime | None:
        """When the device was calibrated, as it was last read; None if that is not known."""

    def refresh_calibration(self) -> None:
        """Read the calibration anew, if it can change."""

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Decide on which qubits a program runs.

        Parameters
        ----------
        program
            As drawn by a generator.
        placement
            How cell circuits are placed.

        Raises
        ------
        PlanError
            If the program does not fit.
        """

    def check_options(self, options: JobOptions) -> None:
        """Check that options are within the range of the backend, before anything is planned.

        Raises
        ------
        ConfigError
            If one is not.
        """


BackendLike: TypeAlias = "str | Backend | BackendV2"
"""What a user may give for a backend: a name, a Qiskit backend, or one that is resolved already."""


def device_target(backend: Backend) -> Target:
    """Return the target of a backend that has qubits of its own.

    Raises
    ------
    PlanError
        If it is an ideal simulator.

    Examples
    --------
    >>> from neuroqgan.backends.registry import resolve
    >>> device_target(resolve("fake_nairobi")).num_qubits
    7
    """
    if backend.target is None:
        raise no_qubits(backend.name)
    return backend.target


def no_qubits(backend: str) -> PlanError:
    """Return the error for an ideal simulator where a device is needed.

    Parameters
    ----------
    backend
        Its name.
    """
    return PlanError(
        "An ideal simulator has no qubits to plan for.",
        expected="a quantum device, or the simulation of one",
        got=backend,
        hint="`backend = fake_brisbane`",
    )
