"""How many time bins one job measures, and how: as requested, as begun, or by estimate.

If spikes drive the next bin within a shot, several bins are one circuit
(`neuroqgan.circuits.multi_bin`). Fewer jobs then wait for each other, but fewer samples lie side by
side in a shot, and qubits wait for each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from neuroqgan.circuits.multi_bin import AUTO
from neuroqgan.errors import PlanError
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.sampling.circuit_lengths import check_circuit, circuits_asked_for
from neuroqgan.sampling.order import check_bins_per_job
from neuroqgan.sampling.plans import check_circuits
from neuroqgan.sampling.raster_estimate import estimate_raster

if TYPE_CHECKING:
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource

# The only circuit of several bins of earlier versions, whose records do not name it.
_FIRST = "lattice"


def choose_bins_per_job(
    context: JobContext, source: RasterSource, order: RasterOrder, backend: Backend, *, fresh: bool
) -> RasterOrder:
    """Fill in how many time bins one job measures and in which circuit, if there is a choice.

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
        check_circuits(source, backend, n_bins, order.placement, order.options)
    if most is None or most == 1 or order.bins_per_job == 1:
        return order
    begun = None if fresh else _as_begun(context, source, order, backend.name)
    if begun is not None:
        return begun
    is_asked = order.bins_per_job is not None or order.multi_bin_circuit != AUTO
    if not is_asked and (backend.target is None or backend.simulates):
        return replace(order, bins_per_job=1)
    if backend.target is None:
        return _first_possible(source, order, backend)
    if order.bins_per_job is not None and order.multi_bin_circuit != AUTO:
        check_circuit(order.multi_bin_circuit, order, backend)
        check_circuits(order.measured_source(source), backend, order.bins_per_job, order.placement)
        return order
    found = estimate_raster(source, order, backend)
    circuit = found.multi_bin_circuit or AUTO
    return replace(order, bins_per_job=found.bins_per_job, multi_bin_circuit=circuit)


def _first_possible(source: RasterSource, order: RasterOrder, backend: Backend) -> RasterOrder:
    """Choose the first circuit that a simulator without qubits of its own can run."""
    n_bins = order.bins_per_job or order.n_bins_of(source)
    problems = []
    for name in circuits_asked_for(source, order):
        try:
            check_circuits(source.with_multi_bin_circuit(name), backend, n_bins, order.placement)
        except PlanError as error:
            problems.append(error)
        else:
            return replace(order, bins_per_job=n_bins, multi_bin_circuit=name)
    raise problems[0]


def _as_begun(
    context: JobContext, source: RasterSource, order: RasterOrder, backend: str
) -> RasterOrder | None:
    """Return the order as the newest such raster has it whose first bits are, or may get, here.

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
        if job.series is None or job.first_bin != 0 or not same:
            continue
        begun = int(job.options.get("bins_per_job") or 1)
        circuit = str(job.options.get("multi_bin_circuit") or _FIRST) if begun > 1 else AUTO
        if order.bins_per_job in (None, begun) and order.multi_bin_circuit in (AUTO, circuit):
            return replace(order, bins_per_job=begun, multi_bin_circuit=circuit)
    return None
