"""Whose job it is, in a store that a group shares.

This is to keep people from cancelling each other's jobs by mistake. What somebody may really do is
decided by the rights that the database and the storage give.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroqgan.jobs.record import JobRecord

ENVIRONMENT_VARIABLE = "NEUROQGAN_USER"
_MOST = 128


def user_name() -> str:
    """Return the name under which this process asks for jobs.

    That is the environment variable ``NEUROQGAN_USER``, or else the name of the account on this
    machine.

    Examples
    --------
    >>> user_name() == user_name()
    True
    """
    name = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    if not name:
        try:
            name = getpass.getuser()
        except (OSError, KeyError, ImportError):
            # In a container the number of a user need not have a name.
            name = f"user-{os.getuid()}" if hasattr(os, "getuid") else "unknown"
    return "".join(letter for letter in name if letter.isprintable())[:_MOST]


def is_mine(job: JobRecord) -> bool:
    """Return whether a job may be taken for one of this user; one of nobody belongs to all.

    Parameters
    ----------
    job
        The job.
    """
    return job.user in (None, user_name())
