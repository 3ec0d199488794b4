"""Files and folders that only their owner can read."""

from __future__ import annotations


class StoreWarning(UserWarning):
    """What was assumed or changed about the place where jobs are kept."""
