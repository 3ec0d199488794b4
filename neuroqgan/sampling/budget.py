"""What a raster needs of a quantum processor, against what it may use and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import AllowanceError
from neuroqgan.jobs.state import JobState
from neuroqgan.sampling.raster_estimate import estimate_plan

if TYPE_CHECKING:
    from neuroqgan.backends.allowance import Allowance
    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.record import JobRecord

WARNED_FROM = 0.8
"""Fraction of an instance's allowance from which a warning is printed."""


@dataclass(frozen=True)
class Budget:
    """Seconds of a quantum processor that a raster needs, and that it may use.

    Parameters
    ----------
    needed
        Estimate for all jobs that are yet to be sent.
    used
        By the jobs of the raster that were sent: as charged, or otherwise as estimated.
    maximum
        Most seconds for the whole raster; None for any number.
    allowance
        What the instance that pays may still use; None if it is unknown.
    over_allowance
        Whether jobs are sent even if the allowance does not suffice.

    Examples
    --------
    >>> from neuroqgan.backends.allowance import Allowance
    >>> Budget(needed=30.0, used=12.0, maximum=60.0).check()
    >>> print(*Budget(needed=30.0, allowance=Allowance(used=470.0, limit=600.0)).warnings())
    With this raster, the instance will have used 500 of its 600 s (83 %).
    """

    needed: float
    used: float = 0.0
    maximum: float | None = None
    allowance: Allowance | None = None
    over_allowance: bool = False

    def check(self) -> None:
        """Check that the raster may be sent.

        Raises
        ------
        AllowanceError
            If it needs more than its maximum, or than the instance has left.
        """
        total = self.used + self.needed
        if self.maximum is not None and total > self.maximum:
            rest = f"{self.needed:.1f} s estimated for jobs that are not sent yet"
            got = f"{total:.1f} s: {self.used:.1f} s used so far, and {rest}"
            raise AllowanceError(
                "The raster would take more QPU time than was allowed for it.",
                expected=f"{self.maximum:g} s or less, as `max_qpu_seconds` says",
                got=got if self.used else f"{total:.1f} s, by estimate",
                hint=f"fewer `samples`, or `max_qpu_seconds = {ceil(total)}`",
            )
        if self.allowance is None or self.over_allowance:
            return
        left = self.allowance.left
        if self.allowance.reached:
            raise AllowanceError(
                "The instance has used up its QPU time.",
                expected="an instance with time left",
                got=_of(self.allowance),
                hint="wait until IBM makes time available, use another instance, or "
                "`over_allowance = True` to let the jobs wait in the queue until then",
            )
        if left is not None and self.needed > left:
            raise AllowanceError(
                "The raster would take more QPU time than the instance has left.",
                expected=f"{left:.1f} s or less; {_of(self.allowance)}",
                got=f"{self.needed:.1f} s, by estimate",
                hint="fewer `samples`, another instance, or `over_allowance = True` to let jobs "
                "wait in the queue until IBM makes time available",
            )

    def warnings(self) -> list[str]:
        """Return what ought to be known before the raster is sent, as sentences."""
        if self.allowance is None or self.allowance.used is None or not self.allowance.limit:
            return []
        used, limit = self.allowance.used, self.allowance.limit
        if used + self.needed > limit:
            left = self.allowance.left or 0.0
            return [f"The raster takes more QPU time than the {left:.0f} s that are left."]
        share = (used + self.needed) / limit
        if share < WARNED_FROM:
            return []
        will_have = "With this raster, the instance will have" if self.needed else "It has"
        return [
            f"{will_have} used {used + self.needed:.0f} of its {limit:.0f} s ({100 * share:.0f} %)."
        ]


def used_seconds(jobs: list[JobRecord]) -> float:
    """Return the seconds that jobs have used, as charged, or as estimated if that is unknown.

    Parameters
    ----------
    jobs
        Any jobs; those that no service has have used nothing.
    """
    return sum(map(_used, jobs))


def _used(job: JobRecord) -> float:
    if is_unsent(job) or job.state is JobState.ABANDONED:
        return 0.0
    if job.seconds is not None:
        return job.seconds
    # Refused by the service, or cancelled before it was sent.
    has_none = job.provider_id is None and job.state in {JobState.FAILED, JobState.CANCELLED}
    return 0.0 if has_none else expected_seconds(job)


def is_unsent(job: JobRecord) -> bool:
    """Return whether a job has yet to be sent, even if its service said once to come later."""
    return job.state in {JobState.PREPARING, JobState.PLANNED}


def expected_seconds(job: JobRecord) -> float:
    """Return the estimate of a job's own seconds, of those of its whole request."""
    return float(job.estimate.get("seconds") or 0.0) / job.parts


def seconds_of_known(jobs: list[JobRecord]) -> tuple[float, float]:
    """Return the estimated seconds of those jobs of a request that are unsent, and of later ones.

    Parameters
    ----------
    jobs
        Of one request.
    """
    estimate: dict[str, Any] = jobs[0].estimate
    per_shot = float(estimate.get("rep_delay") or 0) + float(estimate.get("circuit_seconds") or 0)
    # The readout is calibrated with the first bins alone.
    calibration = per_shot * int(estimate.get("calibration_shots") or 0)
    later = float(estimate.get("seconds") or 0.0) - calibration
    return sum(expected_seconds(job) for job in jobs if is_unsent(job)), later


def seconds_of_new(
    plan: Plan,
    rows: tuple[int, int],
    backend: Backend,
    options: JobOptions,
    *,
    is_first: bool,
) -> tuple[float, float]:
    """Return the estimated seconds of a request that is yet to be made, and of later ones.

    Parameters
    ----------
    plan
        Of its circuits.
    rows
        Rows of angles, and shots of each.
    backend
        The device.
    options
        Of the jobs.
    is_first
        Whether it is for the first bins, with which the readout is calibrated.
    """
    later = estimate_plan(plan, backend, rows, options, calibrates=False).seconds
    if not is_first or options.mitigate != "readout":
        return later, later
    return estimate_plan(plan, backend, rows, options, calibrates=True).seconds, later


def _of(allowance: Allowance) -> str:
    if allowance.used is None or allowance.limit is None:
        return "no time left, as the service says"
    return f"{allowance.used:.0f} of {allowance.limit:.0f} s used"
