"""A thumbnail of a circuit: wires, boxes for gates, dots for pairs, meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.escaping.printable import printable_html
from neuroqgan.notebooks.pictures import MARK, QUIET, svg

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_MOST_WIRES, _MOST_COLUMNS = 10, 24
_STEP, _GAP = 26, 22
_SILENT = frozenset({"barrier", "delay"})


def circuit_picture(circuit: QuantumCircuit) -> str:
    """Return a picture of the first gates of the first qubits of a circuit.

    Parameters
    ----------
    circuit
        Any circuit; at most ten qubits and 24 gates in a row are drawn.
    """
    n_wires = min(circuit.num_qubits, _MOST_WIRES)
    filled = [0] * n_wires
    body = ""
    for instruction in circuit.data:
        wires = sorted(circuit.find_bit(qubit).index for qubit in instruction.qubits)
        if instruction.name in _SILENT or wires[-1] >= n_wires:
            continue
        over = range(wires[0], wires[-1] + 1)
        column = max(filled[wire] for wire in over)
        if column >= _MOST_COLUMNS:
            break
        for wire in over:
            filled[wire] = column + 1
        body += _gate(instruction.name, wires, 14 + column * _STEP)
    width = 14 + max(max(filled, default=0), 1) * _STEP
    height = n_wires * _GAP
    lines = "".join(
        f"<path d='M2 {_y(wire)}H{width}' stroke='{QUIET}' stroke-width='1'/>"
        for wire in range(n_wires)
    )
    return svg(width + 2, height, lines + body, "circuit")


def _y(wire: int) -> int:
    return wire * _GAP + _GAP // 2


def _gate(name: str, wires: list[int], x: int) -> str:
    if len(wires) > 1:
        dots = "".join(
            f"<circle cx='{x}' cy='{_y(wire)}' r='3' fill='currentColor'/>" for wire in wires
        )
        low, high = _y(wires[0]), _y(wires[-1])
        return f"<path d='M{x} {low}V{high}' stroke='currentColor' stroke-width='1.5'/>{dots}"
    y = _y(wires[0])
    if name == "measure":
        return (
            f"<rect x='{x - 9}' y='{y - 8}' width='18' height='16' rx='2' fill='none' "
            f"stroke='{MARK}'/><path d='M{x - 5} {y + 4}a5 5 0 0 1 10 0M{x} {y + 4}l4 -8' "
            f"stroke='{MARK}' fill='none'/>"
        )
    text = printable_html(name[:3])
    return (
        f"<rect x='{x - 10}' y='{y - 8}' width='20' height='16' rx='2' fill='{QUIET}' "
        f"fill-opacity='.25' stroke='currentColor' stroke-width='.8'/><text x='{x}' y='{y + 4}' "
        f"font-size='9' text-anchor='middle' fill='currentColor'>{text}</text>"
    )
