"""What a run would take on a device, before anything is trained or spent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.estimate import Estimate, estimate, repetition_delay
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.readout import calibration_pages
from neuroqgan.circuits.memory import MemoryGenerator
from neuroqgan.circuits.presets import build_generator
from neuroqgan.circuits.rounds import draw_whole, first_past, fold, next_bin, takes_rounds
from neuroqgan.errors import PlanError
from neuroqgan.jobs.parcel import CALIBRATION_ROWS
from neuroqgan.jobs.planning import lay_out, samples_across

if TYPE_CHECKING:
    from neuroqgan.backends.plan import Plan
    from neuroqgan.circuits.generator import GeneratorSpec
    from neuroqgan.circuits.rounds import RoundGenerator

_ANY_RATE = 0.05


@dataclass(frozen=True)
class RunEstimate:
    """What a raster takes on a device.

    Parameters
    ----------
    whole
        All in all: its jobs, executions and seconds are those of all rounds together, its circuits
        those of one.
    rounds
        Rounds of jobs that wait for each other; 1 where all bins are independent.
    across
        Samples that a page measures side by side; 1 where it measures bins.
    """

    whole: Estimate
    rounds: int = 1
    across: int = 1

    @property
    def seconds(self) -> float:
        """Estimated seconds of the quantum processor."""
        return self.whole.seconds

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return self.whole.to_dict() | {"rounds": self.rounds, "samples_a_shot": self.across}

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words: label and text."""
        lines = self.whole.lines()
        if self.rounds == 1:
            if self.across == 1:
                return lines
            return [("Samples", f"{self.across} side by side in a shot"), *lines]
        rounds = (
            f"{self.rounds}, one a bin, since a bin needs the spikes before it; "
            f"{self.across} sample(s) a shot"
        )
        return [("Rounds", rounds), *lines]


def check_backend(preset: str, backend: Any) -> None:
    """Check that a backend can run a generator's circuits, before anything is trained.

    Raises
    ------
    PlanError
        If it cannot.
    """
    if preset == "memory" and backend.name == "exact":
        raise PlanError(
            "The exact backend does not run circuits that measure midway, as the memory preset's.",
            expected="a backend that runs circuits shot by shot",
            got="exact",
            hint="--backend aer",
        )


def estimate_run(
    spec: GeneratorSpec,
    backend: Any,
    samples: int,
    options: JobOptions,
    placement: Placement = Placement(),
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

    Raises
    ------
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
    if takes_rounds(generator):
        return _estimate_rounds(generator, backend, samples, options, placement)
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
    whole = _estimate(plan, backend, rows, options, calibrates=calibrates)
    return RunEstimate(whole, across=plan.across)


def _estimate_rounds(
    generator: RoundGenerator,
    backend: Any,
    samples: int,
    options: JobOptions,
    placement: Placement,
) -> RunEstimate:
    # Any past will do: the cells of a bin differ in their angles alone.
    past = np.repeat(first_past(generator, 1, 0), samples, axis=0)
    program = next_bin(generator, past, 0)
    across = samples_across(program, backend, placement)
    folded = fold(program, across)
    plan, n_rows = backend.plan(folded, placement), folded.shape[0]
    calibrates = options.mitigate == "readout"
    first = _estimate(plan, backend, n_rows, options, calibrates=calibrates)
    later = _estimate(plan, backend, n_rows, options, calibrates=False)
    n_later = generator.spec.n_bins - 1
    whole = replace(
        first,
        parameter_sets=first.parameter_sets + n_later * later.parameter_sets,
        payload_bytes=first.payload_bytes + n_later * later.payload_bytes,
        jobs=first.jobs + n_later * later.jobs,
        seconds=first.seconds + n_later * later.seconds,
    )
    return RunEstimate(whole, n_later + 1, across)


def _estimate(
    plan: Plan, backend: Any, n_rows: int, options: JobOptions, *, calibrates: bool
) -> Estimate:
    target = backend.target
    extra = len(calibration_pages(plan.pages, target.num_qubits)) if calibrates else 0
    return estimate(
        plan,
        target,
        n_rows,
        rep_delay=repetition_delay(options, backend),
        calibration=(extra, CALIBRATION_ROWS),
    )
