"""Results of sampler jobs as bits, from the old sampler and the new one."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.ibm.damage import DAMAGE, damaged
from neuroqgan.backends.measured import Measured
from neuroqgan.circuits.bits import columns_from_packed
from neuroqgan.errors import NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE = "bits of every circuit, as a sampler returns them"


def bits_of(result: Any, problem: str) -> list[Measured]:
    """Read the bits from a sampler's result, whatever their shape.

    The programs ``sampler`` and ``executor`` lead to the same classes once qiskit-ibm-runtime has
    decoded their results; it also undoes the twirling of bits.

    Parameters
    ----------
    result
        A `PrimitiveResult`.
    problem
        First sentence of the error if it is something else.

    Returns
    -------
    list
        One entry per circuit.

    Raises
    ------
    ServiceError
        If it is something else.
    """
    if isinstance(result, str):
        # qiskit-ibm-runtime passes on what it cannot parse.
        got = f"{len(result)} characters that are not JSON"
        raise damaged(problem, expected=_WHOLE, got=got)
    try:
        return [_measured(pub.data) for pub in result]
    except (NeuroqganError, *DAMAGE) as error:
        raise damaged(problem, expected=_WHOLE) from error


def _measured(data: Mapping[str, Any]) -> Measured:
    """Put the registers of a circuit side by side."""
    columns, registers, shapes = [], {}, set()
    for name, measured in data.items():
        packed = measured.array.reshape(-1, measured.array.shape[-1])
        columns.append(columns_from_packed(packed, measured.num_bits))
        registers[str(name)] = int(measured.num_bits)
        shapes.add((prod(measured.shape), int(measured.num_shots)))
    if not columns:
        return Measured(np.zeros((0, 0), dtype=bool), 0, 0, {})
    # Registers of one circuit that differ in their shots cannot be put side by side.
    ((n_rows, n_shots),) = shapes
    return Measured(np.concatenate(columns, axis=1), n_rows, n_shots, registers)
