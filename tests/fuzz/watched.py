"""Workers that may hang, die or swell, and a parent that goes on without them."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.fuzz.loop import MEMORY_EXIT, Shared, work
from tests.fuzz.target import Fault, Target

# Of the processor time that an input may take: when it is ended, and by the clock if it waits for
# something, or for its turn on a busy machine.
_MOST_WORK, _MOST_WAITING = 2, 30
_MOST_DEATHS = 100


@dataclass
class Outcome:
    """What became of the inputs of a target.

    Parameters
    ----------
    target
        Its name.
    inputs, accepted
        How many were read, and how many of them without complaint.
    seconds
        How long that took.
    faults
        The first input of every different fault.
    """

    target: str
    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    faults: dict[str, tuple[Fault, bytes]] = field(default_factory=dict)


def scratch_folder() -> str:
    """Return an empty folder, in memory where there is such a place."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
    return tempfile.mkdtemp(prefix="neuroqgan-fuzz-", dir=place)


def fuzz(
    target: Target, *, n_inputs: int, seed: int, seconds: float, guided: bool = True
) -> Outcome:
    """Read inputs of a target until there were enough or the time is over.

    Parameters
    ----------
    target
        What reads them.
    n_inputs
        How many.
    seed
        Of the random numbers; with the same one, and time enough, the inputs are the same.
    seconds
        The time.
    guided
        Whether what inputs cover guides the search.
    """
    outcome = Outcome(target.name)
    began = time.monotonic()
    folder = Path(scratch_folder())
    try:
        corpus = folder / "corpus"
        corpus.mkdir()
        for content in target.seeds():
            (corpus / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
        for life in range(_MOST_DEATHS):
            left = seconds - (time.monotonic() - began)
            # A first life there is in any case: no target is left out for want of time.
            if outcome.inputs >= n_inputs or (life and left < 1):
                break
            shared, notes = Shared(), folder / f"notes-{life}"
            notes.mkdir()
            do = functools.partial(
                work,
                target,
                shared,
                functools.partial(_note, notes),
                _emptied(folder / "work"),
                corpus,
                n_inputs=n_inputs - outcome.inputs,
                seed=seed + life,
                seconds=max(1.0, left),
                guided=guided,
            )
            ending = in_child(do, shared, seconds=target.seconds, log=folder / "log")
            done, accepted, _, current = shared.read()
            outcome.inputs += done
            outcome.accepted += accepted
            _take_notes(notes, outcome)
            if ending is not None:
                text = f"{ending}\n{(folder / 'log').read_text(errors='replace')[-2000:]}"
                fault = Fault(ending.partition(" ")[0], target.name, text)
                outcome.faults.setdefault(fault.key, (fault, current))
                outcome.inputs += 1
            elif not done and seconds - (time.monotonic() - began) > 5:
                raise RuntimeError((folder / "log").read_text(errors="replace")[-3000:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    outcome.seconds = time.monotonic() - began
    return outcome


def in_child(do: Callable[[], None], shared: Shared, *, seconds: float, log: Path) -> str | None:
    """Do something in a forked process, and return how that ended if it did not end well."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            os.setpgid(0, 0)
            sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(sink, 1)
            os.dup2(sink, 2)
            do()
            code = 0
        except BaseException:  # noqa: BLE001
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        finally:
            os._exit(code)
    try:
        return _wait(process, shared, seconds)
    finally:
        _end(process)


def _wait(process: int, shared: Shared, seconds: float) -> str | None:
    pause, seen, used = 0.005, 0.0, 0.0
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            if code in (0, MEMORY_EXIT):
                return None
            return f"killed by signal {-code}" if code < 0 else f"ended with code {code}"
        began = shared.began()
        if began and began != seen:
            seen, used = began, _processor_time(process)
        elif began and time.monotonic() - began > seconds:
            worked = _processor_time(process) - used
            waited = time.monotonic() - began
            if worked > _MOST_WORK * seconds or waited > _MOST_WAITING * seconds:
                return f"hang after {worked:.1f} s of work in {waited:.1f} s"
        time.sleep(pause)
        pause = min(0.1, 1.5 * pause)


def _processor_time(process: int) -> float:
    """Return the processor time of a process and its children, in seconds."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        worker = psutil.Process(process)
        for one in (worker, *worker.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += sum(one.cpu_times()[:4])
    return total


def _end(process: int) -> None:
    """End a worker and all processes that it started."""
    try:
        os.killpg(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    try:
        os.waitpid(process, 0)
    except ChildProcessError:
        return


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _note(notes: Path, fault: Fault, data: bytes) -> None:
    name = hashlib.sha256(fault.key.encode()).hexdigest()[:16]
    if not (notes / f"{name}.txt").exists():
        (notes / f"{name}.bin").write_bytes(data)
        parts = (fault.kind, fault.place, fault.text)
        (notes / f"{name}.txt").write_text("\0".join(parts), errors="backslashreplace")


def _take_notes(notes: Path, outcome: Outcome) -> None:
    for said in sorted(notes.glob("*.txt")):
        kind, place, text = said.read_text().split("\0", 2)
        fault = Fault(kind, place, text)
        data = said.with_suffix(".bin").read_bytes()
        outcome.faults.setdefault(fault.key, (fault, data))
