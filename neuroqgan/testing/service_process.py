"""The service in a process of its own, and what a test does to it from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.testing.drawn_bits import Draw
    from neuroqgan.testing.faults import Fault

_SECONDS_TO_START = 60.0


class ServiceProcess:
    """`LoopbackService` behind control endpoints; the parameters are the same."""

    def __init__(
        self,
        devices: Sequence[str] = ("ibm_brisbane", "ibm_fez"),
        draw: Draw = "random",
        auto: bool = True,
        seed: int = 0,
        *,
        delay: float | None = None,
        polls: int = 1,
        plan: str = "open",
        submissions_per_minute: int | None = None,
        mocks: bool = True,
    ) -> None:
        self._arguments = ["--draw", draw, "--seed", str(seed), "--polls", str(polls)]
        self._arguments += ["--devices", *devices]
        self._arguments += [] if auto else ["--no-auto"]
        self._arguments += [] if delay is None else ["--delay", str(delay)]
        self._arguments += ["--plan", plan] + ([] if mocks else ["--no-mocks"])
        if submissions_per_minute is not None:
            self._arguments += ["--submissions-per-minute", str(submissions_per_minute)]
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        ready = Path(self._folder.name) / "ready.json"
        command = [sys.executable, "-m", "neuroqgan.testing", "--ready-file", str(ready)]
        self._process = subprocess.Popen([*command, *self._arguments], env=os.environ)  # noqa: S603  # our own
        deadline = time.monotonic() + _SECONDS_TO_START
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("The service did not start.")
            time.sleep(0.02)
        self.environment = json.loads(ready.read_text(encoding="utf-8"))
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where the service listens."""
        return self.environment["IAM_URL"]

    @property
    def pid(self) -> int:
        """Number of its process."""
        return self._process.pid

    def order(self, route: str, fault: Fault, times: int = 1, skip: int = 0) -> None:
        """Let `skip` requests of a route pass, then serve `fault` to the next `times`."""
        self.control(
            "faults", {"route": route, "fault": fault.to_json(), "times": times, "skip": skip}
        )

    def jobs(self) -> list[dict[str, Any]]:
        """Return id, backend, program, tags, private, state, created and n_read of all jobs."""
        return list(self.control("jobs")["jobs"])

    @property
    def created(self) -> int:
        """How many jobs were ever created, deleted ones included."""
        return int(self.control("jobs")["created"])

    def bits(self, job_id: str) -> list[NDArray[np.bool_]]:
        """Return the bits of a job, one array a circuit."""
        from neuroqgan.testing.control import unpack

        jobs = self.control("jobs?bits=1")["jobs"]
        return next([unpack(bits) for bits in job["bits"]] for job in jobs if job["id"] == job_id)

    def requests(self) -> list[tuple[str, str]]:
        """Return method and path of all requests so far."""
        return [(method, path) for method, path in self.control("requests")["requests"]]

    def clear_faults(self) -> None:
        """Forget all faults that were ordered."""
        self.control("faults", method="DELETE")

    def control(
        self, what: str, body: dict[str, Any] | None = None, method: str | None = None
    ) -> Any:
        """Ask a control endpoint: `control("finish", {"job_id": ...})` calls `finish`."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/control/{what}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as response:
            text = response.read()
        return json.loads(text) if text else None
