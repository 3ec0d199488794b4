"""Signs of life of a process that works on jobs for long, for those that cannot look at it."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from neuroqgan.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.jobs.store import JobStore

# Well below the lease after which a process that cannot be looked at is taken for dead.
SECONDS = 60.0


@contextmanager
def heartbeat(store: JobStore) -> Iterator[None]:
    """Renew the lease of all jobs that this process holds, as long as the block lasts.

    Parameters
    ----------
    store
        Where the jobs are. Should it be out of reach for a while, the next sign may still come in
        time.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(SECONDS):
            with suppress(StorageError):
                store.renew()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
