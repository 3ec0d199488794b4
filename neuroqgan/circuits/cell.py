"""The cell circuit: one time bin of one group of neurons."""

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
"""Which neighbouring qubits of a cell circuit CZ joins."""

MAX_CELL_NEURONS = 12


@dataclass(frozen=True)
class CellAnsatz:
    """Layers of RY rotations with CZ between neighbours, one qubit per neuron.

    Each layer turns every qubit by an angle of its own. Between two layers, CZ acts on neighbouring
    pairs, even pairs first. The measurement follows the last layer; 1 is a spike. All amplitudes
    stay real, and on a line no SWAP is needed on heavy-hex devices. The form follows SpiQGAN
    (Hernandes and Greplova, arXiv:2409.09125), whose noise is uploaded again in every layer through
    the angles.

    Parameters
    ----------
    n_neurons
        Neurons, and so qubits, of the cell circuit; at most `MAX_CELL_NEURONS`.
    n_layers
        Layers of rotations.
    entangling
        Which neighbours CZ joins: a `line`, a `ring` (the closed line), or `none`.

    Raises
    ------
    ConfigError
        If there are no neurons, more than `MAX_CELL_NEURONS`, or no layer.
    ConfigError
        If there is no such way to entangle.

    Examples
    --------
    >>> ansatz = CellAnsatz(n_neurons=4, n_layers=2)
    >>> ansatz.pairs
    ((0, 1), (2, 3), (1, 2))
    >>> ansatz.n_angles
    8
    >>> dict(ansatz.circuit().count_ops())
    {'ry': 8, 'measure': 4, 'cz': 3}
    """

    n_neurons: int
    n_layers: int = 3
    entangling: Entangling = "line"

    def __post_init__(self) -> None:
        checks.choice("entangling", self.entangling, get_args(Entangling))
        for name in ("n_neurons", "n_layers"):
            object.__setattr__(self, name, checks.whole(name, getattr(self, name), 1))
        if self.n_neurons > MAX_CELL_NEURONS:
            raise ConfigError(
                "A cell circuit of this size cannot be simulated or placed.",
                expected=f"1 to {MAX_CELL_NEURONS} neurons per group",
                got=str(self.n_neurons),
                hint="group_size = 10",
            )

    @property
    def n_angles(self) -> int:
        """Number of rotation angles, ``n_layers * n_neurons``."""
        return self.n_layers * self.n_neurons

    @property
    def rotations_add(self) -> bool:
        """Whether the angles of a neuron add up to one rotation if nothing is entangled."""
        return True

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs of qubits that CZ joins between two layers, in the order of the circuit."""
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
            With the `ParameterVector` ``angle`` of length `n_angles`, in radians; angle
            ``layer * n_neurons + q`` turns qubit ``q``.
        """
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit import ParameterVector

        angles = ParameterVector("angle", self.n_angles)
        circuit = QuantumCircuit(QuantumRegister(self.n_neurons, "neuron"), name="cell")
        for layer in range(self.n_layers):
            if layer > 0:
                for first, second in self.pairs:
                    circuit.cz(first, second)
            for qubit in range(self.n_neurons):
                circuit.ry(angles[layer * self.n_neurons + qubit], qubit)
        if measure:
            register = ClassicalRegister(self.n_neurons, "spikes")
            circuit.add_register(register)
            circuit.measure(range(self.n_neurons), register)
        record(circuit, ansatz="CellAnsatz", **asdict(self))
        return circuit


@lru_cache
def _pairs(n_neurons: int, entangling: Entangling) -> tuple[tuple[int, int], ...]:
    if entangling == "none":
        return ()
    line = [(q, q + 1) for start in (0, 1) for q in range(start, n_neurons - 1, 2)]
    # Two neurons are joined once: a second CZ would undo the first.
    if entangling == "ring" and n_neurons > 2:
        line.append((n_neurons - 1, 0))
    return tuple(line)
