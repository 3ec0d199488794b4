"""Expected errors of the bits of a compiled cell, from what a device reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.carried_errors import carried_errors
from neuroqgan.backends.operation_names import MEASURE, measures, resets
from neuroqgan.backends.placement.redundant_readout import redundant_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.transpiler import Target

    from neuroqgan.backends.calibration import Calibration
    from neuroqgan.backends.placement.mid_circuit import Step
    from neuroqgan.backends.placement.tiles import Tile

_WITHOUT_ERRORS = frozenset({"barrier", "delay"})


def bit_errors(
    tile: Tile, walk: Sequence[Step], target: Target, calibration: Calibration
) -> np.ndarray:
    """Return the expected error of every bin and neuron of a tile.

    Half the errors of the gates on a qubit count for its bit. In a cell that resets qubits
    mid-circuit, the errors are those of `neuroqgan.backends.carried_errors.carried_errors`, memory
    qubits included.

    Parameters
    ----------
    tile
        On a device.
    walk
        The `neuroqgan.backends.placement.mid_circuit.steps` of its circuit.
    target, calibration
        Of the device.

    Returns
    -------
    numpy.ndarray
        Probabilities of a wrong bit, in the order of `TileLayout.bits_by_address`.
    """
    if any(resets(name) for name, *_ in walk):
        before = carried_errors(tile, walk, target, calibration)
    else:
        before = _errors_of_gates(tile, walk, target)
    errors = []
    for bits in tile.layout.bits_by_address().values():
        first, *second = (tile.measured_qubits[bit] for bit in bits)
        readout = _readout_error(tile, bits[0], first, target, calibration)
        for bit, spare in zip(bits[1:], second, strict=True):
            other = _readout_error(tile, bit, spare, target, calibration)
            readout = redundant_error(readout, other)
        # Whatever adds up, a bit cannot say less than nothing.
        errors.append(min(0.5, readout + before[bits[0]]))
    return np.array(errors)


def _readout_error(
    tile: Tile, bit: int, qubit: int, target: Target, calibration: Calibration
) -> float:
    """Return the error of the operation that measures a bit."""
    name = tile.measurements[bit]
    if name == MEASURE:
        return float(calibration.readout[qubit])
    value = (target[name] or {}).get((qubit,))
    return 0.0 if value is None else float(value.error or 0.0)


def _errors_of_gates(tile: Tile, walk: Sequence[Step], target: Target) -> list[float]:
    """Return half the errors of the gates before each bit's measurement, on its own qubit."""
    on_wire = [0.0] * len(tile.qubits)
    before = [0.0] * tile.n_bits
    known: dict[tuple[str, tuple[int, ...]], float] = {}
    for name, wires, bit, _ in walk:
        if measures(name):
            before[bit] = on_wire[wires[0]]
            continue
        if name in _WITHOUT_ERRORS:
            continue
        half = known.get((name, wires))
        if half is None:
            placed = target[name].get(tuple(tile.qubits[wire] for wire in wires))
            half = known[name, wires] = (0.0 if placed is None else placed.error or 0.0) / 2
        for wire in wires:
            on_wire[wire] += half
    return before
