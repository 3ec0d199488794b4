"""The way of a job from planned to retrieved, as a notebook shows it."""

from __future__ import annotations

from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.notebooks.pictures import state_picture

_STATIONS = (
    JobState.PLANNED,
    JobState.SUBMITTING,
    JobState.QUEUED,
    JobState.RUNNING,
    JobState.DONE,
    JobState.RETRIEVED,
)


def way_picture(state: JobState) -> str:
    """Return the stations of a job with the one that it has reached filled.

    Parameters
    ----------
    state
        Of the job; one that is no station, such as a failure, is written beside them.
    """
    return state_picture(
        [station.value for station in _STATIONS], state.value, ended_badly=state in FINAL
    )
