"""What a device reports about its qubits: errors, neighbours, and which qubits can be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.operation_names import MEASURE, measures, resets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from qiskit.transpiler import Target

UNUSABLE = 0.5
"""From this error on, a qubit or gate counts as faulty: devices report 1 for those that are off."""

_NOT_GATES = {"delay", "barrier", "id", "rz"}


@dataclass(frozen=True)
class Calibration:
    """Errors of a device's qubits and pairs.

    Parameters
    ----------
    readout
        Probability that a measured bit is wrong, shape ``(n_qubits,)``; 1 if a qubit cannot be
        measured.
    single
        Error of the pulse on one qubit (``sx`` if there is one), shape ``(n_qubits,)``; 1 if there
        is none.
    pairs
        Error of the best two-qubit gate of every usable pair, lower qubit first.
    t1, t2
        Relaxation and dephasing times in seconds, shape ``(n_qubits,)``; infinite if none is
        reported.
    excluded
        Qubits that work and still must not be used; see `without`.

    Notes
    -----
    If a device reports no error for something, the error counts as 0.

    Examples
    --------
    >>> from neuroqgan.backends.names import snapshot_target
    >>> calibration = Calibration.of(snapshot_target("fake_nairobi"))
    >>> calibration.readout.shape, len(calibration.pairs)
    ((7,), 6)
    """

    readout: NDArray[np.float64]
    single: NDArray[np.float64]
    pairs: dict[tuple[int, int], float]
    t1: NDArray[np.float64]
    t2: NDArray[np.float64]
    excluded: frozenset[int] = frozenset()

    @classmethod
    def of(cls, target: Target) -> Calibration:
        """Read the calibration from a Qiskit target."""
        n_qubits = target.num_qubits or 0
        gates = _gates_by_width(target)
        single = np.ones(n_qubits)
        pulses = ["sx"] if "sx" in gates[1] else gates[1]
        for gate in pulses:
            for qubits, error in _errors(target, gate, 1, n_qubits).items():
                single[qubits[0]] = min(single[qubits[0]], error)
        readout = np.ones(n_qubits)
        if MEASURE in target.operation_names:
            for qubits, error in _errors(target, MEASURE, 1, n_qubits).items():
                readout[qubits[0]] = error
        pairs: dict[tuple[int, int], float] = {}
        for gate in gates[2]:
            for qubits, error in _errors(target, gate, 2, n_qubits).items():
                pair = (min(qubits), max(qubits))
                pairs[pair] = min(pairs.get(pair, 1.0), error)
        usable = (readout < UNUSABLE) & (single < UNUSABLE)
        return cls(
            readout,
            single,
            {
                pair: error
                for pair, error in sorted(pairs.items())
                if error < UNUSABLE and usable[list(pair)].all()
            },
            _times(target, "t1"),
            _times(target, "t2"),
        )

    @property
    def n_qubits(self) -> int:
        """Qubits of the device, including faulty ones."""
        return len(self.readout)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which qubits can be used, shape ``(n_qubits,)``."""
        usable = (self.readout < UNUSABLE) & (self.single < UNUSABLE)
        usable[list(self.excluded)] = False
        return usable

    def without(self, qubits: Iterable[int]) -> Calibration:
        """Return the calibration with further qubits that must not be used, nor their pairs.

        Parameters
        ----------
        qubits
            Their numbers.
        """
        excluded = self.excluded | frozenset(qubits)
        pairs = {pair: error for pair, error in self.pairs.items() if not excluded & {*pair}}
        return replace(self, pairs=pairs, excluded=excluded)

    def neighbours(self) -> dict[int, list[int]]:
        """Usable neighbours of every usable qubit, the best pair first."""
        found: dict[int, list[int]] = {int(q): [] for q in np.flatnonzero(self.usable)}
        for first, second in sorted(self.pairs, key=self.pairs.__getitem__):
            found[first].append(second)
            found[second].append(first)
        return found


def restrict(target: Target, qubits: Sequence[int]) -> Target:
    """Return the part of a target that lives on ``qubits``, which are renumbered from 0.

    Control flow, and instructions that are defined for no particular qubits, are left out.
    """
    from qiskit.transpiler import Target

    position = {qubit: i for i, qubit in enumerate(qubits)}
    properties = target.qubit_properties
    part = Target(
        num_qubits=len(qubits),
        dt=target.dt,
        qubit_properties=None if properties is None else [properties[q] for q in qubits],
    )
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        placed = target[name]
        if isinstance(operation, type) or placed is None or None in placed:
            continue
        here = {
            tuple(position[q] for q in where): value
            for where, value in placed.items()
            if all(q in position for q in where) and not _is_off(value)
        }
        if here:
            part.add_instruction(operation, here, name=name)
    return part


def _times(target: Target, name: str) -> NDArray[np.float64]:
    properties = target.qubit_properties or [None] * (target.num_qubits or 0)
    return np.array([getattr(of_qubit, name, None) or np.inf for of_qubit in properties])


def _is_off(properties: Any) -> bool:
    return properties is not None and (properties.error or 0) >= UNUSABLE


def _gates_by_width(target: Target) -> dict[int, list[str]]:
    widths: dict[int, list[str]] = {1: [], 2: []}
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        if name in _NOT_GATES or isinstance(operation, type) or measures(name) or resets(name):
            continue
        if operation.num_qubits in widths:
            widths[operation.num_qubits].append(name)
    return widths


def _errors(target: Target, name: str, width: int, n_qubits: int) -> dict[tuple[int, ...], float]:
    placed = target[name]
    if placed is None or None in placed:
        # Defined for every choice of qubits, as in simulators.
        if width == 1:
            return {(q,): 0.0 for q in range(n_qubits)}
        return {(a, b): 0.0 for a in range(n_qubits) for b in range(a + 1, n_qubits)}
    return {
        qubits: 0.0 if value is None or value.error is None else float(value.error)
        for qubits, value in placed.items()
    }
