"""Options that say where tasks run; they change nothing of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.cli.grouped_option import GroupedOption

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def cluster_options(function: _Function) -> _Function:
    """Add the options ``--cluster`` and ``--workers``, both None unless they are given."""
    cluster = click.option(
        "--cluster",
        cls=GroupedOption,
        group="Workers",
        metavar="processes|slurm|tcp://HOST:PORT",
        help="Where tasks run: processes of this machine, one job of Slurm per task, or the "
        "workers of a Dask scheduler at this address.",
    )
    workers = click.option(
        "--workers",
        cls=GroupedOption,
        group="Workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="Most tasks at a time. Results do not depend on it. [as many as processors, or as "
        "the cluster runs]",
    )
    return cluster(workers(function))
