"""Limits of the size of a job, by IBM's guides "Job limits" and "Maximum execution time"."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from neuroqgan.backends.job_limits.broadcasts import broadcast_bits, broadcast_share
from neuroqgan.backends.job_limits.instructions import INITIALISATION, WEIGHTS

if TYPE_CHECKING:
    from neuroqgan.testing.rules.submitted_job import Submission


def executions(job: Submission) -> str | None:
    """Circuits after broadcasting, times shots."""
    total, limit = sum(pub.executions for pub in job.pubs), job.limits.max_executions
    return None if total <= limit else f"{total} executions exceed the system limit of {limit}"


def instructions(job: Submission) -> str | None:
    """Instructions of the control system, of every qubit over all circuits after broadcasting."""
    unknown = max(WEIGHTS.values())
    total: Counter[int] = Counter()
    for rows, places in zip(job.rows, job.places, strict=True):
        here: Counter[int] = Counter()
        for (name, qubits), times in places.items():
            for qubit in qubits:
                here[qubit] += times * WEIGHTS.get(name, unknown)
        for qubit, count in here.items():
            total[qubit] += rows * (count + (INITIALISATION if count else 0))
    qubit, most = max(total.items(), key=lambda item: item[1], default=(0, 0))
    limit = job.limits.max_instructions
    if most <= limit:
        return None
    return f"{most} instructions on qubit {qubit} exceed the system limit of {limit} per qubit"


def gates(job: Submission) -> str | None:
    """Gates of every circuit."""
    limits = {"rz": job.limits.max_rz_gates, "sx": job.limits.max_sx_gates}
    for places in job.places:
        joined = sum(n for (name, q), n in places.items() if len(q) == 2 and name != "barrier")
        limit = job.limits.max_two_qubit_gates
        if joined > limit:
            excess = 100 * (joined / limit - 1)
            return f"{joined} 2-qubit gates exceeds the system limits by {excess:.3f}%"
        for gate, most in limits.items():
            found = sum(n for (name, _), n in places.items() if name == gate)
            if found > most:
                return f"{found} {gate} gates exceed the system limit of {most}"
    return None


def broadcasts(job: Submission) -> str | None:
    """Measured bits that are handed to conditions, over all circuits after broadcasting."""
    share = sum(
        rows * broadcast_share(broadcast_bits(circuit), job.limits)
        for rows, circuit in zip(job.rows, job.circuits, strict=True)
        if circuit.has_control_flow_op()
    )
    if share <= 1:
        return None
    return f"The conditions need {share:.1f} times the memory that the control electronics have"


def time(job: Submission) -> str | None:
    """Seconds of the quantum processor."""
    asked = job.body.get("cost") or job.limits.max_seconds
    limit = min(float(asked), job.limits.max_seconds)
    return None if job.seconds <= limit else f"Ran too long: more than {limit:.0f} s"
