"""What a raster takes on a device: the estimate of one plan, or of all rounds together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.estimate import Estimate, estimate, repetition_delay
from neuroqgan.backends.protocol import device_target
from neuroqgan.backends.readout import calibration_pages
from neuroqgan.jobs.payload import CALIBRATION_ROWS

if TYPE_CHECKING:
    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend


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
    samples_per_shot
        Samples that a page measures side by side; 1 where it measures bins.
    bins
        Bins that a circuit measures, where the raster takes rounds.
    ways
        All that were planned, this one included, where there is a choice of bins a circuit.
    reason
        Why this one was chosen.
    """

    whole: Estimate
    rounds: int = 1
    samples_per_shot: int = 1
    bins: int = 1
    ways: tuple[RunEstimate, ...] = ()
    reason: str = ""

    @property
    def seconds(self) -> float:
        """Estimated seconds of the quantum processor."""
        return self.whole.seconds

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        figures = self.whole.to_dict() | {
            "n_requests": self.rounds,
            "samples_a_shot": self.samples_per_shot,
        }
        if not self.ways:
            return figures
        ways = [way.to_dict() | {"bins_per_job": way.bins} for way in self.ways]
        return figures | {"bins_per_job": self.bins, "ways": ways, "reason": self.reason}

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words: label and text."""
        lines = self.whole.lines()
        if self.ways:
            ways = [("Way" if i == 0 else "", way._way()) for i, way in enumerate(self.ways)]
            return [*ways, ("Chosen", f"{_a_job(self.bins)}: {self.reason}"), *lines]
        if self.rounds == 1:
            if self.samples_per_shot == 1:
                return lines
            return [("Samples", f"{self.samples_per_shot} side by side in a shot"), *lines]
        rounds = (
            f"{self.rounds}, one a bin, since a bin needs the spikes before it; "
            f"{self.samples_per_shot} sample(s) a shot"
        )
        return [("Rounds", rounds), *lines]

    def _way(self) -> str:
        whole = self.whole
        return (
            f"{_a_job(self.bins)}: {self.rounds} round(s), {self.samples_per_shot} sample(s) a shot, "
            f"{whole.jobs} job(s), {whole.parameter_sets} executions, {whole.seconds:.1f} s of "
            f"QPU, bit errors {whole.bit_error:.1%}"
        )


def _a_job(bins: int) -> str:
    return "1 bin a job" if bins == 1 else f"{bins} bins a job"


def estimate_plan(
    plan: Plan, backend: Backend, n_rows: int, options: JobOptions, *, calibrates: bool
) -> Estimate:
    """Estimate what a plan takes on its device.

    Parameters
    ----------
    plan
        Made for the device.
    backend
        The device.
    n_rows
        Samples, or rows of samples that lie side by side.
    options
        Of the jobs.
    calibrates
        Whether circuits that calibrate the readout ride along.
    """
    target = device_target(backend)
    extra = len(calibration_pages(plan.pages, target.num_qubits)) if calibrates else 0
    return estimate(
        plan,
        target,
        n_rows,
        rep_delay=repetition_delay(options, backend),
        limits=backend.limits,
        calibration=(extra, CALIBRATION_ROWS),
    )
