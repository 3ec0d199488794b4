"""In a child: the command line, as a user calls it."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from neuroqgan.errors import NotReadyError

LONGEST_PAUSE = 0.02


class BrokenError(AssertionError):
    """A command ended in a way in which none should."""


class Shell:
    """Calls commands in this process and keeps what they said."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def __call__(self, *arguments: str) -> int:
        """Call a command; return its exit code."""
        from click.testing import CliRunner

        from neuroqgan.cli import main

        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        self.said.append(
            {
                "command": arguments,
                "code": result.exit_code,
                "output": result.output[-2000:],
                "stdout": result.stdout,
            }
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise BrokenError(f"{arguments}: {result.exception!r}") from result.exception
        if "Internal error" in result.output or "Traceback" in result.output:
            raise BrokenError(f"{arguments}: {result.output[-3000:]}")
        return int(result.exit_code)

    def must(self, *arguments: str) -> None:
        """Call a command that has to succeed."""
        code = self(*arguments)
        if code:
            raise BrokenError(f"{arguments} ended with {code}: {self.said[-1]['output']}")

    def until_done(self, *arguments: str, seconds: float = 20.0) -> None:
        """Repeat a command as long as it says that something is not ready yet."""
        deadline = time.monotonic() + seconds
        while (code := self(*arguments)) == NotReadyError.exit_code:
            if time.monotonic() > deadline:
                raise BrokenError(f"{arguments} is never ready: {self.said[-1]['output']}")
            pause()
        if code:
            raise BrokenError(f"{arguments} ended with {code}: {self.said[-1]['output']}")


def pause() -> None:
    """Wait a moment for a service."""
    time.sleep(LONGEST_PAUSE)


def hurry() -> None:
    """Cut down what takes time and changes nothing here: pauses, and a look at the whole stack.

    With every request qiskit-ibm-runtime says which packages called it, which takes longer than
    all the rest of a request.
    """
    from qiskit_ibm_runtime.api import session

    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, LONGEST_PAUSE))
    session.inspect = SimpleNamespace(stack=list)  # type: ignore[attr-defined]
