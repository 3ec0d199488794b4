"""Qubit reuse with a past of two bins: a line of four qubits per neuron."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

from neuroqgan import checks
from neuroqgan.circuits.built_from import record
from neuroqgan.circuits.past_patterns import sign_flips, to_drive, to_values
from neuroqgan.circuits.unrecorded_bins import UnrecordedBinsAnsatz

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.multi_bin import BinDrive

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TwoBinLineAnsatz(UnrecordedBinsAnsatz):
    r"""Cell circuits of consecutive bins, each controlled by the two bins before.

    Two qubits of a neuron take turns, as in `neuroqgan.circuits.qubit_reuse.QubitReuseAnsatz`: the
    other one still holds the last spike. A second control has to hold the spike before that, and no
    device has three qubits that are all neighbours. So each of the two has one further neighbour,
    to which its spike is copied by a CX before it is reset. The four form a line: copy, qubit,
    qubit, copy. Copying and resetting take place while the neuron's spike is measured.

    Neurons that the cell joins need such lines side by side, joined at their inner qubits. Without
    CZ in the cell, every neuron is a line of its own, which all devices have.

    Parameters
    ----------
    cell, n_bins
        See `MultiBinAnsatz`.
    n_unrecorded
        Bins before the first one that are run but not measured, see `QubitReuseAnsatz`.

    Raises
    ------
    ConfigError
        If there is no bin, or a number is negative.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> line = TwoBinLineAnsatz(CellAnsatz(n_neurons=1, n_layers=1), n_bins=4)
    >>> line.n_angles
    11
    >>> dict(line.circuit().count_ops())
    {'ry': 11, 'cz': 7, 'measure': 4, 'cx': 2, 'reset': 2}
    """

    name: ClassVar[str] = "qubit-reuse"
    past_bins: ClassVar[int] = 2
    needs: ClassVar[frozenset[str]] = frozenset({"reset"})
    layout: ClassVar[str] = (
        "lines of four qubits per neuron, joined in the middle unless `entangling = none`"
    )
    separates: ClassVar[bool] = True

    def circuit(self) -> QuantumCircuit:
        """See `MultiBinAnsatz.circuit`.

        Neuron ``q`` has the qubits ``q`` and ``n_neurons + q`` in turn, and their copies are
        ``2 * n_neurons + q`` and ``3 * n_neurons + q``.
        """
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit import ParameterVector

        n, n_bins = self.cell.n_neurons, self.n_all_bins
        angles = ParameterVector("angle", self.n_angles)
        spikes = ClassicalRegister(n * self.n_bins, "spikes")
        wires = QuantumRegister(n * min(n_bins, 4), "neuron")
        circuit = QuantumCircuit(wires, spikes, name="two_bin_line")
        start = 0
        later = self.n_angles - n * (self.cell.n_layers - 1)
        for t in range(n_bins):
            here, other = t % 2 * n, (t + 1) % 2 * n
            copy, other_copy = 2 * n + here, 2 * n + other
            holds = {1: other, 2: copy}
            flips = sign_flips(min(t, self.past_bins))
            for q in range(n):
                circuit.ry(angles[start + q], here + q)
                for i, back in enumerate(flips, 1):
                    circuit.cz(holds[back] + q, here + q)
                    circuit.ry(angles[start + i * n + q], here + q)
            start += n * (len(flips) + 1)
            if 1 <= t < n_bins - 1:
                # The other qubit is needed next, and its spike once more.
                for q in range(n):
                    circuit.cx(other + q, other_copy + q)
                circuit.reset(range(other, other + n))
            if 2 <= t < n_bins - 2:
                circuit.reset(range(copy, copy + n))
            for layer in range(self.cell.n_layers - 1):
                for first, second in self.cell.pairs:
                    circuit.cz(here + first, here + second)
                for q in range(n):
                    circuit.ry(angles[later + layer * n + q], here + q)
            if t >= self.n_unrecorded:
                bit = (t - self.n_unrecorded) * n
                circuit.measure(range(here, here + n), range(bit, bit + n))
        record(circuit, ansatz=type(self).__name__, **asdict(self))
        return circuit

    def values(self, drive: BinDrive) -> Floats:
        """See `MultiBinAnsatz.values`."""
        return to_values(drive, self.past_bins, self.n_all_bins)

    def drive(self, values: Floats) -> BinDrive:
        """See `MultiBinAnsatz.drive`."""
        checks.shape("values", values.shape, n_samples=None, n_angles=self.n_angles)
        return to_drive(values, self.past_bins, self.n_all_bins, self.cell.n_neurons)
