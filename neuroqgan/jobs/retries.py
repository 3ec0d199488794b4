"""Repeating what a lost connection to the database has interrupted, for a bounded time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from neuroqgan.jobs.database import reachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts: a server that is started anew is back within them."""

T = TypeVar("T")


def repeated(url: URL, work: Callable[[bool], T]) -> T:
    """Do work at a database, again if the connection to it is lost meanwhile.

    Parameters
    ----------
    url
        The database. SQLite has no connection that could be lost.
    work
        Opens a connection and does the work, all or nothing. Its argument says whether it is done
        again: then the attempt before may have succeeded without saying so, since an answer to its
        last request is what may have been lost.

    Raises
    ------
    StorageError
        If the database cannot be used, after the last attempt.
    """
    with reachable(url):
        is_again = False
        for pause in PAUSES:
            try:
                return work(is_again)
            except DBAPIError as error:
                if not _is_lost(error, url):
                    raise
            time.sleep(pause)
            is_again = True
        return work(is_again)


def _is_lost(error: DBAPIError, url: URL) -> bool:
    if url.get_backend_name() == "sqlite":
        return False
    # Without a statement it is a connection that could not be made.
    could_not = isinstance(error, OperationalError | InterfaceError) and error.statement is None
    return error.connection_invalidated or could_not
