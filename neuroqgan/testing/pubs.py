"""The circuits of a job, read as lazily as can be."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

_KEPT_CIRCUITS = 16


class _Kept(threading.local):
    """The last circuits, of every thread its own: Qiskit crashes where threads share one."""

    def __init__(self) -> None:
        self.circuits: OrderedDict[str, list[QuantumCircuit]] = OrderedDict()


_kept = _Kept()


@dataclass(frozen=True)
class Pub:
    """A circuit with its parameter sets.

    Parameters
    ----------
    shape
        Of the parameter sets.
    shots
        Of every parameter set and randomization.
    n_randomizations
        0 where there is no twirling.
    flips
        Whether measured bits come flipped, with the flips beside them.
    load_circuit
        Reads the circuit.
    load_values
        Reads the values, ``(*shape, n_parameters)``; None where a samplex makes them.
    samplex
        Raw samplex item, where there is one.
    named
        Registers of the result, where they are to be others than those of the circuit.
    """

    shape: tuple[int, ...]
    shots: int
    n_randomizations: int
    flips: bool
    load_circuit: Callable[[], QuantumCircuit]
    load_values: Callable[[], NDArray[np.float64]] | None
    samplex: dict[str, Any] | None = None
    named: dict[str, list[int]] | None = None

    @property
    def rows(self) -> int:
        """Number of parameter sets."""
        return prod(self.shape)

    @property
    def shots_a_row(self) -> int:
        """Shots of each parameter set, over all randomizations."""
        return self.shots * max(1, self.n_randomizations)

    @property
    def executions(self) -> int:
        """Shots of all parameter sets."""
        return self.rows * self.shots_a_row

    @property
    def n_bits(self) -> int:
        """Number of classical bits."""
        return int(self.load_circuit().num_clbits)

    def registers(self) -> dict[str, list[int]]:
        """Return which classical bits each register holds, in its order."""
        if self.named is not None:
            return self.named
        circuit = self.load_circuit()
        position = {bit: i for i, bit in enumerate(circuit.clbits)}
        return {register.name: [position[bit] for bit in register] for register in circuit.cregs}


def read_qpy(encoded: str) -> list[QuantumCircuit]:
    """Read circuits from base64 of compressed QPY.

    The last ones are kept: tests send the same circuit over and over.
    """
    key = hashlib.sha1(encoded.encode(), usedforsecurity=False).hexdigest()
    circuits = _kept.circuits
    found = circuits.get(key)
    if found is None:
        from ibm_quantum_schemas.common.qpy import ANNOTATION_FACTORIES
        from qiskit.qpy import load

        raw = zlib.decompress(base64.b64decode(encoded))
        found = load(io.BytesIO(raw), annotation_factories=ANNOTATION_FACTORIES)
        circuits[key] = found
        while len(circuits) > _KEPT_CIRCUITS:
            circuits.popitem(last=False)
    return found
