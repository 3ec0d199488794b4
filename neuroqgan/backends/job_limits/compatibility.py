"""Options that circuits cannot be run with, found before anything is planned in earnest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.placement.conditions import excluding_option, has_conditions
from neuroqgan.backends.placement.mid_circuit import measures_mid_circuit
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit import QuantumCircuit

    from neuroqgan.backends.options import JobOptions


def check_compatible(circuits: Iterable[QuantumCircuit], options: JobOptions) -> None:
    """Check that circuits can be run with the options of a job.

    Parameters
    ----------
    circuits
        Cells or pages.
    options
        Of the job.

    Raises
    ------
    PlanError
        If measurements are to be twirled and a circuit continues after one, or a circuit with
        conditions is to be twirled or decoupled.
    """
    excluding = excluding_option(options)
    if not excluding:
        return
    for circuit in circuits:
        if options.twirl_measure and measures_mid_circuit(circuit):
            raise PlanError(
                "Measurements in the middle of a circuit cannot be twirled.",
                expected="cell circuits that measure their qubits once, at the end",
                got=f"mid-circuit measurements and twirling of {options.twirling}",
                hint="`twirling = gates`, or leave it out",
            )
        if has_conditions(circuit):
            raise PlanError(
                "Circuits that act on measured bits are neither decoupled nor twirled.",
                expected="no such option, or another circuit for several bins",
                got=excluding,
                hint=f"leave `{excluding.split()[0]}` out, or `bins_per_job = 1`",
            )
