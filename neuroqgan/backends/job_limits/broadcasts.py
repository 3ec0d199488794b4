"""Broadcasts: how often measured bits are handed to the control logic that evaluates conditions.

By IBM's guide "Execute dynamic circuits", several conditions on the same bits need one broadcast
until one of the bits is measured again, and a job may have about 2,400 broadcasts of one bit or 300
of sixty bits. What lies between is taken to be linear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.backends.protocol import Limits

_WIDE = 60


def broadcast_bits(circuit: QuantumCircuit) -> list[int]:
    """Return the number of bits of every broadcast of a circuit, in order.

    Parameters
    ----------
    circuit
        With conditions, or without any.

    Examples
    --------
    >>> from qiskit import QuantumCircuit
    >>> circuit = QuantumCircuit(2, 1)
    >>> for _ in range(2):
    ...     _ = circuit.measure(0, 0)
    ...     for wire in (0, 1):
    ...         with circuit.if_test((0, 1)):
    ...             _ = circuit.x(wire)
    >>> broadcast_bits(circuit)
    [1, 1]
    """
    from qiskit.circuit.controlflow import condition_resources

    n_written = dict.fromkeys(circuit.clbits, 0)
    sent: set[frozenset[tuple[int, int]]] = set()
    found = []
    position = {bit: i for i, bit in enumerate(circuit.clbits)}
    for instruction in circuit.data:
        if not instruction.is_control_flow():
            for bit in instruction.clbits:
                n_written[bit] += 1
            continue
        condition = getattr(instruction.operation, "condition", None)
        if condition is None:
            continue
        used = condition_resources(condition)
        bits = {*used.clbits, *(bit for register in used.cregs for bit in register)}
        content = frozenset((position[bit], n_written[bit]) for bit in bits)
        if content not in sent:
            sent.add(content)
            found.append(len(bits))
    return found


def broadcast_share(bits: list[int], limits: Limits) -> float:
    """Return the share of what a job may broadcast that so many broadcasts take.

    Parameters
    ----------
    bits
        Of every broadcast.
    limits
        Of the device.

    Examples
    --------
    >>> from neuroqgan.backends.protocol import Limits
    >>> [round(broadcast_share(bits, Limits()), 6) for bits in ([1] * 2400, [60] * 300)]
    [1.0, 1.0]
    """
    if not bits:
        return 0.0
    narrow, wide = 1 / limits.max_broadcasts, 1 / limits.max_wide_broadcasts
    per_bit = (wide - narrow) / (_WIDE - 1)
    return sum(narrow + per_bit * (n_bits - 1) for n_bits in bits)
