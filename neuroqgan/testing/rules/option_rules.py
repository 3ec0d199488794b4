"""Options that a device does not have, and those that exclude each other.

By IBM's guides "Specify Sampler options" (feature compatibility) and "Qubit initialization".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.backends.placement.mid_circuit import measures_mid_circuit

if TYPE_CHECKING:
    from neuroqgan.testing.rules.submitted_job import Submission

_FRACTIONAL = frozenset({"rx", "rzz"})


def shots(job: Submission) -> str | None:
    """Every parameter set has shots."""
    fewest = min(pub.shots_a_row for pub in job.pubs)
    return None if fewest >= 1 else f"The number of shots is {fewest}"


def rep_delay(job: Submission) -> str | None:
    """Delay between executions within the range of the device."""
    delay = job.execution.get("rep_delay")
    if delay is None:
        return None
    configuration = job.device.configuration
    limits = configuration.get("rep_delay_range")
    if not limits or not configuration.get("dynamic_reprate_enabled"):
        return "The backend does not support rep_delay"
    least, most = limits
    microseconds = 1e6 * float(delay)
    if least - 1e-6 <= microseconds <= most + 1e-6:
        return None
    return f"rep_delay {microseconds:g} us is not in the supported range [{least:g}, {most:g}]"


def measurement_twirling(job: Submission) -> str | None:
    """Only terminal measurements can be twirled."""
    if not _enabled(job, "twirling", "enable_measure"):
        return None
    if any(map(measures_mid_circuit, job.circuits)):
        return "Measurement twirling can only be applied to terminal measurements"
    return None


def gate_twirling(job: Submission) -> str | None:
    """Gates that are not Clifford cannot be twirled."""
    used = {name for places in job.places for name, _ in places}
    if _enabled(job, "twirling", "enable_gates") and used & _FRACTIONAL:
        return "Gate twirling is not compatible with fractional gates"
    return None


def dynamical_decoupling(job: Submission) -> str | None:
    """No decoupling beside conditions."""
    dynamic = any(circuit.has_control_flow_op() for circuit in job.circuits)
    if dynamic and _enabled(job, "dynamical_decoupling", "enable"):
        return "Dynamical decoupling is not compatible with dynamic circuits"
    return None


def _enabled(job: Submission, group: str, name: str) -> bool:
    options: dict[str, Any] = job.sampler.get(group) or {}
    return bool(options.get(name))
