"""All rules, in the order in which a job is checked; a new rule is one function and one line here.

Two codes are known from jobs that IBM refused, 1517 and 1520, and 1305 from the client; the others
are 1002, with which IBM's registry of errors names a job that is not valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.testing.rules import circuit_rules, limit_rules, option_rules
from neuroqgan.testing.rules.rule import Refusal, Rule

if TYPE_CHECKING:
    from neuroqgan.testing.rules.submitted_job import Submission

_SPLIT = "Split circuits or PUBs into multiple jobs"
_TRANSPILE = "Transpile your circuits for the target before submitting a primitive query"
_RANGE = "Use a value in backend.rep_delay_range"
_DYNAMIC = "See the limitations of dynamic circuits"
_EXCLUDE = "See the feature compatibility table"

RULES: tuple[Rule, ...] = (
    Rule("shots", option_rules.shots, "Use one shot or more"),
    Rule("executions", limit_rules.executions, _SPLIT),
    Rule("rep_delay", option_rules.rep_delay, _RANGE),
    Rule("width", circuit_rules.width, _TRANSPILE, 1517),
    Rule("readout", circuit_rules.readout, "Add measurements"),
    Rule("instruction set", circuit_rules.instruction_set, _TRANSPILE, 1517),
    Rule("faulty qubits", circuit_rules.faulty, "Transpile again, with today's calibration"),
    Rule("conditions", circuit_rules.conditions, _DYNAMIC),
    Rule("measurement twirling", option_rules.measurement_twirling, _EXCLUDE),
    Rule("gate twirling", option_rules.gate_twirling, _EXCLUDE),
    Rule("decoupling", option_rules.dynamical_decoupling, _EXCLUDE),
    Rule("gates", limit_rules.gates, _SPLIT, 1520),
    Rule("instructions", limit_rules.instructions, _SPLIT),
    Rule("broadcasts", limit_rules.broadcasts, _SPLIT),
    Rule("time", limit_rules.time, _SPLIT, 1305, state="Cancelled"),
)


def refusal_of(job: Submission) -> Refusal | None:
    """Return what the service says of a job, or None if it accepts it.

    Parameters
    ----------
    job
        As it was submitted.
    """
    for rule in RULES:
        problem = rule.problem(job)
        if problem is not None:
            return Refusal(rule, problem)
    return None
