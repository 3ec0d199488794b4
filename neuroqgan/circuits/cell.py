"""The cell: the circuit for one time bin of one group of neurons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

from neuroqgan import checks
from neuroqgan.circuits.built_from import record
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

Entangling = Literal["line", "ring", "none"]
"""Which neighbouring qubits of a cell CZ joins."""

MAX_CELL_NEURONS = 12


@dataclass(frozen=True)
class CellAnsatz:
    """Layers of RY rotations with CZ between neighbours, one qubit a neuron.

    Every layer turns every qubit by its own angle; between two layers CZ acts on neighbouring
    pairs, even pairs first; the last layer is followed by the measurement, 1 = spike. All
    amplitudes stay real, and on a line no SWAP is needed on heavy-hex devices. The form follows
    SpiQGAN (Hernandes and Greplova, arXiv:2409.09125), whose noise is uploaded again in every
    layer through the angles.

    Parameters
    ----------
    n_neurons
        Qubits of the cell.
    n_layers
        Layers of rotations.
    entangling
        Which neighbours CZ joins: a `line`, a `ring` (the line closed), or `none`.

    Raises
    ------
    ConfigError
        If the cell is empty, or larger than `MAX_CELL_NEURONS`.
    ConfigError
        If there is no layer, or no such way to entangle.
    """

    n_neurons: int
    n_layers: int = 3
    entangling: Entangling = "line"

    def __post_init__(self) -> None:
        checks.choice("entangling", self.entangling, get_args(Entangling))
        if not 1 <= self.n_neurons <= MAX_CELL_NEURONS:
            raise ConfigError(
                "A cell of this size cannot be simulated or placed.",
                expected=f"1 to {MAX_CELL_NEURONS} neurons a group",
                got=str(self.n_neurons),
                hint="--group-size 10",
            )
        if self.n_layers < 1:
            raise ConfigError(
                "A cell needs rotations.",
                expected="1 layer or more",
                got=str(self.n_layers),
                hint="--layers 3",
            )

    @property
    def n_angles(self) -> int:
        """Rotation angles of one cell, ``n_layers * n_neurons``."""
        return self.n_layers * self.n_neurons

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Qubit pairs joined by CZ between two layers, in circuit order."""
        return _pairs(self.n_neurons, self.entangling)

    def circuit(self, *, measure: bool = True) -> QuantumCircuit:
        """Build the cell as a parameterised Qiskit circuit.

        Parameters
        ----------
        measure
            Whether to measure qubit ``q`` into classical bit ``q`` of the register ``spikes``.

        Returns
        -------
        QuantumCircuit
            With the `ParameterVector` ``angle`` of length `n_angles`; angle
            ``layer * n_neurons + q`` turns qubit ``q``. Angles in radians.
        """
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit import ParameterVector

        angles = ParameterVector("angle", self.n_angles)
        circuit = QuantumCircuit(QuantumRegister(self.n_neurons, "neuron"), name="cell")
        for layer in range(self.n_layers):
            for qubit in range(self.n_neurons):
                circuit.ry(angles[layer * self.n_neurons + qubit], qubit)
            if layer < self.n_layers - 1:
                for first, second in self.pairs:
                    circuit.cz(first, second)
        if measure:
            register = ClassicalRegister(self.n_neurons, "spikes")
            circuit.add_register(register)
            circuit.measure(range(self.n_neurons), register)
        record(circuit, ansatz="cell", **asdict(self))
        return circuit


@lru_cache
def _pairs(n_neurons: int, entangling: Entangling) -> tuple[tuple[int, int], ...]:
    if entangling == "none" or n_neurons < 2:
        return ()
    line = [(q, q + 1) for start in (0, 1) for q in range(start, n_neurons - 1, 2)]
    if entangling == "ring" and n_neurons > 2:
        line.append((n_neurons - 1, 0))
    return tuple(line)
