"""The service that tests start: the server in a thread, and what they may do to it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from neuroqgan.testing.clock import SystemClock
from neuroqgan.testing.faults import Faults
from neuroqgan.testing.rate_limit import RateLimit
from neuroqgan.testing.rules.checking import SERVICE_LIMITS
from neuroqgan.testing.served_device import Device
from neuroqgan.testing.server import API, CATALOG, Server
from neuroqgan.testing.service_state import ServiceState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from neuroqgan.backends.protocol import Limits
    from neuroqgan.testing.clock import Clock
    from neuroqgan.testing.drawn_bits import Draw
    from neuroqgan.testing.served_job import ServedJob


class LoopbackService:
    """IBM Quantum on 127.0.0.1.

    Parameters
    ----------
    devices
        Names, such as ``"ibm_fez"``, of devices that the client ships snapshots of.
    draw
        ``"random"`` bits from seed and job id, or ``"simulate"`` the circuits without noise.
    auto
        Whether jobs run by themselves; otherwise they stay queued until `finish`.
    delay
        Seconds after which jobs are completed; without, polls of the status complete them.
    polls
        Polls that find a job running before one finds it completed; 0 for none.
    seed
        Of the bits.
    port
        0 for a free one.
    clock
        What `delay`, the times of jobs and batches, and the limit of submissions go by: a
        `FakeClock`, or that of the system.
    plan
        Plan of the instance: ``"open"``, whose batches live for ten minutes, or another one.
    submissions_per_minute
        Jobs that may be submitted within a minute; more are answered by HTTP 429. None for any
        number.
    mocks
        Whether there is a mock of each device, for dry runs.
    limits
        What a job may be; a job that breaks these or another rule
        (`neuroqgan.testing.rules.rule_registry`) fails at once. None to accept every job.
    """

    def __init__(
        self,
        devices: Sequence[str] = ("ibm_brisbane", "ibm_fez"),
        draw: Draw = "random",
        auto: bool = True,
        seed: int = 0,
        *,
        delay: float | None = None,
        polls: int = 1,
        port: int = 0,
        clock: Clock | None = None,
        plan: str = "open",
        submissions_per_minute: int | None = None,
        mocks: bool = True,
        limits: Limits | None = SERVICE_LIMITS,
    ) -> None:
        clock = SystemClock() if clock is None else clock
        self.state = ServiceState(
            {name: Device(name) for name in devices},
            draw=draw,
            auto=auto,
            delay=delay,
            polls=polls,
            seed=seed,
            clock=clock,
            plan=plan,
            mocks=mocks,
            submissions=RateLimit(submissions_per_minute, clock),
            limits=limits,
        )
        self.faults = Faults()
        self.requests: list[tuple[str, str]] = []
        self.port = port
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start to listen, on the same port as before."""
        self._server = Server(self, self.port)
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Drop off the network; jobs are kept, and `start` brings the service back."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()
            self._server = None

    @property
    def url(self) -> str:
        """Where the service listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        """The API key that is accepted."""
        return self.state.token

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead the unmodified client here."""
        return {
            "QISKIT_IBM_TOKEN": self.token,
            "QISKIT_IBM_CHANNEL": "ibm_quantum_platform",
            "QISKIT_IBM_INSTANCE": self.state.instance,
            "QISKIT_IBM_URL": f"{self.url}{API}",
            "IAM_URL": self.url,
            "GLOBAL_SEARCH_URL": self.url,
            "GLOBAL_CATALOG_URL": f"{self.url}{CATALOG}",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    @property
    def jobs(self) -> dict[str, ServedJob]:
        """Jobs by id, in the order of their creation."""
        return self.state.jobs

    @property
    def created(self) -> int:
        """How many jobs were ever created, deleted ones included."""
        return self.state.created

    def finish(self, job_id: str) -> None:
        """Let a job complete."""
        self.state.move(self.jobs[job_id], "Completed")

    def run(self, job_id: str) -> None:
        """Let a queued job run, without finishing it."""
        self.state.move(self.jobs[job_id], "Running")

    def fail(self, job_id: str, reason: str, code: int | None = None) -> None:
        """Let a job fail, with IBM's text and error code."""
        self.state.move(self.jobs[job_id], "Failed", reason, code)

    def cancel(self, job_id: str, *, ran_too_long: bool = False) -> None:
        """Cancel a job, as its user would or because it ran too long."""
        if ran_too_long:
            self.state.move(self.jobs[job_id], "Cancelled", "Ran too long", 1305)
        else:
            self.state.move(self.jobs[job_id], "Cancelled")

    def expire(self, job_id: str) -> None:
        """Let the results of a job expire."""
        self.jobs[job_id].expired = True

    def retire(self, device: str) -> None:
        """Take a device off the list; its jobs stay."""
        self.state.devices[device].retired = True

    def set_queue(self, device: str, length: int, status: str = "online") -> None:
        """Set how many jobs wait for a device, and whether it is online."""
        self.state.devices[device].queue = length
        self.state.devices[device].status = status

    def recalibrate(self, device: str, at: str, faulty: Iterable[int] = ()) -> None:
        """Give a device a new calibration: its time in ISO 8601, and qubits that no longer work."""
        served = self.state.devices[device]
        served.calibrated, served.faulty = at, frozenset(faulty)

    def set_usage(
        self,
        consumed: float = 0.0,
        limit: float | None = 600.0,
        *,
        reached: bool = False,
        allocated: bool = False,
    ) -> None:
        """Set the seconds used before the first job, and the limit or allocation, None for none.

        Jobs wait in the queue while nothing is left.
        """
        self.state.usage_before = consumed
        self.state.usage_limit_seconds = limit
        self.state.usage_limit_reached = reached
        self.state.usage_key = "usage_allocation_seconds" if allocated else "usage_limit_seconds"

    def limit_submissions(self, per_minute: int | None) -> None:
        """Set how many jobs may be submitted within a minute; None for any number."""
        self.state.submissions.per_minute = per_minute
