"""Waiting when a service accepts no more requests for a while.

IBM Quantum refuses submissions that come too fast with HTTP 429; five per minute and account are
said to be accepted. Such a request has done nothing, so it is safe to repeat it.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from neuroqgan.errors import BusyError, NeuroqganWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.jobs.record import JobRecord

_Value = TypeVar("_Value")

_MINUTE = 60.0
_USUAL_LIMIT = 5
_FIRST_WAIT = 15.0
_LONGEST_WAIT = 120.0


@dataclass
class Pace:
    """How fast jobs are sent: as they come, until the service refuses one for coming too soon.

    From then on, no more are sent within a minute than it had accepted in the minute before, or
    than its usual limit.

    Parameters
    ----------
    patience
        Most seconds that are spent waiting for one request to be accepted.

    Examples
    --------
    >>> pace = Pace()
    >>> for _ in range(5):
    ...     pace.sent()
    >>> pace.wait
    0.0
    >>> pace.refused(asked=20.0)
    20.0
    >>> 59 < pace.wait <= 60
    True
    """

    patience: float = 600.0
    _sent: deque[float] = field(default_factory=deque)
    _limit: int | None = None
    _n_refused: int = 0

    @property
    def wait(self) -> float:
        """Seconds until the next job may be sent."""
        if self._limit is None:
            return 0.0
        now = time.monotonic()
        recent = self._recent(now)
        return 0.0 if len(recent) < self._limit else recent[-self._limit] + _MINUTE - now

    def sent(self) -> None:
        """Count a job that was sent."""
        self._n_refused = 0
        self._sent.append(time.monotonic())

    def refused(self, asked: float | None) -> float:
        """Take note that a request came too soon.

        Parameters
        ----------
        asked
            Seconds that the service asks to wait, if it does.

        Returns
        -------
        float
            Seconds to wait before it is repeated.
        """
        self._limit = max(_USUAL_LIMIT, len(self._recent(time.monotonic())))
        self._n_refused += 1
        growing = min(2.0 ** (self._n_refused - 1), _LONGEST_WAIT / _FIRST_WAIT)
        # A service that asks for no time at all, again and again, is not asked every moment.
        return max(asked, growing) if asked is not None else _FIRST_WAIT * growing

    def _recent(self, now: float) -> deque[float]:
        while self._sent and now - self._sent[0] >= _MINUTE:
            self._sent.popleft()
        return self._sent


def warn_of_wait(job: JobRecord, seconds: float) -> None:
    """Warn that a job is not sent yet because its service accepts no more for a while.

    Parameters
    ----------
    job
        The job, which is planned.
    seconds
        Until it is sent again.
    """
    warnings.warn(in_words(job, seconds), NeuroqganWarning, stacklevel=2)


def in_words(job: JobRecord, seconds: float) -> str:
    """Say that a job is not sent yet, when it will be, and what becomes of it if one stops."""
    return (
        f"{job.backend} accepts no more jobs for now; job {job.short_id} will be sent in "
        f"{seconds:.0f} s. Nothing is lost by stopping: the same command, or neuroqgan jobs "
        f"recover {job.short_id} --submit, continues."
    )


def patiently(
    pace: Pace,
    request: Callable[[], _Value],
    on_wait: Callable[[float], None],
) -> _Value:
    """Make a request, and repeat it for as long as the service says that it comes too soon.

    Parameters
    ----------
    pace
        How fast requests are made.
    request
        Makes the request; raises `BusyError` if it came too soon and nothing was done.
    on_wait
        Called with the seconds of every wait, before it.

    Raises
    ------
    BusyError
        If the service asks to wait for longer than there is patience for.
    """
    waited = 0.0
    while True:
        try:
            return request()
        except BusyError as error:
            seconds = pace.refused(error.wait)
            if waited + seconds > pace.patience:
                raise
        pause(seconds, on_wait)
        waited += seconds


def pause(seconds: float, on_wait: Callable[[float], None]) -> None:
    """Wait, after saying so; do nothing if there is nothing to wait for."""
    if seconds > 0:
        on_wait(seconds)
        time.sleep(seconds)
