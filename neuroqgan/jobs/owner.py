"""Which process is working on a job, and whether it is still alive.

An owner is written ``place:pid:start``. The place is ``host/boot/namespace``: the id of the
machine's last boot, and the namespace in which the process number is valid. On Linux the start is
counted in ticks since the boot, so changes of the clock do not move it. Only a process of the same
place can be seen from here: in another container the same number is another process. All others
have a lease, which they renew while they work (`neuroqgan.jobs.heartbeat`).

Earlier versions wrote ``host:pid:seconds``, by the clock.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import uuid
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# A process that cannot be seen from here and has written nothing for this long is taken for dead.
# The longest request to a service takes less.
LEASE = timedelta(minutes=20)

# No process number is used again within seconds.
_SAME_START = 5.0

_IS_LINUX: bool = sys.platform.startswith("linux")
_IS_WINDOWS: bool = sys.platform == "win32"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_OWNER = re.compile(r"(?P<place>.*):(?P<pid>[0-9]{1,9}):(?P<started>[^:]*)", re.DOTALL)
# In /proc/<pid>/stat, behind the name in brackets: state, and start in ticks.
_STATE, _START = 0, 19


def myself() -> str:
    """Return a text that names this process, and no later one with the same number."""
    return _mine(os.getpid())


def owner_of(pid: int) -> str:
    """Return the text that names a living process on this machine.

    Parameters
    ----------
    pid
        Its process number.
    """
    return f"{_place()}:{pid}:{_started(pid)}"


@cache
def _mine(pid: int) -> str:
    return owner_of(pid)


def in_words(owner: str) -> str:
    """Return an owner in words, such as ``process 12 on laptop``."""
    read = _OWNER.fullmatch(owner)
    return f"process {read['pid']} on {read['place'].split('/')[0]}" if read else "another process"


def can_be_judged(owner: str) -> bool:
    """Return whether it can be seen from here if a process is alive."""
    read = _OWNER.fullmatch(owner)
    return read is not None and read["place"] == _place() and _sees_itself()


def is_living(owner: str) -> bool:
    """Return whether a process for which `can_be_judged` is true is alive."""
    _, pid, started = owner.rsplit(":", 2)
    return _is_hidden(int(pid)) or _started(int(pid)) == started


def is_alive(owner: str, last_sign: datetime, now: datetime) -> bool:
    """Return whether the process that holds a job may still be working on it.

    Parameters
    ----------
    owner
        The process, as `myself` returned it there.
    last_sign
        When it last wrote to the record.
    now
        The current time.
    """
    read = _OWNER.fullmatch(owner)
    if read:
        place, pid, started = read["place"], int(read["pid"]), read["started"]
        if can_be_judged(owner) and not _is_hidden(pid):
            return _started(pid) == started
        # If it is seen here, it lives. If not, it may be elsewhere, or the clock was set.
        if place == socket.gethostname() and _ran_here_by_the_clock(pid, started):
            return True
    return abs(now - last_sign) < LEASE


def _place() -> str:
    """Return the place in which process numbers mean the same as here."""
    host = socket.gethostname()
    if not _IS_LINUX:
        # There are no containers, but two machines may have the same name.
        return f"{host}/{uuid.getnode():x}/"
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return f"{host}/?/{uuid.uuid4().hex}"
    return f"{host}/{boot}/{namespace.strip('pid:[]')}"


def _sees_itself() -> bool:
    """Whether ``/proc`` shows the namespace of this process; in a container it need not."""
    if not _IS_LINUX:
        return True
    try:
        return str(Path("/proc/self").readlink()) == str(os.getpid())
    except OSError:
        return False


def _started(pid: int) -> str | None:
    """Return when a process was started, or None if it is not alive or not visible."""
    import psutil

    if _IS_LINUX:
        of = "self" if pid == os.getpid() else pid
        try:
            fields = Path(f"/proc/{of}/stat").read_bytes().rpartition(b")")[2].split()
        except (OSError, ValueError):
            return None
        # A killed process keeps its number until its parent has asked for its exit code.
        return None if fields[_STATE] in {b"Z", b"X", b"x"} else fields[_START].decode()
    try:
        process = psutil.Process(pid)
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return None
        return f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def _is_hidden(pid: int) -> bool:
    """Whether there is such a process, of another user, that is not visible to this one."""
    # On Windows a signal of 0 would end the process.
    if _IS_WINDOWS or _started(pid) is not None:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def _ran_here_by_the_clock(pid: int, started: str) -> bool:
    """Return whether a process that an earlier version recorded is alive here."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return False
        return abs(process.create_time() - float(started)) < _SAME_START
    except (psutil.Error, ValueError):
        return False
