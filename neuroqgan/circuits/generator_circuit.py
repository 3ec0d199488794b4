"""A circuit of a generator as it is shown, exported and planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


@dataclass(frozen=True)
class GeneratorCircuit:
    """One kind of circuit that a generator runs.

    Parameters
    ----------
    name
        What a file of it is called, without suffix, such as ``cell-4-neurons``.
    circuit
        With its parameters open, in radians.
    n_groups
        Groups of neurons that use this circuit.
    n_neurons
        Neurons of one group.
    n_bins
        Time bins that one shot yields.
    excerpt
        What a drawing shows instead, if the circuit repeats itself too often to be drawn.
    caption
        What the excerpt leaves out, in words.
    """

    name: str
    circuit: QuantumCircuit
    n_groups: int
    n_neurons: int
    n_bins: int = 1
    excerpt: QuantumCircuit | None = None
    caption: str = ""
