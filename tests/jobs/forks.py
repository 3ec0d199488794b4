"""A process that has imported everything and forks a child a task, for tests to kill.

An interpreter with Qiskit in it takes seconds to start, a fork of one takes milliseconds.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parents[2]

# Children of a process with threads may hang, and these libraries start some when first used.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
}


class ForkServer:
    """The parent of all children.

    Parameters
    ----------
    environment
        Variables of all children, on top of this process's own.
    log
        Where the children's words go.
    """

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = os.environ | _ONE_THREAD | environment
        self._log = log
        self._waiting: set[int] = set()
        self._codes: dict[int, int] = {}

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.jobs.forks"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def preload(self, modules: list[str]) -> None:
        """Import modules that children will need."""
        self._ask({"modules": modules})
        self._listen("loaded")

    def start(self, task: str, **arguments: Any) -> int:
        """Fork a child for a function of `tests.jobs.tasks`, or ``module:name``; its number."""
        self._ask({"task": task, "arguments": arguments})
        return int(self._listen("forked")["forked"])

    def await_begin(self, pid: int) -> bool:
        """Wait until a child waits for `go`; return False if it ends instead."""
        while pid not in self._waiting and pid not in self._codes:
            self._listen(None)
        return pid in self._waiting

    def go(self, pid: int) -> None:
        """Let a child go on that waits."""
        os.kill(pid, signal.SIGUSR1)

    def kill(self, pid: int) -> None:
        """End a child by SIGKILL, unless it has ended by then; its number may be another's."""
        self._ask({"kill": pid})

    def join(self, pid: int) -> int:
        """Wait for a child; return its exit code, negative where a signal ended it."""
        while pid not in self._codes:
            self._listen(None)
        return self._codes.pop(pid)

    def run(self, task: str, **arguments: Any) -> int:
        """Fork a child and wait for it."""
        return self.join(self.start(task, **arguments))

    def _ask(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def _listen(self, wanted: str | None) -> dict[str, Any]:
        """Read messages up to one of a kind, or just one."""
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            message: dict[str, Any] = json.loads(line)
            if "begun" in message:
                self._waiting.add(message["begun"])
            if "ended" in message:
                self._codes[message["ended"]] = message["code"]
            if wanted is None or wanted in message:
                return message
        raise RuntimeError(f"The fork server has died; see {self._log}.")


def wait_for_go() -> None:
    """In a child: tell the test, and wait until it calls `go`."""
    _say({"begun": os.getpid()})
    signal.sigwait({signal.SIGUSR1})


# Where the protocol goes: children's own standard output must not get into it.
_channel = -1
_alive: set[int] = set()


def _say(message: dict[str, Any]) -> None:
    os.write(_channel, json.dumps(message).encode() + b"\n")


def _messages(alarm: int) -> Iterator[dict[str, Any]]:
    """Read what is asked for, and tell of children that have ended in between."""
    rest = b""
    while True:
        ready, _, _ = select.select([0, alarm], [], [])
        if alarm in ready:
            os.read(alarm, 4096)
            _reap()
        if 0 in ready:
            data = os.read(0, 1 << 20)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            yield from map(json.loads, lines)


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _alive.discard(pid)
        _say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _child(task: str, arguments: dict[str, Any]) -> None:
    """Do a task and never return."""
    code = 1
    try:
        module, _, name = task.rpartition(":")
        tasks = importlib.import_module(module or "tests.jobs.tasks")
        code = int(getattr(tasks, name)(**arguments) or 0)
    except BaseException:  # noqa: BLE001  # nothing may get back into the parent's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    global _channel  # noqa: PLW0603
    _channel = os.dup(1)
    os.dup2(2, 1)
    alarm, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    # Children inherit this, so that no signal is lost before they wait for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    for message in _messages(alarm):
        if "kill" in message:
            if message["kill"] in _alive:
                os.kill(message["kill"], signal.SIGKILL)
            continue
        if "modules" in message:
            for name in message["modules"]:
                try:
                    importlib.import_module(name)
                except Exception:  # noqa: BLE001, S112  # some import only in their order
                    continue
            assert psutil.Process().num_threads() == 1
            # Children need not copy what the collector would only look at.
            gc.collect()
            gc.freeze()
            _say({"loaded": True})
            continue
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _child(message["task"], message["arguments"])
        _alive.add(pid)
        _say({"forked": pid})


if __name__ == "__main__":
    # Under its own name, so that tasks find the channel.
    from tests.jobs import forks

    forks.main()
