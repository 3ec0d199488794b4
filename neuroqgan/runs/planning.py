"""What a run would take on a device, before anything is trained or spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.estimate import Estimate, estimate
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.presets import build_generator
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from neuroqgan.circuits.generator import GeneratorSpec


def estimate_run(
    spec: GeneratorSpec, backend: str, samples: int, *, max_tiles: int | None = None
) -> Estimate:
    """Plan a generator's cells on a device and estimate what its samples take.

    The plan depends on the generator's shape alone, so it need not be trained.

    Parameters
    ----------
    spec
        Shape of the generator.
    backend
        Name of a device.
    samples
        Samples of the raster.
    max_tiles
        Most tiles a page.

    Raises
    ------
    BackendNotFoundError
        If there is no such backend.
    PlanError
        If the cells do not fit, or the backend is an ideal simulator.
    """
    runner = resolve(backend)
    if runner.target is None:
        raise PlanError(
            "An ideal simulator has no qubits to plan for.",
            expected="a device",
            got=backend,
            hint="--backend fake_brisbane",
        )
    program = build_generator(spec).draw(1, 0)
    plan = runner.plan(program, max_tiles=max_tiles)
    return estimate(plan, runner.target, samples)
