"""Readers that parse in a process of their own, which is forked here instead of started anew.

A new Python that imports NumPy and SciPy takes a second; a fork takes milliseconds, and can die
just as well. A fork that lives on for the next input takes less still, and is forked again when it
dies. Everything else is as users have it: exit codes, limits, messages.
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from tests.fuzz import guards

# Inputs, and bytes of address space more than at first, after which a fork is replaced: some
# libraries keep something of every file.
_MOST_INPUTS, _MOST_KEPT = 500, 2**28
# Of processor time that one input may take. Users have minutes, for files of gigabytes.
_MOST_OF_ONE = 5


class _Account:
    """What forks that live on have taken, of which the system tells only when they end."""

    seconds: float = 0.0
    ended: float = 0.0
    peak: int = 0


def seconds() -> float:
    """Return the processor time of this process and its children, at work or ended."""
    used = os.times()
    children = used.children_user + used.children_system
    return used.user + used.system + children - _Account.ended + _Account.seconds


def peak() -> int:
    """Return the most bytes that this process or a child ever had in memory."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(_Account.peak, *(_peak_of(who) for who in whose))


def _peak_of(who: int) -> int:
    return 1024 * resource.getrusage(who).ru_maxrss


def install(scratch: Path) -> None:
    """Parse in processes that live on, instead of those of `neuroqgan.data.untrusted.child`.

    Parameters
    ----------
    scratch
        The only folder in which they may write.
    """
    from neuroqgan.data.untrusted import child

    # Objects that no collection looks at are pages that no fork has to copy.
    gc.collect()
    gc.freeze()
    child.run_child = _Forks(scratch).run


def run_forked(child: str, arguments: list[str]) -> tuple[int, str]:
    """Run a module in a forked process; see `neuroqgan.data.untrusted.child.run_child`."""
    with tempfile.TemporaryFile() as said:
        process = os.fork()
        if process == 0:
            gc.disable()
            os._exit(_run(child, arguments, said, _address_space()))
        _, status = os.waitpid(process, 0)
        return os.waitstatus_to_exitcode(status), _text(said)


def _run(child: str, arguments: list[str], said: BinaryIO, taken: int) -> int:
    """Run a module in this process, which has taken so much address space before."""
    os.dup2(said.fileno(), 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    source, target, memory, seconds, *more = arguments
    # Of address space and processor time, of which this process has taken more than a new one.
    allowed = int(memory) + taken
    until = min(int(seconds), _MOST_OF_ONE) + math.ceil(_processor_time())
    try:
        code: int = import_module(child).main([source, target, str(allowed), str(until), *more])
    except BaseException:  # noqa: BLE001  # as Python does with an error in a script
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    return code


def _processor_time() -> float:
    return sum(os.times()[:2])


def _text(said: BinaryIO) -> str:
    said.seek(0)
    return said.read().decode("utf-8", "replace").strip()


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


class _Forks:
    """A process that parses one input after another, and a new one when it has died."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._process, self._told = 0, 0.0
        self._asked = self._answers = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as this process

    def run(self, child: str, arguments: list[str]) -> tuple[int, str]:
        """Run a module; see `neuroqgan.data.untrusted.child.run_child`."""
        import_module(child)
        if not self._process:
            self._start()
        assert self._asked is not None
        assert self._answers is not None
        self._said.seek(0)
        self._said.truncate()
        self._asked.write(json.dumps([child, arguments]).encode() + b"\n")
        self._asked.flush()
        answer = self._answers.readline()
        if not answer:
            return self._end(), _text(self._said)
        code, escapes, used, peak, is_last = json.loads(answer)
        guards.add(escapes)
        self._told += used
        _Account.seconds += used
        _Account.peak = max(_Account.peak, peak)
        if is_last:
            self._end()
        return code, _text(self._said)

    def _end(self) -> int:
        """Wait for the end of the process, and return its exit code."""
        _, status, usage = os.wait4(self._process, 0)
        whole = usage.ru_utime + usage.ru_stime
        _Account.ended += whole
        # What it did not live to tell.
        _Account.seconds += max(0.0, whole - self._told)
        self._process, self._told = 0, 0.0
        for pipe in (self._asked, self._answers):
            if pipe is not None:
                pipe.close()
        return os.waitstatus_to_exitcode(status)

    def _start(self) -> None:
        questions, answers = os.pipe(), os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(questions[1])
            os.close(answers[0])
            try:
                self._serve(os.fdopen(questions[0], "rb"), os.fdopen(answers[1], "wb"))
            finally:
                os._exit(1)
        os.close(questions[0])
        os.close(answers[1])
        self._asked, self._answers = os.fdopen(questions[1], "wb"), os.fdopen(answers[0], "rb")

    def _serve(self, questions: BinaryIO, answers: BinaryIO) -> None:
        taken = _address_space()
        for number, question in enumerate(questions):
            child, arguments = json.loads(question)
            begun = _processor_time()
            with guards.guarded(self._scratch, executes=False) as escapes:
                code = _run(child, arguments, self._said, taken)
            used, peak = _processor_time() - begun, _peak_of(resource.RUSAGE_SELF)
            is_last = number == _MOST_INPUTS or _address_space() > taken + _MOST_KEPT
            answers.write(json.dumps([code, escapes, used, peak, is_last]).encode() + b"\n")
            answers.flush()
            if is_last:
                break
        os._exit(0)
