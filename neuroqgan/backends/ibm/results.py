"""Results of sampler jobs as bits, of the old program and the new one."""

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
    """Read the bits out of a sampler's result, whatever their shape.

    Both programs, ``sampler`` and ``executor``, end in the same classes once the client has
    decoded them; twirled bits are turned back there.

    Parameters
    ----------
    result
        A `PrimitiveResult`.
    problem
        First sentence of the error, should it be something else.

    Returns
    -------
    list
        Of every circuit.

    Raises
    ------
    ServiceError
        If it is something else.
    """
    if isinstance(result, str):
        # The client hands on what it cannot parse.
        got = f"{len(result)} characters that are not JSON"
        raise damaged(problem, expected=_WHOLE, got=got)
    try:
        return [_measured(pub.data) for pub in result]
    except (NeuroqganError, *DAMAGE) as error:
        raise damaged(problem, expected=_WHOLE) from error


def _measured(data: Mapping[str, Any]) -> Measured:
    """Set the registers of a circuit side by side."""
    columns, registers, shapes = [], {}, set()
    for name, measured in data.items():
        packed = measured.array.reshape(-1, measured.array.shape[-1])
        columns.append(columns_from_packed(packed, measured.num_bits))
        registers[str(name)] = int(measured.num_bits)
        shapes.add((prod(measured.shape), int(measured.num_shots)))
    if not columns:
        return Measured(np.zeros((0, 0), dtype=bool), 0, 0, {})
    # Registers of one circuit that differ in their shots cannot be set side by side.
    ((n_rows, n_shots),) = shapes
    return Measured(np.concatenate(columns, axis=1), n_rows, n_shots, registers)
