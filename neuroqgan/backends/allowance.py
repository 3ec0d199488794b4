"""What an instance may still use of quantum processors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """Seconds of the quantum processor that an instance may use; None if unknown or unlimited.

    Parameters
    ----------
    used
        Seconds used in the current period.
    limit
        Seconds that the period allows.
    reached
        Whether the service runs no more jobs until time is made available.

    Examples
    --------
    >>> Allowance(used=120.0, limit=600.0).left
    480.0
    """

    used: float | None
    limit: float | None
    reached: bool = False

    @property
    def left(self) -> float | None:
        """Seconds that are left of it."""
        if self.used is None or self.limit is None:
            return None
        return max(0.0, self.limit - self.used)
