"""Bins a job, where several fit into one circuit: as asked for, as begun, or by estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.models.old_registry import build_generator
from neuroqgan.models.rounds import has_lattice
from neuroqgan.runs.bins_per_circuit import (
    check_block,
    estimate_blocks,
    is_simulated,
    longest_block,
)

if TYPE_CHECKING:
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.models.base import GeneratorSpec
    from neuroqgan.runs.config import RunConfig


def check_bins(spec: GeneratorSpec, bins_per_job: int | None) -> None:
    """Check that so many bins of a generator can be measured by a job.

    Parameters
    ----------
    spec
        Shape of the generator.
    bins_per_job
        As asked for, or None.

    Raises
    ------
    ConfigError
        If not.
    """
    if bins_per_job is None:
        return
    if spec.preset != "history" or (bins_per_job > 1 and spec.past != "bin"):
        raise ConfigError(
            "Only a generator with a past of one bin measures several bins in a circuit.",
            expected="preset = history and past = bin beside bins_per_job",
            got=f"preset = {spec.preset}, past = {spec.past}, bins_per_job = {bins_per_job}",
            hint="leave --bins-per-job out, or train with --preset history --past bin",
        )
    if bins_per_job > spec.n_bins:
        raise ConfigError(
            "A job cannot measure more bins than the raster has.",
            expected=f"1 to {spec.n_bins} bins a job",
            got=str(bins_per_job),
            hint=f"--bins-per-job {spec.n_bins}",
        )


def settle_bins(
    context: JobContext,
    name: str,
    spec: GeneratorSpec,
    asked: RunConfig,
    backend: Backend,
    *,
    fresh: bool,
) -> RunConfig:
    """Fill in how many bins of a raster a job measures, where there is a choice.

    Parameters
    ----------
    context
        Where jobs are.
    name
        Of the run.
    spec
        Shape of its generator.
    asked
        Samples, seed and options; bins a job, where they are settled already.
    backend
        Where it is sampled.
    fresh
        Whether the raster is begun anew.

    Raises
    ------
    PlanError
        If what is asked for cannot be run on the backend.
    """
    generator = build_generator(spec)
    if not has_lattice(generator):
        return asked
    if asked.bins_per_job is not None:
        if asked.bins_per_job > 1:
            check_block(generator, backend, asked.bins_per_job)
        return asked
    bins = None if fresh else _as_begun(context, name, spec.n_bins, asked, backend.name)
    ideal = backend.target is None
    if bins is None and (ideal or is_simulated(backend) or longest_block(generator, backend) == 1):
        bins = 1
    if bins is None:
        options, placement = asked.job_options, asked.placement
        bins = estimate_blocks(generator, backend, asked.samples, options, placement).bins
    return asked.model_copy(update={"bins_per_job": bins})


def _as_begun(
    context: JobContext, name: str, n_bins: int, asked: RunConfig, backend: str
) -> int | None:
    """Return the bins a job of the newest such raster whose first job brought, or may bring, bits.

    The estimate may fall otherwise every day, and a raster goes on as it was begun.
    """
    usable = [state for state in JobState if state not in FINAL - {JobState.RETRIEVED}]
    for job in context.store.find(run=name, backend=backend, states=usable):
        same = (job.seed, job.n_samples, job.n_bins) == (asked.seed, asked.samples, n_bins)
        if job.series is not None and job.first_bin == 0 and same:
            return int(job.options.get("bins_per_job") or 1)
    return None
