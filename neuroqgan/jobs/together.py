"""Jobs that several processes wait for: one fetches the bits, and all others find them here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from neuroqgan.errors import NotReadyError
from neuroqgan.jobs.completion import complete
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_SECONDS = 0.2


def complete_together(
    context: JobContext, job: JobRecord, *, on_progress: Callable[[int], None] = lambda _: None
) -> JobRecord:
    """Bring the bits of a job home, or wait until another process that fetches them has.

    Parameters, result and errors are those of `neuroqgan.jobs.completion.complete`; it waits only
    for a job that is finished at its service, and only while the other process lives.
    """
    while True:
        try:
            return complete(context, job, on_progress=on_progress)
        except NotReadyError:
            before, job = job, context.store.get(job.id)
            is_fetched = job.state is JobState.DONE and context.store.is_held(job)
            if not is_fetched and job.version == before.version:
                raise
            if is_fetched:
                time.sleep(_SECONDS)
