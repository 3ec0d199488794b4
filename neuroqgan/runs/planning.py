"""What a run would take on a device, before anything is trained or spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.circuits.memory import MemoryGenerator
from neuroqgan.circuits.presets import build_generator
from neuroqgan.circuits.rounds import draw_whole, has_lattice, takes_rounds
from neuroqgan.errors import PlanError
from neuroqgan.jobs.planning import lay_out
from neuroqgan.runs.blocks import check_bins
from neuroqgan.runs.estimate import RunEstimate, estimate_plan
from neuroqgan.runs.ways import estimate_blocks, estimate_rounds

if TYPE_CHECKING:
    from neuroqgan.circuits.generator import GeneratorSpec

_ANY_RATE = 0.05


def estimate_run(
    spec: GeneratorSpec,
    backend: Any,
    samples: int,
    options: JobOptions,
    placement: Placement = Placement(),
    bins_per_job: int | None = None,
) -> RunEstimate:
    """Plan a generator's cells on a device and estimate what its samples take.

    The plan depends on the generator's shape alone, so it need not be trained.

    Parameters
    ----------
    spec
        Shape of the generator.
    backend
        A backend with qubits.
    samples
        Samples of the raster.
    options
        Of its jobs.
    placement
        How cells are placed.
    bins_per_job
        Bins that a circuit measures, where there is a choice; None chooses by estimate.

    Raises
    ------
    ConfigError
        If no circuit of the generator measures so many bins.
    PlanError
        If the cells do not fit, or the backend is an ideal simulator.
    """
    if backend.target is None:
        raise PlanError(
            "An ideal simulator has no qubits to plan for.",
            expected="a device",
            got=backend.name,
            hint="--backend fake_brisbane",
        )
    generator = build_generator(spec)
    check_bins(spec, bins_per_job)
    if has_lattice(generator):
        return estimate_blocks(generator, backend, samples, options, placement, bins_per_job)
    if takes_rounds(generator):
        return estimate_rounds(generator, backend, samples, options, placement)
    # Samples that lie side by side in a shot have to be there; their angles do not matter.
    many = 1
    if isinstance(generator, MemoryGenerator):
        many = min(samples, backend.target.num_qubits)
        # Weights of zero would start from a state that is prepared with fewer gates than others.
        generator.initialise(np.full(spec.n_neurons, _ANY_RATE), 0)
    program = lay_out(draw_whole(generator, many, 0), backend, placement)
    plan = backend.plan(program, placement)
    rows = -(-samples // plan.across)
    calibrates = options.mitigate == "readout"
    whole = estimate_plan(plan, backend, rows, options, calibrates=calibrates)
    return RunEstimate(whole, across=plan.across)
