"""How many time bins one job measures: as requested, as begun, or by estimate.

If spikes drive the next bin by a controlled rotation, several bins are one circuit
(`neuroqgan.circuits.lattice`). Fewer jobs then wait for each other, but fewer samples lie side by
side in a shot, and qubits wait for the last bin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.sampling.order import check_bins_per_job
from neuroqgan.sampling.plans import check_circuits
from neuroqgan.sampling.raster_estimate import estimate_raster, longest_circuit

if TYPE_CHECKING:
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource


def choose_bins_per_job(
    context: JobContext, source: RasterSource, order: RasterOrder, backend: Backend, *, fresh: bool
) -> RasterOrder:
    """Fill in how many time bins one job measures, if there is a choice.

    Parameters
    ----------
    context
        Where jobs are kept.
    source
        The generator; see `neuroqgan.sampling.plans.plan_circuits` for its weights.
    order
        Which raster.
    backend
        Where it is sampled.
    fresh
        Whether the raster starts from the first bin again.

    Raises
    ------
    ConfigError
        If the generator has no circuit of so many bins.
    PlanError
        If what is requested cannot be run on the backend.
    """
    check_bins_per_job(source, order)
    most = source.bins_at_once
    if order.options.postselect != "none":
        # Whether qubits can be checked depends on circuits and device alone, not on any weight.
        n_bins = order.n_bins_of(source) if most is None else order.bins_per_job or 1
        check_circuits(source, backend, n_bins, order.options)
    if most is None or most == 1:
        return order
    if order.bins_per_job is not None:
        if order.bins_per_job > 1:
            check_circuits(source, backend, order.bins_per_job)
        return order
    n_bins = order.n_bins_of(source)
    chosen = None if fresh else _as_begun(context, source, order, backend.name)
    if chosen is None and (
        backend.target is None or backend.simulates or longest_circuit(source, backend, n_bins) == 1
    ):
        chosen = 1
    if chosen is None:
        chosen = estimate_raster(source, order, backend).bins_per_job
    return replace(order, bins_per_job=chosen)


def _as_begun(
    context: JobContext, source: RasterSource, order: RasterOrder, backend: str
) -> int | None:
    """Return the bins per job of the newest such raster whose first bits are, or may get, here.

    The estimate may differ every day, and a raster goes on as it was begun.
    """
    seen, n_bins = source.covariates, order.n_bins_of(source)
    covariates = None if seen is None else seen.sha256
    usable = [state for state in JobState if state not in FINAL - {JobState.RETRIEVED}]
    for job in context.store.find(run=order.run, backend=backend, states=usable):
        same = (job.run, job.seed, job.n_samples, job.n_bins, job.covariates) == (
            order.run,
            order.seed,
            order.n_samples,
            n_bins,
            covariates,
        )
        if job.series is not None and job.first_bin == 0 and same:
            return int(job.options.get("bins_per_job") or 1)
    return None
