"""What a run would take on a device, before anything is trained or spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.backends.estimate import Estimate, estimate, repetition_delay
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.readout import calibration_pages
from neuroqgan.circuits.presets import build_generator
from neuroqgan.errors import PlanError
from neuroqgan.jobs.parcel import CALIBRATION_ROWS

if TYPE_CHECKING:
    from neuroqgan.circuits.generator import GeneratorSpec


def estimate_run(
    spec: GeneratorSpec,
    backend: Any,
    samples: int,
    options: JobOptions,
    placement: Placement = Placement(),
) -> Estimate:
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

    Raises
    ------
    PlanError
        If the cells do not fit, or the backend is an ideal simulator.
    """
    target = backend.target
    if target is None:
        raise PlanError(
            "An ideal simulator has no qubits to plan for.",
            expected="a device",
            got=backend.name,
            hint="--backend fake_brisbane",
        )
    program = build_generator(spec).draw(1, 0)
    plan = backend.plan(program, placement)
    extra = 0
    if options.mitigate == "readout":
        extra = len(calibration_pages(plan.pages, target.num_qubits))
    return estimate(
        plan,
        target,
        samples,
        rep_delay=repetition_delay(options, backend),
        calibration=(extra, CALIBRATION_ROWS),
    )
