"""The life cycle of a job.

::

    preparing ─→ planned ─→ submitting ─→ queued ─→ running ─→ done ─→ retrieved
        │           │         │    ↑ │       │         │         │
        │           │         ↓    │ │       ↓         ↓         ↓
        │           │      uncertain │     failed, cancelled    lost
        ↓           ↓                ↓
     abandoned   cancelled,        failed
                 abandoned

``preparing``
    The record exists; circuits and angles are being written.
``planned``
    Everything is stored; nothing was sent.
``submitting``
    A process is sending the job, and holds it.
``uncertain``
    It was sent and no answer came: the service may have it or not, and only the service knows.
``queued``, ``running``
    The service has it. A simulated job goes from ``planned`` to ``running`` in this process.
``done``
    The service has the result; it is not here yet.
``retrieved``
    The raw bits are stored here. Every successful job ends in this state.
``failed``, ``cancelled``, ``lost``, ``abandoned``
    The job ended without a raster. Failed: the service refused it or gave up, or its result does
    not fit the plan. Cancelled: a person stopped it. Lost: the service no longer has the result.
    Abandoned: nothing was sent, because its process died or its device has changed. The service
    can be asked again for a job that is lost, or whose result did not fit.

Only `neuroqgan.jobs.store.JobStore.transition` changes a state, and it refuses every step that
`TRANSITIONS` does not list.
"""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """How far a job is."""

    PREPARING = "preparing"
    PLANNED = "planned"
    SUBMITTING = "submitting"
    UNCERTAIN = "uncertain"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    RETRIEVED = "retrieved"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    ABANDONED = "abandoned"


_ANSWERS = {
    JobState.QUEUED,
    JobState.RUNNING,
    JobState.DONE,
    JobState.FAILED,
    JobState.CANCELLED,
}

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.PREPARING: frozenset({JobState.PLANNED, JobState.ABANDONED}),
    # A simulation runs in the process that planned it, and a person may cancel an unsent job.
    JobState.PLANNED: frozenset(
        {JobState.SUBMITTING, JobState.RUNNING, JobState.CANCELLED, JobState.ABANDONED}
    ),
    # Back to planned if the request never left, or the service accepts no more for a while.
    JobState.SUBMITTING: frozenset({JobState.UNCERTAIN, JobState.PLANNED, *_ANSWERS}),
    # Back to submitting only on request, once the service has said that it has no such job.
    JobState.UNCERTAIN: frozenset({JobState.SUBMITTING, *_ANSWERS}),
    JobState.QUEUED: frozenset({*_ANSWERS, JobState.LOST} - {JobState.QUEUED}),
    # From running to running when another process takes over; to queued when a service says so;
    # straight to retrieved if this process has the bits already; to uncertain if a process died
    # while a plugin ran the job.
    JobState.RUNNING: frozenset({*_ANSWERS, JobState.RETRIEVED, JobState.LOST, JobState.UNCERTAIN}),
    JobState.DONE: frozenset({JobState.RETRIEVED, JobState.FAILED, JobState.LOST}),
    JobState.RETRIEVED: frozenset(),
    # A result that did not fit the plan may be complete when it is asked for again.
    JobState.FAILED: frozenset({JobState.RETRIEVED}),
    JobState.CANCELLED: frozenset(),
    # The service may have it again later, or for another account.
    JobState.LOST: frozenset({JobState.RETRIEVED, *_ANSWERS}),
    JobState.ABANDONED: frozenset(),
}

FINAL = frozenset(
    {
        JobState.RETRIEVED,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.LOST,
        JobState.ABANDONED,
    }
)
"""States in which nothing more happens by itself."""

SENT = frozenset(
    {
        JobState.SUBMITTING,
        JobState.UNCERTAIN,
        JobState.QUEUED,
        JobState.RUNNING,
        JobState.DONE,
    }
)
"""States in which a service may hold the job."""
