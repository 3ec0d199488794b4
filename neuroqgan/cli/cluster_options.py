"""Options that say where tasks run; they change nothing of their results."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.cli.grouped_option import GroupedOption

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from neuroqgan.backends.protocol import Backend
    from neuroqgan.cli.command import Output
    from neuroqgan.runs.config import RunConfig

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
        help="Most tasks at a time; results do not depend on it. [one per processor, or as many as "
        "the cluster runs]",
    )
    return cluster(workers(function))


def shared_training(
    config: RunConfig, cluster: str | None, workers: int | None, output: Output
) -> AbstractContextManager[None]:
    """Return a block in which workers share the steps of a training, if any were asked for.

    Parameters
    ----------
    config
        Of the training.
    cluster, workers
        What the options of `cluster_options` say.
    output
        Where words go.
    """
    without = (
        "one training with an exact gradient runs in one process; neuroqgan sweep trains several "
        "side by side."
    )
    from_shots = _is_from_shots(config)
    return _shared(cluster, workers, output, "" if from_shots else without, is_quick=True)


def shared_run(
    backend: Backend,
    training: RunConfig | None,
    cluster: str | None,
    workers: int | None,
    output: Output,
) -> AbstractContextManager[None]:
    """Return a block in which workers share the circuits of a raster, if any were asked for.

    Parameters
    ----------
    backend
        Where the raster is sampled.
    training
        Of the training that comes first, if there is one.
    cluster, workers, output
        See `shared_training`.
    """
    from neuroqgan.backends.kinds import kind_of

    steps = training is not None and _is_from_shots(training)
    shared = steps or kind_of(backend.kind).shared
    without = "" if shared else f"circuits of {backend.name} do not run on workers."
    return _shared(cluster, workers, output, without, is_quick=steps)


def _is_from_shots(config: RunConfig) -> bool:
    return config.gradient != "adjoint"


def _shared(
    cluster: str | None, workers: int | None, output: Output, without: str, *, is_quick: bool
) -> AbstractContextManager[None]:
    """Return the block, or say why there is nothing that workers could share."""
    from neuroqgan.workers.cluster_registry import DEFAULT_CLUSTER, find_cluster
    from neuroqgan.workers.spreading import spread_work

    if cluster is None and workers is None:
        return nullcontext()
    chosen = cluster or DEFAULT_CLUSTER
    find_cluster(chosen)
    if without:
        given = {"--cluster": cluster, "--workers": workers}
        flags = " and ".join(flag for flag, value in given.items() if value is not None)
        output.note(f"Warning: {flags} changes nothing here: {without}")
        return nullcontext()
    return spread_work(chosen, workers, is_quick=is_quick)
