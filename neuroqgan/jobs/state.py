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
    It was sent and no answer came: the service may have it or not. Only the service can tell.
``queued``, ``running``
    The service has it. A simulated job goes from ``planned`` to ``running`` in this process.
``done``
    The service has the result; it is not here yet.
``retrieved``
    The raw bits are stored here. The end of every good job.
``failed``, ``cancelled``, ``lost``, ``abandoned``
    Other ends: the service said no or gave up, or its result does not fit the plan; a person gave
    up; the result is gone from the service; it was given up before anything was sent, as its
    process died or its device has changed. A job that is lost, or whose result did not fit, can be
    asked for again.

`neuroqgan.jobs.store.JobStore.transition` is the only place that changes a state, and it refuses
whatever `TRANSITIONS` does not list.
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
    # A simulation runs where it is planned, and a person may cancel what was never sent.
    JobState.PLANNED: frozenset(
        {JobState.SUBMITTING, JobState.RUNNING, JobState.CANCELLED, JobState.ABANDONED}
    ),
    # Back to planned where the request never left.
    JobState.SUBMITTING: frozenset({JobState.UNCERTAIN, JobState.PLANNED, *_ANSWERS}),
    # Back to submitting only on request, once the service has said that it has no such job.
    JobState.UNCERTAIN: frozenset({JobState.SUBMITTING, *_ANSWERS}),
    JobState.QUEUED: frozenset({*_ANSWERS, JobState.LOST} - {JobState.QUEUED}),
    # From running to running when another process takes over; to queued when a service says so;
    # straight to retrieved where this process has its bits at hand; to uncertain where a process
    # died while somebody's plugin ran it.
    JobState.RUNNING: frozenset({*_ANSWERS, JobState.RETRIEVED, JobState.LOST, JobState.UNCERTAIN}),
    JobState.DONE: frozenset({JobState.RETRIEVED, JobState.FAILED, JobState.LOST}),
    JobState.RETRIEVED: frozenset(),
    # A result that did not fit the plan may come whole when it is asked for again.
    JobState.FAILED: frozenset({JobState.RETRIEVED}),
    JobState.CANCELLED: frozenset(),
    # What a service did not have it may have again, with another account as well.
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
