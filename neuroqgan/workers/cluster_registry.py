"""All kinds of clusters by name, and how one is opened.

A kind of cluster is one module and one line in `CLUSTERS`.
"""

from __future__ import annotations

from functools import partial
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.workers.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from pathlib import Path

DEFAULT_CLUSTER = "processes"
"""Where tasks run if nothing was chosen."""

_DASK = partial(
    Cluster,
    opener="neuroqgan.workers.dask:open_dask",
    lost="neuroqgan.workers.dask:is_lost",
    extra="dask",
)

CLUSTERS: dict[str, Cluster] = {
    kind.name: kind
    for kind in (
        Cluster(
            DEFAULT_CLUSTER,
            "processes of this machine",
            "neuroqgan.workers.processes:open_processes",
            "neuroqgan.workers.processes:is_lost",
        ),
        Cluster(
            "slurm",
            "one job of Slurm per task",
            "neuroqgan.workers.slurm:open_slurm",
            "neuroqgan.workers.slurm:is_lost",
            queues=True,
            extra="slurm",
        ),
        _DASK("tcp:", "workers of a Dask scheduler, tcp://HOST:PORT"),
        _DASK("tls:", "the same, encrypted"),
    )
}
"""Kinds of clusters, by name or by the scheme of their addresses."""


def find_cluster(chosen: str) -> Cluster:
    """Return the kind of cluster that a choice means; nothing is opened.

    Parameters
    ----------
    chosen
        A name, or an address such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    ConfigError
        If there is none of that name or scheme.

    Examples
    --------
    >>> find_cluster("tcp://10.0.0.5:8786").extra
    'dask'
    """
    scheme, slashes, _ = chosen.partition("//")
    kind = CLUSTERS.get(scheme if slashes else chosen)
    if kind is None or kind.name.endswith(":") != bool(slashes):
        raise ConfigError(
            f"There is no cluster {chosen!r}.",
            expected="processes, slurm, or the address of a Dask scheduler, tcp://HOST:PORT",
            got=repr(chosen),
        )
    return kind


def open_executor(
    cluster: str = DEFAULT_CLUSTER, workers: int | None = None, *, folder: Path | None = None
) -> AbstractContextManager[Executor]:
    """Open a place where tasks run, many at a time.

    Tasks are functions that can be imported, with arguments and results that can be pickled.
    Leaving the block waits for all tasks. If it is left with an error or Ctrl-C, tasks that have
    not begun are cancelled; those that run are interrupted if this machine runs them.

    Parameters
    ----------
    cluster
        ``processes`` of this machine, ``slurm``, or the address of a Dask scheduler,
        ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.
    workers
        The most tasks that run at a time. None: on this machine as many as it has processors; on
        a cluster, as many as the cluster runs.
    folder
        Where a cluster that works with files puts them; it has to be seen by all its machines.
        None: in the folder `neuroqgan.home.home`.

    Returns
    -------
    contextlib.AbstractContextManager
        Of a `concurrent.futures.Executor`.

    Raises
    ------
    ConfigError
        If there is no such cluster, a package that it needs is not installed, or ``workers`` is
        not positive.
    ClusterError
        On entering, if the cluster cannot be reached.

    Examples
    --------
    >>> with open_executor("processes", workers=1) as executor:
    ...     executor.submit(divmod, 7, 2).result()
    (3, 1)
    """
    kind = find_cluster(cluster)
    if workers is not None and workers < 1:
        raise ConfigError(
            "Tasks need at least one worker.",
            expected="`workers` of 1 or more",
            got=f"`workers = {workers}`",
        )
    opener: Callable[[str, int | None, Path | None], AbstractContextManager[Executor]]
    opener = resolve_name(kind.opener)
    return opener(cluster, workers, folder)
