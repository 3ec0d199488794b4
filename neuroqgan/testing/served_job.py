"""Jobs: what was submitted, in which state they are, and their bits."""

from __future__ import annotations

import json
import threading
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neuroqgan.testing.clock import Clock, SystemClock
from neuroqgan.testing.drawn_bits import Draw, draw_bits
from neuroqgan.testing.usage_rule import usage_seconds
from neuroqgan.testing.wire_format import read_pubs, write_results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.testing.pubs import Pub

FINAL = frozenset({"Completed", "Failed", "Cancelled"})
PENDING = frozenset({"Queued", "Running"})
MOCK = "mock_"
"""How the names of mock devices begin."""


@dataclass
class ServedJob:
    """A job as the server knows it; `body` is the JSON that was posted."""

    id: str
    body: dict[str, Any]
    seed: int = 0
    draw: Draw = "random"
    state: str = "Queued"
    tags: list[str] = field(default_factory=list)
    running: str | None = None
    finished: str | None = None
    reason: str | None = None
    reason_code: int | None = None
    expired: bool = False
    refused: str = ""
    n_bytes: int = 0
    n_read: int = 0
    clock: Clock = field(default_factory=SystemClock)
    created: str = ""
    born: float = 0.0
    began: float | None = None
    ended: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pubs: list[Pub] | None = None
    _bits: list[NDArray[np.bool_]] | None = None
    _seconds: float | None = None
    _packed_params: bytes | None = None

    def __post_init__(self) -> None:
        self.created = self.created or self.clock.timestamp()
        self.born = self.clock.monotonic()

    @property
    def backend(self) -> str:
        """Name of the device."""
        return str(self.body["backend"])

    @property
    def is_mock(self) -> bool:
        """Whether it is a dry run, which is neither charged nor run on a device."""
        return self.backend.startswith(MOCK)

    @property
    def program(self) -> str:
        """`sampler` or `executor`."""
        return str(self.body["program_id"])

    @property
    def private(self) -> bool:
        """Whether its results are handed out once only."""
        return bool(self.body.get("private", False))

    @property
    def session_id(self) -> str | None:
        """Its session or batch, if it has one."""
        return self.body.get("session_id")

    @property
    def params(self) -> dict[str, Any]:
        """Raw JSON of the program's parameters."""
        if self._packed_params is not None:
            return dict(json.loads(zlib.decompress(self._packed_params)))
        return dict(self.body["params"])

    @property
    def pubs(self) -> list[Pub]:
        """Its circuits with their parameter sets."""
        if self._pubs is None:
            self._pubs = read_pubs(self.program, self.params)
        return self._pubs

    @property
    def shots(self) -> int:
        """Shots of every parameter set of the first circuit."""
        return self.pubs[0].shots_a_row

    @property
    def bits(self) -> list[NDArray[np.bool_]]:
        """What is measured, drawn when first asked for: ``(n_rows * shots, n_bits)`` a circuit."""
        with self._lock:
            if self._bits is None:
                self._bits = draw_bits(self.pubs, self.draw, self.seed, self.id)
            return self._bits

    @property
    def results(self) -> bytes:
        """What `GET /jobs/{id}/results` returns once it is completed."""
        bits = self.bits
        with self._lock:
            # Written again if it is read again: a server of thousands of jobs keeps no copies.
            results = write_results(self.program, self.params, self.pubs, bits)
            self._pubs = None
            return results

    @property
    def executions(self) -> int:
        """Shots of all parameter sets of all circuits."""
        return sum(pub.executions for pub in self.pubs)

    @property
    def seconds(self) -> float:
        """Seconds of the device by IBM's rule, as estimated and, if it is no mock, as charged."""
        if self._seconds is None:
            self._seconds = usage_seconds(self.backend, self.params, self.pubs)
        return self._seconds

    @property
    def final(self) -> bool:
        """Whether its state can no longer change."""
        return self.state in FINAL

    def move(
        self,
        state: str,
        reason: str | None = None,
        reason_code: int | None = None,
        *,
        never_ran: bool = False,
    ) -> None:
        """Change the state; a final one stays."""
        if self.final or state == self.state:
            return
        now = self.clock.timestamp()
        starts = self.began is None and state not in {"Queued", "Cancelled"} and not never_ran
        if starts:
            self.running, self.began = now, self.clock.monotonic()
        if state in FINAL:
            self.finished, self.ended = now, self.clock.monotonic()
        self.state, self.reason, self.reason_code = state, reason, reason_code

    def pack(self) -> None:
        """Keep the parameters of a job that has ended small; `body` is then without them."""
        params = json.dumps(self.params).encode()
        self._packed_params, self._pubs = zlib.compress(params), None
        self.body = {name: value for name, value in self.body.items() if name != "params"}

    def document(self, *, params: bool = False) -> dict[str, Any]:
        """Return the answer to `GET /jobs/{id}`."""
        state: dict[str, Any] = {"status": self.state}
        if self.reason:
            state["reason"] = self.reason
        if self.reason_code:
            state["reason_code"] = self.reason_code
        document: dict[str, Any] = {
            "id": self.id,
            "backend": self.backend,
            "program": {"id": self.program},
            "state": state,
            "status": self.state,
            "created": self.created,
            "tags": list(self.tags),
            "private": self.private,
            "cost": self.body.get("cost", 10000),
            "user_id": "IBMid-0000",
            "estimated_running_time_seconds": self.seconds,
        }
        if self.session_id:
            document["session_id"] = self.session_id
        if params and not self.private:
            document["params"] = self.params
        return document

    def metrics(self) -> dict[str, Any]:
        """Return the answer to `GET /jobs/{id}/metrics`."""
        ran = self.state in {"Completed", "Failed"} and self.began is not None
        seconds = self.seconds if ran and not self.is_mock else 0.0
        return {
            "timestamps": {
                "created": self.created,
                "running": self.running,
                "finished": self.finished,
            },
            "usage": {
                "status": "completed" if self.final else "pending",
                "quantum_seconds": seconds,
                "seconds": seconds,
                "qpu_charge_time_seconds": seconds,
            },
            "bss": {"seconds": seconds},
        }
