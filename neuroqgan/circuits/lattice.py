"""The lattice: several bins in one circuit, a qubit for every neuron and bin."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.built_from import record
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.cell import CellAnsatz

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LatticeAnsatz:
    r"""Cells of consecutive bins, the first rotations controlled by the qubits of the bin before.

    A spike decides the first rotation of the same neuron a bin later. Nothing happens to a qubit
    after its cell but as a control in the basis in which it is measured, so its measurement may
    wait for the end of the circuit (deferred measurement: Nielsen and Chuang, Quantum Computation
    and Quantum Information, section 4.4), and one shot yields all bins. Neurons and bins span a
    square lattice, whose neighbours are all that gates join.

    A qubit that begins in :math:`|0\rangle` needs one CZ a controlled rotation:

    .. math::
        R_y(h)\, CZ\, R_y(m)\, |0\rangle = R_y(h \pm m)\, |0\rangle,

    with the plus where the control is 0. So :math:`h` and :math:`m` are half the sum and half the
    difference of the angle after silence and the angle after a spike, and no gate but plain RY has
    an angle.

    Parameters
    ----------
    cell
        Of one bin.
    n_bins
        Bins.

    Raises
    ------
    ConfigError
        If there is no bin.
    """

    cell: CellAnsatz
    n_bins: int

    def __post_init__(self) -> None:
        if self.n_bins < 1:
            raise ConfigError(
                "A lattice needs bins.",
                expected="1 bin or more",
                got=str(self.n_bins),
                hint="--bins-per-job 1",
            )

    @property
    def n_angles(self) -> int:
        """Rotation angles: one or two of every neuron and bin, and those of all later layers."""
        n, later = self.cell.n_neurons, self.cell.n_layers - 1
        return n + 2 * n * (self.n_bins - 1) + later * n

    @property
    def offsets(self) -> tuple[int, ...]:
        """Bin of every classical bit."""
        return tuple(t for t in range(self.n_bins) for _ in range(self.cell.n_neurons))

    def circuit(self, *, measure: bool = True) -> QuantumCircuit:
        """Build the lattice as a parameterised Qiskit circuit.

        Parameters
        ----------
        measure
            Whether to measure qubit ``t * n_neurons + q``, which is neuron ``q`` in bin ``t``,
            into the classical bit of the same number.

        Returns
        -------
        QuantumCircuit
            With the `ParameterVector` ``angle`` of length `n_angles`, in the order of `angles`.
        """
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit import ParameterVector

        n, n_layers = self.cell.n_neurons, self.cell.n_layers
        angles = ParameterVector("angle", self.n_angles)
        later = n + 2 * n * (self.n_bins - 1)
        circuit = QuantumCircuit(QuantumRegister(n * self.n_bins, "neuron"), name="lattice")
        for t in range(self.n_bins):
            here = range(t * n, (t + 1) * n)
            for q, qubit in enumerate(here):
                if t == 0:
                    circuit.ry(angles[q], qubit)
                    continue
                start = n + 2 * n * (t - 1) + q
                circuit.ry(angles[start], qubit)
                circuit.cz(qubit - n, qubit)
                circuit.ry(angles[start + n], qubit)
            for layer in range(n_layers - 1):
                for first, second in self.cell.pairs:
                    circuit.cz(here[first], here[second])
                for q, qubit in enumerate(here):
                    circuit.ry(angles[later + layer * n + q], qubit)
        if measure:
            register = ClassicalRegister(n * self.n_bins, "spikes")
            circuit.add_register(register)
            # Qubits of early bins wait for those of the last one.
            circuit.barrier()
            circuit.measure(range(n * self.n_bins), register)
        record(circuit, ansatz="lattice", **asdict(self))
        return circuit

    def angles(self, first: Floats, silent: Floats, spiked: Floats, later: Floats) -> Floats:
        """Return values of the circuit's parameters.

        Parameters
        ----------
        first
            Of the first bin's first layer, radians, ``(n_samples, n_neurons)``.
        silent, spiked
            Of the first layers of the bins after it, where the neuron was silent in the bin before
            and where it spiked, ``(n_samples, n_bins - 1, n_neurons)``.
        later
            Of all layers but the first, in every bin, ``(n_layers - 1, n_neurons)``.

        Returns
        -------
        numpy.ndarray
            ``(n_samples, n_angles)``.
        """
        n_samples = len(first)
        turned = np.stack([(silent - spiked) / 2, (silent + spiked) / 2], axis=2)
        shared = np.broadcast_to(later.reshape(-1), (n_samples, later.size))
        return np.concatenate([first, turned.reshape(n_samples, -1), shared], axis=1)
