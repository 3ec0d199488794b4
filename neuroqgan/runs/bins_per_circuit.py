"""Ways to measure a raster: a bin a job, or as many bins a job as a device has a lattice for.

Where a spike drives the next bin by a controlled rotation, a block of bins is one circuit
(`neuroqgan.circuits.lattice`). Fewer jobs then wait for each other, and fewer samples lie side by
side in a shot; qubits wait for the last bin. Both ways are planned, and the shorter one is taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.placement.embedding import fits
from neuroqgan.backends.protocol import device_target
from neuroqgan.circuits.folding import fold
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.jobs.planning import check_size, max_samples_per_shot
from neuroqgan.models.rounds import next_bins
from neuroqgan.runs.estimate import RunEstimate, estimate_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.backends.options import JobOptions, Placement
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.circuits.folding import fold
from neuroqgan.models.rounds import BlockGenerator, RoundGenerator

_ANY_PAST = 2


def estimate_blocks(
    generator: BlockGenerator,
    backend: Backend,
    samples: int,
    options: JobOptions,
    placement: Placement,
    bins_per_job: int | None = None,
) -> RunEstimate:
    """Plan a bin a job and the longest block of bins a job, and choose by their estimates.

    Parameters
    ----------
    generator
        Of the raster; its weights do not matter.
    backend
        A device.
    samples, options, placement
        See `estimate_rounds`.
    bins_per_job
        Chosen already, or None.

    Returns
    -------
    RunEstimate
        Of the way that is chosen: the fewest seconds that the backend can run.

    Raises
    ------
    PlanError
        If what is asked for does not fit, or not even a bin a job does.
    """

    def plan(n_bins: int) -> RunEstimate:
        return estimate_rounds(generator, backend, samples, options, placement, n_bins)

    if bins_per_job is not None:
        chosen = plan(bins_per_job)
        return replace(chosen, ways=(chosen,), reason="as asked for, or as it was begun")
    one = plan(1)
    longest = 1 if placement.redundant_readout else longest_block(generator, backend)
    if longest == 1:
        why = (
            "redundant readout needs one bin per job"
            if placement.redundant_readout
            else "good qubits form no lattice for two"
        )
        return replace(one, ways=(one,), reason=why)
    # No more bins than so many jobs need: fewer wait, and more samples lie side by side.
    n_bins = generator.spec.n_bins
    ways = (one, plan(-(-n_bins // -(-n_bins // longest))))
    best = min(ways, key=lambda way: way.seconds)
    if best.bins > 1 and is_simulated(backend):
        why = f"simulated the fastest; of the device itself {best.bins} bins a job would take less"
        return replace(one, ways=ways, reason=why)
    return replace(best, ways=ways, reason="the fewest seconds")


def is_simulated(backend: Backend) -> bool:
    """Whether a backend simulates its circuits, and has no use for large ones."""
    return backend.simulates


def check_block(generator: BlockGenerator, backend: Backend, n_bins: int) -> None:
    """Check that a backend can run circuits of so many bins, before anything is trained or sent.

    Raises
    ------
    PlanError
        If it cannot.
    """
    program = next_bins(generator, _silence(generator, 1), 0, n_bins)
    check_size(program, backend)
    backend.plan(program)


def longest_block(generator: BlockGenerator, backend: Backend) -> int:
    """Return the most bins, up to the raster's, that a device has a lattice for; 1 without one."""
    calibration = Calibration.of(backend.target)
    spec = generator.spec
    cell = spec.ansatz(max(spec.groups, key=lambda group: group.stop - group.start))
    low, high = 1, min(spec.n_bins, int(calibration.usable.sum()) // cell.n_neurons)
    # A lattice holds every shorter one.
    while low < high:
        middle = (low + high + 1) // 2
        if fits(calibration, LatticeAnsatz(cell, middle).circuit()):
            low = middle
        else:
            high = middle - 1
    return low


def estimate_rounds(
    generator: RoundGenerator,
    backend: Backend,
    samples: int,
    options: JobOptions,
    placement: Placement,
    n_bins: int = 1,
) -> RunEstimate:
    """Plan the jobs of a raster that takes rounds, and estimate what all of them take.

    Parameters
    ----------
    generator
        Of the raster; its weights do not matter.
    backend
        A device.
    samples
        Of the raster.
    options
        Of its jobs.
    placement
        How cells are placed.
    n_bins
        Bins a round.

    Raises
    ------
    PlanError
        If the cells do not fit.
    """
    plan = plan_round(generator, backend, samples, placement, n_bins)
    samples_per_shot = plan.samples_per_shot
    n_rows = -(-samples // samples_per_shot)
    calibrates = options.mitigate == "readout"
    first = estimate_plan(plan, backend, n_rows, options, calibrates=calibrates)
    later = estimate_plan(plan, backend, n_rows, options, calibrates=False)
    n_later = -(-generator.spec.n_bins // n_bins) - 1
    whole = replace(
        first,
        parameter_sets=first.parameter_sets + n_later * later.parameter_sets,
        payload_bytes=first.payload_bytes + n_later * later.payload_bytes,
        jobs=first.jobs + n_later * later.jobs,
        seconds=first.seconds + n_later * later.seconds,
    )
    return RunEstimate(whole, n_later + 1, samples_per_shot, n_bins)


def plan_round(
    generator: RoundGenerator, backend: Backend, samples: int, placement: Placement, n_bins: int = 1
) -> Plan:
    """Plan a round of a raster on a device; see `estimate_rounds`.

    Raises
    ------
    PlanError
        If the cells do not fit.
    """
    # As many samples as could lie side by side are enough to plan for.
    few = min(samples, device_target(backend).num_qubits)
    program = next_bins(generator, _silence(generator, few), 0, n_bins)
    folded = fold(program, max_samples_per_shot(program, backend, placement))
    plan: Plan = backend.plan(folded, placement)
    return plan


def _silence(generator: RoundGenerator, n_samples: int) -> NDArray[np.bool_]:
    """Return a past to plan with: cells differ in their angles alone."""
    return np.zeros((n_samples, _ANY_PAST, generator.spec.n_neurons), bool)
