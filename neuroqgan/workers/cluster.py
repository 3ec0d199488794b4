"""What is known of a kind of cluster before anything of it is imported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cluster:
    """A kind of place where tasks run.

    Parameters
    ----------
    name
        As it is chosen, or the scheme of the addresses that choose it, with its colon.
    summary
        What it is, in a few words.
    opener
        Where the function is that opens it, as ``module:function``. It receives what was chosen,
        the most tasks at a time or None, and a folder for its files or None, and returns a context
        manager of a `concurrent.futures.Executor`.
    lost
        Where the function is that says whether an error means that a worker ended before its task
        did, as ``module:function``.
    attempts
        How often a task begins at most if its workers are lost. What the cluster repeats on its own
        counts once.
    queues
        Whether a task may wait for minutes before it begins.
    extra
        Extra of the package that brings what it needs; empty if nothing is missing.
    """

    name: str
    summary: str
    opener: str
    lost: str
    attempts: int = 3
    queues: bool = False
    extra: str = ""
