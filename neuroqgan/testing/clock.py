"""Clocks for the loopback service, and for code that waits: the system's, and one set by tests."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """Return the date and time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        ...

    def timestamp(self) -> str:
        """Return date and time as services write them."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the date and time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def timestamp(self) -> str:
        """Return date and time as services write them."""
        return _written(self.now())


class FakeClock:
    """A clock that stands still until it is told to go on, so that tests wait for nothing.

    Give it to a `LoopbackService`, whose jobs then finish when the clock says so, and `installed`
    to code that sleeps.

    Parameters
    ----------
    start
        Date and time at which it stands, with a time zone; now by default.

    Raises
    ------
    ValueError
        If ``start`` has no time zone.

    Examples
    --------
    >>> import time
    >>> clock = FakeClock()
    >>> with clock.installed():
    ...     began = time.monotonic()
    ...     time.sleep(3600)
    ...     time.monotonic() - began
    3600.0
    >>> clock.slept
    [3600.0]
    """

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"expected a time with a time zone, got {start.isoformat()}")
        self._start = (start or datetime.now(UTC)).astimezone(UTC)
        self._elapsed = 0.0
        self._guard = threading.Lock()
        self.slept: list[float] = []
        """Seconds of every `sleep`, in order."""

    def __repr__(self) -> str:
        return f"FakeClock({self.timestamp()})"

    def now(self) -> datetime:
        """Return the date and time at which it stands, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds that it was moved on since it was made."""
        return self._elapsed

    def timestamp(self) -> str:
        """Return date and time as services write them."""
        return _written(self.now())

    def advance(self, seconds: float) -> None:
        """Move it on.

        Parameters
        ----------
        seconds
            By how much.

        Raises
        ------
        ValueError
            If that is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock does not go back, got {seconds} seconds")
        with self._guard:
            self._elapsed += seconds

    def sleep(self, seconds: float) -> None:
        """Return at once, with the clock moved on by that much."""
        self.advance(seconds)
        with self._guard:
            self.slept.append(float(seconds))

    @contextmanager
    def installed(self) -> Iterator[FakeClock]:
        """Put it in the place of ``time.sleep`` and ``time.monotonic`` while the block runs.

        That holds for the whole process and all of its threads. Code that took these functions
        out of the module before (``from time import sleep``) goes on with the real ones, and so do
        waits for locks, events and sockets.

        Yields
        ------
        FakeClock
            This clock.
        """
        with (
            mock.patch.object(time, "sleep", self.sleep),
            mock.patch.object(time, "monotonic", self.monotonic),
        ):
            yield self


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
