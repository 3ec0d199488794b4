"""Which process works on a job, and whether it still lives."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# A process on another machine cannot be looked at; one that has written nothing for this long
# (the longest request to a service takes less) is taken for dead.
LEASE = timedelta(minutes=20)

# The clock may be set between two looks at a process, and no number comes round within seconds.
_SAME_START = 5.0


@cache
def _started(pid: int) -> str:
    import psutil

    return f"{psutil.Process(pid).create_time():.2f}"


def myself() -> str:
    """Return a text that names this process and no later one of the same number."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_alive(owner: str, last_sign: datetime, now: datetime) -> bool:
    """Say whether the process that holds a job may still be working on it.

    Parameters
    ----------
    owner
        As `myself` returned it there.
    last_sign
        When it last wrote to the record.
    now
        The time.
    """
    import psutil

    host, pid, started = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return now - last_sign < LEASE
    try:
        process = psutil.Process(int(pid))
        # A killed process that its parent has not looked at yet keeps its number.
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return False
        return abs(process.create_time() - float(started)) < _SAME_START
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
