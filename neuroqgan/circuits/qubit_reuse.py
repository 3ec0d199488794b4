"""Qubit reuse: a raster of any length on two qubits per neuron, which take turns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

from neuroqgan.circuits.built_from import record
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.unrecorded_bins import UnrecordedBinsAnsatz

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.multi_bin import BinDrive

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class QubitReuseAnsatz(UnrecordedBinsAnsatz):
    r"""Cell circuits of consecutive bins on two qubits per neuron, which take turns.

    The qubit that was measured in a bin is not reset: it still holds the neuron's spike, and
    controls the rotation of the other qubit in the next bin by one CZ, as in
    `neuroqgan.circuits.lattice.LatticeAnsatz`. Then it is reset, while the other one is measured,
    and serves the bin after that. A qubit has to keep a spike for one bin only, so a shot may be as
    long as one likes. Circuits on fewer qubits by measurement and reset: DeCross et al., Phys. Rev.
    X 13, 041057 (2023).

    The two qubits of a neuron must be neighbours, and those of a bin as the cell joins them: a
    ladder, which square lattices have. Without CZ in the cell, every neuron is a pair of its own.

    Parameters
    ----------
    cell, n_bins
        See `MultiBinAnsatz`.
    n_unrecorded
        Bins before the first one that are run but not measured. They begin in silence, and take
        the place of spikes that would have to be known before.

    Raises
    ------
    ConfigError
        If there is no bin, or a number is negative.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> reuse = QubitReuseAnsatz(CellAnsatz(n_neurons=1, n_layers=1), n_bins=3)
    >>> reuse.n_angles
    5
    >>> dict(reuse.circuit().count_ops())
    {'ry': 5, 'measure': 3, 'barrier': 3, 'cz': 2, 'reset': 1}
    """

    name: ClassVar[str] = "qubit-reuse"
    past_bins: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"reset"})
    layout: ClassVar[str] = "a ladder of two qubits per neuron, or pairs if `entangling = none`"
    separates: ClassVar[bool] = True

    def circuit(self) -> QuantumCircuit:
        """See `MultiBinAnsatz.circuit`.

        Neuron ``q`` has the qubits ``q`` and ``n_neurons + q``; the first of them has the even
        bins, unrecorded ones included.
        """
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit import ParameterVector

        n, n_bins = self.cell.n_neurons, self.n_all_bins
        angles = ParameterVector("angle", self.n_angles)
        later = n + 2 * n * (n_bins - 1)
        wires = QuantumRegister(2 * n if n_bins > 1 else n, "neuron")
        spikes = ClassicalRegister(n * self.n_bins, "spikes")
        circuit = QuantumCircuit(wires, spikes, name="qubit_reuse")
        for t in range(n_bins):
            here, before = ((t + turn) % 2 * n for turn in (0, 1))
            for q in range(n):
                if t == 0:
                    circuit.ry(angles[q], here + q)
                    continue
                start = n + 2 * n * (t - 1) + q
                circuit.ry(angles[start], here + q)
                circuit.cz(before + q, here + q)
                circuit.ry(angles[start + n], here + q)
            for layer in range(self.cell.n_layers - 1):
                for first, second in self.cell.pairs:
                    circuit.cz(here + first, here + second)
                for q in range(n):
                    circuit.ry(angles[later + layer * n + q], here + q)
            if t >= self.n_unrecorded:
                bit = (t - self.n_unrecorded) * n
                circuit.measure(range(here, here + n), range(bit, bit + n))
                for q in range(n):
                    # The measurement is not to wait for the next bin, though it commutes with CZ:
                    # then it would not run beside the reset of the other qubit.
                    circuit.barrier(here + q)
            if 0 < t < n_bins - 1:
                # At the same time as the measurement: these are other qubits.
                circuit.reset(range(before, before + n))
        record(circuit, ansatz=type(self).__name__, **asdict(self))
        return circuit

    def values(self, drive: BinDrive) -> Floats:
        """See `MultiBinAnsatz.values`."""
        return self._lattice.values(drive)

    def drive(self, values: Floats) -> BinDrive:
        """See `MultiBinAnsatz.drive`."""
        return self._lattice.drive(values)

    @property
    def _lattice(self) -> LatticeAnsatz:
        """The lattice of the same rotations, which have the same angles."""
        return LatticeAnsatz(self.cell, self.n_all_bins)
