"""A process that has imported everything and forks a child for a task, which tests may kill.

An interpreter with Qiskit in it takes two seconds to start, a fork of one takes milliseconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]

# Children of a process with threads may hang, and these libraries start some when first used.
_ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
}


class ForkServer:
    """The parent of all children.

    Parameters
    ----------
    environment
        Variables of all children, on top of this process's own.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._environment = os.environ | _ONE_THREAD | (environment or {})
        self._ended: dict[int, int] = {}
        self._begun: set[int] = set()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.forks"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def start(self, task: str, **arguments: Any) -> int:
        """Fork a child for a task of `tests.jobs.tasks`; return its number."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"task": task, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        return int(self._read()["forked"])

    def await_signal(self, pid: int) -> None:
        """Wait until a child has reached the place where it waits for `go`, or has ended."""
        while pid not in self._begun and pid not in self._ended:
            self._note(self._read())

    def join(self, pid: int) -> int:
        """Wait for a child; return its exit code, negative where a signal ended it."""
        while pid not in self._ended:
            self._note(self._read())
        return self._ended[pid]

    def ended(self, pid: int) -> bool:
        """Whether a child is known to have ended."""
        return pid in self._ended

    def run(self, task: str, **arguments: Any) -> int:
        """Fork a child and wait for it."""
        return self.join(self.start(task, **arguments))

    def _note(self, message: dict[str, Any]) -> None:
        if "begun" in message:
            self._begun.add(message["begun"])
        else:
            self._ended[message["ended"]] = message["code"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError("The fork server has died.")
            message = json.loads(line)
            if "forked" in message or "ready" in message:
                return dict(message)
            if self._is_wanted(message):
                return dict(message)

    def _is_wanted(self, message: dict[str, Any]) -> bool:
        return "begun" in message or "ended" in message


def go(pid: int) -> None:
    """Let a child go on that waits for it."""
    os.kill(pid, signal.SIGUSR1)
