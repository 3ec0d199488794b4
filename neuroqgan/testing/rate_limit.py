"""How often jobs may be submitted: a number per minute, counted over the last minute."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.clock import SystemClock

if TYPE_CHECKING:
    from neuroqgan.testing.clock import Clock

_MINUTE = 60.0


@dataclass
class RateLimit:
    """So many submissions a minute; those beyond are refused, and make no job.

    Parameters
    ----------
    per_minute
        Most submissions within a minute; None for any number.
    clock
        What tells the time.
    n_refused
        How many were refused so far.
    """

    per_minute: int | None = None
    clock: Clock = field(default_factory=SystemClock)
    n_refused: int = 0
    _accepted: deque[float] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self) -> None:
        """Count a submission.

        Raises
        ------
        ApiError
            HTTP 429 with ``Retry-After`` in whole seconds, if it comes too soon.
        """
        if self.per_minute is None:
            return
        with self._lock:
            now = self.clock.monotonic()
            while self._accepted and now - self._accepted[0] >= _MINUTE:
                self._accepted.popleft()
            if len(self._accepted) < self.per_minute:
                self._accepted.append(now)
                return
            self.n_refused += 1
            wait = max(1, ceil(self._accepted[0] + _MINUTE - now))
        raise ApiError(
            429,
            1202,
            f"Too many POST jobs requests received: limit is {self.per_minute} per minute.",
            headers=(("Retry-After", str(wait)),),
        )
