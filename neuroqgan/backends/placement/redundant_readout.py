"""Redundant readout: spare qubits that repeat the readout of a neighbour.

Before the measurement one gate copies the bit of a qubit to a neighbour that no cell needs, and a
spike counts only if both read 1. Spikes are rare, so most wrong bits are 0s read as 1, and two
qubits seldom err together. The price is a gate, and true spikes that one of the two misses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.placement.mid_circuit import measures_mid_circuit
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

    from neuroqgan.backends.calibration import Calibration
    from neuroqgan.backends.placement.qubit_paths import QubitPath
    from neuroqgan.circuits.program import CellBatch

# One spike in twenty bins; the choice of spare qubits hardly depends on it.
_TYPICAL_RATE = 0.05
# A smaller gain is not worth another gate.
_LEAST_GAIN = 0.005
_SECONDS = 60.0


def check_redundant_readout(batch: CellBatch) -> None:
    """Check that the readout of a cell can be repeated.

    Raises
    ------
    PlanError
        If it measures qubits before its end, or yields several bins.
    """
    if measures_mid_circuit(batch.circuit):
        raise PlanError(
            "Redundant readout happens at the end of a circuit.",
            expected="cell circuits that measure their qubits once",
            got="measurements and resets in between",
            hint="leave `redundant_readout` out",
        )
    if batch.embedded:
        raise PlanError(
            "Redundant readout reads the bits of a single bin.",
            expected="one bin per job",
            got=f"{max(batch.bit_offsets) + 1} bins in one circuit",
            hint="`bins_per_job = 1`, or leave `redundant_readout` out",
        )


def choose_redundant_qubits(
    calibration: Calibration, paths: Sequence[QubitPath], n_most: int
) -> tuple[dict[int, int], ...]:
    """Choose spare qubits that repeat the readout of qubits on the paths.

    The choice is the one with the fewest expected errors, found by an integer programme.

    Parameters
    ----------
    calibration
        Of the device.
    paths
        Disjoint, as `neuroqgan.backends.placement.qubit_paths.pack` returns them.
    n_most
        Maximum number of spare qubits per path.

    Returns
    -------
    tuple of dict
        For every path, the spare qubit of each of its qubits that has one.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    readout = calibration.readout
    owner = {qubit: i for i, path in enumerate(paths) for qubit in path}
    arcs = [
        (qubit, spare, gain)
        for pair, error in calibration.pairs.items()
        for qubit, spare in (pair, pair[::-1])
        if qubit in owner and spare not in owner
        if (gain := _gain(float(readout[qubit]), float(readout[spare]), error)) > _LEAST_GAIN
    ]
    chosen: tuple[dict[int, int], ...] = tuple({} for _ in paths)
    if not arcs or n_most == 0:
        return chosen
    # The readout of a qubit is repeated at most once, and a spare serves only one qubit.
    n_qubits = calibration.n_qubits
    rows = [row for qubit, spare, _ in arcs for row in (qubit, spare, n_qubits + owner[qubit])]
    uses = csr_array(
        (np.ones(len(rows)), (rows, np.repeat(np.arange(len(arcs)), 3))),
        shape=(n_qubits + len(paths), len(arcs)),
    )
    most = np.r_[np.ones(n_qubits), np.full(len(paths), n_most)]
    solution = milp(
        [-gain for *_, gain in arcs],
        constraints=LinearConstraint(uses, -np.inf, most),
        integrality=np.ones(len(arcs), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"time_limit": _SECONDS},
    )
    if solution.x is not None:
        for i in np.flatnonzero(solution.x > 0.5):
            qubit, spare, _ = arcs[i]
            chosen[owner[qubit]][qubit] = spare
    return chosen


def redundant_error(readout: float, second: float) -> float:
    """Return the probability that a bit is wrong which two qubits read, for typical rare spikes.

    Parameters
    ----------
    readout, second
        Probability of a wrong readout of each.

    Examples
    --------
    >>> round(redundant_error(0.02, 0.02), 5)
    0.00238
    """
    return (1 - _TYPICAL_RATE) * readout * second + _TYPICAL_RATE * (readout + second)


def _gain(readout: float, second: float, gate: float) -> float:
    """Return by how much a second readout lowers the probability of a wrong bit."""
    # An error of the gate depolarises by 4/3 of it: a quarter of that flips one bit, a quarter the
    # other, and a quarter both.
    part = gate / 3
    false_spike = part * (1 + readout + second)
    return readout - (
        redundant_error(readout, second)
        + (1 - _TYPICAL_RATE) * false_spike
        + _TYPICAL_RATE * 3 * part
    )


def on_a_line(circuit: QuantumCircuit) -> bool:
    """Whether a cell joins only neighbours on a line, so that its qubits stay where they start."""
    wires = [
        [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        for instruction in circuit.data
        if len(instruction.qubits) == 2 and instruction.name != "barrier"
    ]
    return all(abs(first - second) == 1 for first, second in wires)


def copy_to_spares(circuit: QuantumCircuit, positions: Sequence[int]) -> QuantumCircuit:
    """Return a measured cell some of whose bits are copied to further qubits and read there too.

    Parameters
    ----------
    circuit
        The cell; wire ``q`` is measured into bit ``q``.
    positions
        Wires to copy, to the wires and bits after the cell's own.
    """
    from qiskit import QuantumCircuit

    n = circuit.num_qubits
    total = n + len(positions)
    wider: QuantumCircuit = QuantumCircuit(total, total, name=circuit.name)
    wider.compose(circuit.remove_final_measurements(inplace=False), range(n), inplace=True)
    for spare, position in enumerate(positions, n):
        wider.cx(position, spare)
    wider.measure(range(total), range(total))
    return wider
