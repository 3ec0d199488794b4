"""Post-selection: outcomes that a second measurement contradicts are dropped.

After its measurement, every qubit is flipped by a slow pulse, which is narrow in frequency, and
measured again. A qubit that was not flipped has left its usual frequency or state, as in a burst of
errors or after leakage, or was read wrongly; its cell circuit says little then. The pulses, and the
rule by which outcomes are kept, are those of `qiskit_mitigation.postselection`. The rule is applied
to every cell circuit by itself, since samples lie side by side.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.page_layout import Checks
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page, Tile

PULSES = ("xslow", "rx")
"""Gates that can flip a qubit slowly, the better one first."""


def checked_plan(plan: Plan, target: Target | None, strategy: str) -> Plan:
    """Return a plan whose bits are all checked by a second measurement.

    Parameters
    ----------
    plan
        Made for the device.
    target
        Of the device; None for an ideal simulator.
    strategy
        ``node`` or ``edge``; see `neuroqgan.backends.layout.Checks`.

    Raises
    ------
    PlanError
        If the device has no slow pulse, or a circuit measures qubits before its end.
    """
    if target is None:
        raise PlanError(
            "Post-selection checks the qubits of a device.",
            expected="a quantum device, or the simulation of one",
            got=plan.backend,
            hint="leave `postselect` out",
        )
    checks = Checks(strategy, _pulse(target, plan.backend))
    if any(tile.is_mid_circuit for page in plan.pages for tile in page.tiles):
        raise PlanError(
            "Circuits that measure or reset qubits before their end cannot be post-selected.",
            expected="qubits whose last operation is their only measurement, which can be repeated",
            got="a qubit that is used again after it was measured",
            hint="leave `postselect` out, or measure one bin per job",
        )
    coupling = target.build_coupling_map()
    joined = set() if coupling is None else set(map(frozenset, coupling.get_edges()))
    return replace(plan, pages=tuple(_checked_page(page, checks, joined) for page in plan.pages))


def _pulse(target: Target, backend: str) -> str:
    for pulse in PULSES:
        if pulse in target.operation_names:
            return pulse
    raise PlanError(
        f"{backend} has no slow pulse that flips a qubit.",
        expected=f"a gate named {' or '.join(PULSES)}",
        got=", ".join(sorted(target.operation_names)),
        hint="`fractional_gates = true`, on a device that has them, or leave `postselect` out",
    )


def _checked_page(page: Page, checks: Checks, joined: set[Any]) -> Page:
    tiles = tuple(replace(tile, edges=_edges(tile, joined)) for tile in page.tiles)
    return with_checks(replace(page, tiles=tiles), checks)


def _edges(tile: Tile, joined: set[Any]) -> tuple[tuple[int, int], ...]:
    qubits = tile.measured_qubits
    return tuple(
        (first, second)
        for first in range(len(qubits))
        for second in range(first + 1, len(qubits))
        if frozenset((qubits[first], qubits[second])) in joined
    )


def with_checks(page: Page, checks: Checks | None) -> Page:
    """Return a page with a second measurement of every bit, unless there are to be no checks.

    Parameters
    ----------
    page
        As `neuroqgan.backends.placement.tiles.place` made it.
    checks
        What is added.
    """
    if checks is None or page.circuit is None:
        return page
    return replace(page, circuit=add_checks(page.circuit, checks.pulse), checks=checks)


def add_checks(circuit: QuantumCircuit, pulse: str) -> QuantumCircuit:
    """Return a circuit with slow pulses and a second measurement behind its measurements.

    Parameters
    ----------
    circuit
        That measures qubits at its end only.
    pulse
        ``xslow`` or ``rx``.

    Returns
    -------
    QuantumCircuit
        With another register of the same size, whose name ends in ``_ps``.
    """
    from qiskit.transpiler import PassManager
    from qiskit_mitigation.postselection.passes import AddPostCircuitNonMarkovianErrorChecks

    return PassManager([AddPostCircuitNonMarkovianErrorChecks(pulse)]).run(circuit)


def pulses_per_flip(pulse: str) -> int:
    """Return how many gates flip a qubit slowly.

    Parameters
    ----------
    pulse
        ``xslow`` or ``rx``.
    """
    from qiskit_mitigation.postselection.constants import RX_PULSE_COUNT

    return RX_PULSE_COUNT if pulse == "rx" else 1


def share_passed(plan: Plan, readout: NDArray[np.float64], pulse: NDArray[np.float64]) -> float:
    """Return the expected share of samples that pass all checks of a request.

    Only errors that the device reports are counted: a check fails if one of its two measurements
    is wrong, or the pulse. Bursts and leakage, for which checks are made, come on top.

    Parameters
    ----------
    plan
        With checks.
    readout, pulse
        Error of the measurement of every qubit, and of its slow pulse.
    """
    failed = 2 * readout * (1 - readout) + pulse
    n_bins = plan.n_bins // plan.samples_per_shot
    shares = np.ones(plan.samples_per_shot)
    for page in plan.pages:
        for tile in page.tiles:
            if page.checks is not None:
                on_bit = np.minimum(failed[list(tile.measured_qubits)], 1.0)
                shares[tile.bins[0] // n_bins] *= _share(on_bit, tile, page.checks)
    return float(shares.mean())


def _share(failed: NDArray[np.float64], tile: Tile, checks: Checks) -> float:
    if checks.strategy == "node":
        return float(np.prod(1 - failed))
    return float(np.prod([1 - failed[first] * failed[second] for first, second in tile.edges]))
