"""What a run would take on a device, before anything is trained or spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.protocol import device_target
from neuroqgan.jobs.planning import lay_out
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.old_registry import build_generator
from neuroqgan.models.rounds import draw_whole, has_lattice, takes_rounds
from neuroqgan.runs.bins_per_circuit import estimate_blocks, estimate_rounds, plan_round
from neuroqgan.runs.blocks import check_bins
from neuroqgan.runs.estimate import RunEstimate, estimate_plan

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.models.base import Generator, GeneratorSpec

_ANY_RATE = 0.05
# Samples of a plan that is shown without a raster: more than fit on any device at once.
_MANY = 2000


def estimate_run(
    spec: GeneratorSpec,
    backend: Backend,
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
    device_target(backend)
    generator = build_generator(spec)
    check_bins(spec, bins_per_job)
    if has_lattice(generator):
        return estimate_blocks(generator, backend, samples, options, placement, bins_per_job)
    if takes_rounds(generator):
        return estimate_rounds(generator, backend, samples, options, placement)
    if isinstance(generator, MemoryGenerator):
        # Weights of zero would start from a state that is prepared with fewer gates than others.
        generator.initialise(np.full(spec.n_neurons, _ANY_RATE), 0)
    plan = plan_generator(generator, backend, samples, placement)
    rows = -(-samples // plan.samples_per_shot)
    calibrates = options.mitigate == "readout"
    whole = estimate_plan(plan, backend, rows, options, calibrates=calibrates)
    return RunEstimate(whole, samples_per_shot=plan.samples_per_shot)


def plan_generator(
    generator: Generator,
    backend: Backend,
    samples: int,
    placement: Placement = Placement(),
    n_bins: int = 1,
) -> Plan:
    """Plan the circuits of a generator on a device, as they are for its samples.

    Parameters
    ----------
    generator
        With the weights that its circuits start from, if they do (``memory``).
    backend
        A backend with qubits.
    samples
        Samples of the raster.
    placement
        How cells are placed.
    n_bins
        Bins of a circuit, where a raster takes rounds.

    Raises
    ------
    PlanError
        If the cells do not fit.
    """
    if takes_rounds(generator):
        return plan_round(generator, backend, samples, placement, n_bins)
    # Samples that lie side by side in a shot have to be there; their angles do not matter.
    is_memory = isinstance(generator, MemoryGenerator)
    many = min(samples, device_target(backend).num_qubits) if is_memory else 1
    program = lay_out(draw_whole(generator, many, 0), backend, placement)
    plan: Plan = backend.plan(program, placement)
    return plan


def compiled_circuits(
    generator: Generator, backend: Backend, n_bins: int = 1
) -> dict[int, QuantumCircuit]:
    """Return every kind of circuit of a generator as a run has it compiled, by its qubits.

    Parameters
    ----------
    generator, backend, n_bins
        See `plan_generator`.

    Raises
    ------
    PlanError
        If a circuit does not fit.
    """
    plan = plan_generator(generator, backend, _MANY, n_bins=n_bins)
    circuits: dict[int, QuantumCircuit] = {}
    for page in plan.pages:
        for tile in page.tiles:
            # The first of each kind has the best qubits.
            circuits.setdefault(len(tile.qubits), tile.circuit)
    return circuits
