"""Signs of life of a process that works on jobs for a long time.

Processes elsewhere, which cannot see whether it lives, rely on them.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from neuroqgan.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.jobs.store import JobStore

# Well below `neuroqgan.jobs.owner.LEASE`, after which an invisible process is taken for dead.
_SECONDS = 60.0


@contextmanager
def heartbeat(store: JobStore, *, seconds: float = _SECONDS) -> Iterator[None]:
    """Renew the lease of all jobs that this process holds, for as long as the block lasts.

    Parameters
    ----------
    store
        Where the jobs are stored. If it cannot be reached for a while, the next sign may still
        come in time.
    seconds
        Seconds between two signs.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(seconds):
            with suppress(StorageError):
                store.renew()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
