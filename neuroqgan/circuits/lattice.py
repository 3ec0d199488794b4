"""The lattice: several time bins in one circuit, one qubit for every neuron and bin."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from neuroqgan import checks
from neuroqgan.circuits.built_from import record
from neuroqgan.circuits.multi_bin import BinDrive, MultiBinAnsatz

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LatticeAnsatz(MultiBinAnsatz):
    r"""Cell circuits of consecutive bins, controlled by the qubits of the bin before.

    A spike decides the first rotation of the same neuron one bin later. After its own cell, a qubit
    is only ever a control, in the basis in which it is measured. Its measurement may therefore wait
    for the end of the circuit (deferred measurement: Nielsen and Chuang, Quantum Computation and
    Quantum Information, section 4.4), and one shot yields all bins. Neurons and bins span a square
    lattice, and gates join only its neighbours.

    A qubit that begins in :math:`|0\rangle` needs one CZ per controlled rotation:

    .. math::
        R_y(h)\, CZ\, R_y(m)\, |0\rangle = R_y(h \pm m)\, |0\rangle,

    with the plus if the control is 0. So :math:`h` and :math:`m` are half the sum and half the
    difference of the angle after silence and the angle after a spike, and only plain RY gates have
    angles.

    Parameters
    ----------
    cell
        Cell circuit of one bin.
    n_bins
        Number of bins.

    Raises
    ------
    ConfigError
        If there is no bin.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> lattice = LatticeAnsatz(CellAnsatz(n_neurons=2, n_layers=1), n_bins=3)
    >>> lattice.n_angles
    10
    >>> lattice.offsets
    (0, 0, 1, 1, 2, 2)
    >>> lattice.circuit().num_qubits
    6
    """

    name: ClassVar[str] = "lattice"
    past_bins: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset()
    layout: ClassVar[str] = "a square lattice whose rows are bins"
    # Requests of earlier versions, whose lattices have all neurons of a group, are recognised.
    separates: ClassVar[bool] = False
    begins_itself: ClassVar[bool] = False

    @property
    def n_angles(self) -> int:
        """Number of angles: one or two for every neuron and bin, and those of all later layers."""
        n, later = self.cell.n_neurons, self.cell.n_layers - 1
        return n + 2 * n * (self.n_bins - 1) + later * n

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
            With the `ParameterVector` ``angle`` of length `n_angles`, in radians, in the order of
            `angles`.
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
        record(circuit, ansatz="LatticeAnsatz", **asdict(self))
        return circuit

    def angles(self, first: Floats, silent: Floats, spiked: Floats, later: Floats) -> Floats:
        """Return values of the circuit's parameters.

        Parameters
        ----------
        first
            Angles of the first layer in the first bin, radians, ``(n_samples, n_neurons)``.
        silent, spiked
            Angles of the first layer in each later bin if the neuron was silent in the bin before,
            and if it spiked; radians, ``(n_samples, n_bins - 1, n_neurons)``.
        later
            Angles of all layers but the first, the same in every bin; radians,
            ``(n_layers - 1, n_neurons)``.

        Returns
        -------
        numpy.ndarray
            Radians, ``(n_samples, n_angles)``.

        Raises
        ------
        InputError
            If an array has another shape.
        """
        n_neurons, n_samples = self.cell.n_neurons, len(first)
        checks.shape("first", first.shape, n_samples=None, n_neurons=n_neurons)
        for name, array in (("silent", silent), ("spiked", spiked)):
            checks.shape(
                name,
                array.shape,
                n_samples=n_samples,
                later_bins=self.n_bins - 1,
                n_neurons=n_neurons,
            )
        checks.shape("later", later.shape, later_layers=self.cell.n_layers - 1, n_neurons=n_neurons)
        turned = np.stack([(silent - spiked) / 2, (silent + spiked) / 2], axis=2)
        shared = np.broadcast_to(later.reshape(-1), (n_samples, later.size))
        return np.concatenate([first, turned.reshape(n_samples, -1), shared], axis=1)

    def values(self, drive: BinDrive) -> Floats:
        """See `MultiBinAnsatz.values`."""
        after, n_patterns = drive.after, 1 << self.past_bins
        checks.shape(
            "after",
            after.shape,
            n_samples=None,
            n_bins=self.n_bins,
            patterns=n_patterns,
            n_neurons=self.cell.n_neurons,
        )
        return self.angles(after[:, 0, 0], after[:, 1:, 0], after[:, 1:, 1], drive.later)

    def drive(self, values: Floats) -> BinDrive:
        """See `MultiBinAnsatz.drive`."""
        checks.shape("values", values.shape, n_samples=None, n_angles=self.n_angles)
        n, n_later = self.cell.n_neurons, self.n_bins - 1
        first, turned, later = np.split(values, [n, n + 2 * n * n_later], axis=1)
        minus, plus = np.moveaxis(turned.reshape(len(values), n_later, 2, n), 2, 0)
        after = np.empty((len(values), self.n_bins, 2, n))
        after[:, 0] = first[:, None]
        after[:, 1:, 0], after[:, 1:, 1] = plus + minus, plus - minus
        return BinDrive(after, later[0].reshape(-1, n))
