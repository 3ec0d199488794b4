"""Running jobs in this process: on Aer, on simulated devices, on plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from neuroqgan.errors import MisfitError, NeuroqganError
from neuroqgan.jobs.bits import pack
from neuroqgan.jobs.codec import MISFIT
from neuroqgan.jobs.heartbeat import heartbeat
from neuroqgan.jobs.result_storage import fail_misfit, store_bits
from neuroqgan.jobs.state import JobState
from neuroqgan.seeding import sampling_streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.local.in_process import LocalBackend
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

# Streams 0 and 1 of a seed are those of `sampling_streams`.
_SHOTS_OF_BINS = 2


def simulate(
    context: JobContext,
    job: JobRecord,
    *,
    backend: Backend | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> JobRecord:
    """Run a job here, to the end; the same job gives the same bits however often it is started.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        A job that is ``planned``, or ``running`` in a process that has died.
    backend
        The job's backend, if the caller has it already.
    on_progress
        Called with the number of executions done since the last call.

    Returns
    -------
    JobRecord
        The job, now ``retrieved``.

    Raises
    ------
    NotReadyError
        If another process is running it.
    NeuroqganError
        If the backend fails; the job has then failed as well.
    """
    note = "started" if job.state is JobState.PLANNED else "started again"
    job = context.store.transition(job, JobState.RUNNING, note, hold=True)
    try:
        with heartbeat(context.store):
            payload = context.payload(job)
            here = cast("LocalBackend", backend or context.backend(job))
            bits = here.run_pages(
                payload.pages,
                payload.values,
                shots=payload.shots,
                seed=_shots_seed(job),
                on_progress=on_progress,
            )
    except MisfitError as error:
        context.payloads.write(job.id, MISFIT, pack(error.bits))
        fail_misfit(context, job, f"{error.problem} {error.got}")
    except NeuroqganError as error:
        context.store.transition(job, JobState.FAILED, f"{error.problem} {error.got}".strip())
        raise
    except BaseException:
        # Still ``running``, and free for whoever recovers it.
        context.store.release(job)
        raise
    return store_bits(context, job, context.layout(job).measured(bits))


def _shots_seed(job: JobRecord) -> int:
    """Return the seed of a job's shots; the bins of one raster are drawn independently."""
    if job.series is None:
        return sampling_streams(job.seed)[1]
    stream = np.random.SeedSequence(job.seed, spawn_key=(_SHOTS_OF_BINS, job.first_bin))
    return int(stream.generate_state(1)[0] >> 1)
