"""Feed-forward: one qubit per neuron, whose measured bits act on its next rotations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

from neuroqgan import checks
from neuroqgan.circuits.built_from import record
from neuroqgan.circuits.past_patterns import sign_flips, to_drive, to_values
from neuroqgan.circuits.unrecorded_bins import UnrecordedBinsAnsatz
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.multi_bin import BinDrive

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FeedForwardAnsatz(UnrecordedBinsAnsatz):
    r"""Cell circuits of consecutive bins on the same qubits, driven by the bits measured before.

    A qubit is measured, reset, and rotated again. Where
    `neuroqgan.circuits.qubit_reuse.QubitReuseAnsatz` has a CZ with a qubit that holds a spike, a Z
    follows here if the bit is 1 (dynamic circuits; deferred measurement read backwards: Nielsen and
    Chuang, Quantum Computation and Quantum Information, section 4.4). Every condition is a single
    bit, nothing inside it has an angle or is measured, and no condition lies within another, as
    IBM's devices demand.

    The cell needs no more couplings than one bin does, so it fits on every path of qubits. What the
    control electronics have to pass on is limited instead: a broadcast of every bit.

    Parameters
    ----------
    cell, n_bins
        See `MultiBinAnsatz`.
    n_unrecorded
        Bins before the first one, which begin in silence and take the place of spikes that would
        have to be known before. Their bits are overwritten by those of recorded bins.

    Raises
    ------
    ConfigError
        If there is no bin, a number is negative, or unrecorded bins have to be kept in fewer
        recorded ones than have a say.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> forward = FeedForwardAnsatz(CellAnsatz(n_neurons=1, n_layers=1), n_bins=3)
    >>> forward.n_angles
    5
    >>> dict(forward.circuit().count_ops())
    {'ry': 5, 'measure': 3, 'reset': 2, 'if_else': 2}
    """

    name: ClassVar[str] = "feed-forward"
    past_bins: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"reset", "if_else"})
    layout: ClassVar[str] = "a line of one qubit per neuron"
    separates: ClassVar[bool] = True
    embedded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_unrecorded and self.n_bins < self.past_bins:
            raise ConfigError(
                "The bits of unrecorded bins have no place.",
                expected=f"{self.past_bins} recorded bins or more",
                got=str(self.n_bins),
                hint=f"`bins_per_job = {self.past_bins}`, or 1",
            )

    def _bits(self, t: int) -> range:
        """Return where the bits of a bin are until they are needed no more."""
        n, bin_ = self.cell.n_neurons, t - self.n_unrecorded
        # A bin before the first one is overwritten by a recorded one that knows it no more.
        place = bin_ if bin_ >= 0 else bin_ % self.past_bins
        return range(place * n, (place + 1) * n)

    def circuit(self) -> QuantumCircuit:
        """See `MultiBinAnsatz.circuit`; neuron ``q`` has qubit ``q``."""
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit import ParameterVector

        n = self.cell.n_neurons
        angles = ParameterVector("angle", self.n_angles)
        spikes = ClassicalRegister(n * self.n_bins, "spikes")
        circuit = QuantumCircuit(QuantumRegister(n, "neuron"), spikes, name="feed_forward")
        start = 0
        later = self.n_angles - n * (self.cell.n_layers - 1)
        for t in range(self.n_all_bins):
            if t > 0:
                circuit.reset(range(n))
            flips = sign_flips(min(t, self.past_bins))
            for q in range(n):
                circuit.ry(angles[start + q], q)
                for i, back in enumerate(flips, 1):
                    with circuit.if_test((spikes[self._bits(t - back)[q]], 1)):
                        circuit.z(q)
                    circuit.ry(angles[start + i * n + q], q)
            start += n * (len(flips) + 1)
            for layer in range(self.cell.n_layers - 1):
                for first, second in self.cell.pairs:
                    circuit.cz(first, second)
                for q in range(n):
                    circuit.ry(angles[later + layer * n + q], q)
            circuit.measure(range(n), self._bits(t))
        record(circuit, ansatz=type(self).__name__, **asdict(self))
        return circuit

    def values(self, drive: BinDrive) -> Floats:
        """See `MultiBinAnsatz.values`."""
        return to_values(drive, self.past_bins, self.n_all_bins)

    def drive(self, values: Floats) -> BinDrive:
        """See `MultiBinAnsatz.drive`."""
        checks.shape("values", values.shape, n_samples=None, n_angles=self.n_angles)
        return to_drive(values, self.past_bins, self.n_all_bins, self.cell.n_neurons)


@dataclass(frozen=True)
class TwoBinFeedForwardAnsatz(FeedForwardAnsatz):
    """The same with the bits of two bins: three conditions for every neuron and bin.

    Parameters
    ----------
    cell, n_bins, n_unrecorded
        See `FeedForwardAnsatz`.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> forward = TwoBinFeedForwardAnsatz(CellAnsatz(n_neurons=1, n_layers=1), n_bins=3)
    >>> dict(forward.circuit().count_ops())
    {'ry': 7, 'if_else': 4, 'measure': 3, 'reset': 2}
    """

    past_bins: ClassVar[int] = 2
