"""The circuit of a generator with quantum memory: one shot is a whole raster."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan import checks
from neuroqgan.circuits.built_from import record
from neuroqgan.circuits.memory_start import start_circuit
from neuroqgan.errors import ConfigError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector

    Floats = NDArray[np.float64]

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class MemoryAnsatz:
    """Memory qubits on a line, and emission qubits on which neurons take turns.

    In each bin, the memory is mixed by layers of RY and of CZ on neighbours. Then, for every
    neuron, the circuit

    - turns an emission qubit by an angle that depends on the memory: rotations with one CZ between
      two of them, in the order of `neuroqgan.simulation.memory.operators.signs` or backwards;
    - measures it into a classical bit of its own;
    - turns every memory qubit if the neuron spiked (a kick): two opposite half turns with CZ around
      the second;
    - resets the emission qubit before it serves another neuron.

    Before the first bin the memory is prepared in a given state.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    n_memory
        Number of memory qubits.
    n_mixing
        Layers of rotations that mix the memory in every bin.
    n_emission
        Number of emission qubits; with several, resets overlap with gates on the others.
    driven_bins
        Bins that have emission angles of their own, as covariates drive them: all bins of the
        circuit, or 0 if all bins share the angles.
    both_directions
        Whether every second emission qubit meets the memory qubits in the opposite order, so that
        emission qubits at the two ends of a line of memory qubits can take turns. False in circuits
        of earlier versions.

    Raises
    ------
    ConfigError
        If a number is out of range.

    Examples
    --------
    >>> ansatz = MemoryAnsatz(n_neurons=3, n_memory=2, n_mixing=4)
    >>> ansatz.sizes
    {'mixing': 8, 'emission': 12, 'kick': 6, 'back': 6}
    >>> circuit = ansatz.circuit(n_bins=5, density_matrix=np.eye(4) / 4)
    >>> circuit.num_qubits, circuit.num_clbits
    (4, 15)
    """

    n_neurons: int
    n_memory: int
    n_mixing: int
    n_emission: int = 2
    driven_bins: int = 0
    both_directions: bool = True

    def __post_init__(self) -> None:
        for field in fields(self)[:-1]:
            lowest = 0 if field.name == "driven_bins" else 1
            value = checks.whole(field.name, getattr(self, field.name), lowest)
            object.__setattr__(self, field.name, value)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of angles of every kind, in the order of the circuit's parameters."""
        kicks = self.n_neurons * self.n_memory
        return {
            "mixing": self.n_mixing * self.n_memory,
            "emission": 2 * kicks * max(1, self.driven_bins),
            "kick": kicks,
            "back": kicks,
        }

    def angles(self, mixing: Floats, emission: Floats, kick: Floats) -> Floats:
        """Return the values of the circuit's parameters.

        Parameters
        ----------
        mixing
            Angles of the mixing layers, radians, ``(n_mixing, n_memory)``.
        emission
            Coefficients of the emission angles, radians, ``(n_neurons, 2 * n_memory)``; of every
            sample and bin, ``(n_samples, driven_bins, n_neurons, 2 * n_memory)``, if bins have
            angles of their own.
        kick
            Angles by which a spike turns the memory qubits, radians, ``(n_neurons, n_memory)``.

        Returns
        -------
        numpy.ndarray
            Radians, ``(n_angles,)``: as many as all `sizes` together; of every sample,
            ``(n_samples, n_angles)``, if bins have angles of their own.

        Raises
        ------
        InputError
            If an array has another shape.
        """
        n_neurons, n_memory = self.n_neurons, self.n_memory
        checks.shape("mixing", np.shape(mixing), n_mixing=self.n_mixing, n_memory=n_memory)
        own = {"n_samples": None, "driven_bins": self.driven_bins} if self.driven_bins else {}
        sizes = {**own, "n_neurons": n_neurons, "terms": 2 * n_memory}
        checks.shape("emission", np.shape(emission), **sizes)
        checks.shape("kick", np.shape(kick), n_neurons=n_neurons, n_memory=n_memory)
        # Opposite half turns are parameters of their own: Aer binds batches of plain parameters.
        parts = [np.asarray(part, np.float64) for part in (mixing, emission, kick / 2, -kick / 2)]
        if not self.driven_bins:
            return np.concatenate([part.ravel() for part in parts])
        rows = np.empty((len(emission), sum(self.sizes.values())))
        edges = np.cumsum([*self.sizes.values()])[:-1]
        for block, part in zip(np.split(rows, edges, axis=1), parts, strict=True):
            block[:] = part.reshape(-1, block.shape[1])
        return rows

    def weights(self, angles: Floats) -> tuple[Floats, Floats, Floats]:
        """Return what `angles` was called with.

        Parameters
        ----------
        angles
            Values of the circuit's parameters, radians, ``(n_angles,)``: those of one sample.

        Returns
        -------
        tuple of numpy.ndarray
            Mixing ``(n_mixing, n_memory)``, emission ``(n_neurons, 2 * n_memory)`` and kick
            ``(n_neurons, n_memory)``, radians; emission ``(driven_bins, n_neurons, 2 * n_memory)``
            if bins have angles of their own.

        Raises
        ------
        InputError
            If there are more or fewer angles, or the two half turns of a kick are not opposite.
        """
        checks.shape("angles", angles.shape, n_angles=sum(self.sizes.values()))
        edges = np.cumsum([*self.sizes.values()])[:-1]
        mixing, emission, kick, back = np.split(angles, edges)
        if not np.array_equal(kick, -back):
            raise InputError(
                "The two half turns of a kick must be opposite.",
                expected="angles as MemoryAnsatz.angles returns them",
                got=f"half turns that differ by {np.abs(kick + back).max():g} radians",
            )
        n_memory = self.n_memory
        own = (self.driven_bins, self.n_neurons) if self.driven_bins else (self.n_neurons,)
        return (
            mixing.reshape(-1, n_memory),
            emission.reshape(*own, 2 * n_memory),
            2 * kick.reshape(-1, n_memory),
        )

    def circuit(self, n_bins: int, density_matrix: Floats | None = None) -> QuantumCircuit:
        """Build the circuit.

        Parameters
        ----------
        n_bins
            Number of bins that one shot yields.
        density_matrix
            Of the memory before the first bin, real, ``(2**n_memory, 2**n_memory)``; all memory
            qubits in ``|0>`` by default.

        Returns
        -------
        QuantumCircuit
            With the `ParameterVector` ``angle``, in radians, in the order of `sizes`; classical bit
            ``bin * n_neurons + neuron`` of the register ``spikes`` is that neuron's spike in that
            bin.

        Raises
        ------
        ConfigError
            If there is no bin, or other bins than those with angles of their own.
        InputError
            If it is not a density matrix of the memory.
        """
        n_bins = checks.whole("n_bins", n_bins, 1)
        start, rows = None, None
        if density_matrix is not None:
            self._check(density_matrix)
            start = start_circuit(density_matrix, min(self.n_emission, self.n_neurons))
            # In full precision, so that exact rasters do not depend on how the state is prepared.
            rows = np.asarray(density_matrix, np.float64).tolist()
        circuit = self._build(n_bins, start)
        shape = asdict(self)
        if not self.driven_bins:
            # As in circuits that an earlier version stored.
            del shape["driven_bins"]
        record(circuit, ansatz="MemoryAnsatz", **shape, n_bins=n_bins, density_matrix=rows)
        return circuit

    def _check(self, density_matrix: Floats) -> None:
        size = 1 << self.n_memory
        checks.shape("density_matrix", density_matrix.shape, rows=size, columns=size)
        trace = float(np.trace(density_matrix))
        is_symmetric = np.allclose(density_matrix, density_matrix.T, atol=_TOLERANCE)
        if not is_symmetric or abs(trace - 1) > _TOLERANCE:
            raise InputError(
                "The memory cannot start in this state.",
                expected="a real density matrix: symmetric, of trace 1",
                got=f"a matrix of trace {trace:g}",
            )

    def bins(self, n_bins: int) -> QuantumCircuit:
        """Build `circuit` without the gates that prepare a state."""
        from qiskit import QuantumCircuit

        n_emission = min(self.n_emission, self.n_neurons)
        return self._build(n_bins, QuantumCircuit(self.n_memory + n_emission))

    def _build(self, n_bins: int, start: QuantumCircuit | None) -> QuantumCircuit:
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit import ParameterVector

        if self.driven_bins not in (0, n_bins):
            raise ConfigError(
                "Every bin of the circuit needs emission angles of its own.",
                expected=f"{self.driven_bins} bins",
                got=f"{n_bins} bins",
            )
        memory = QuantumRegister(self.n_memory, "memory")
        emission = QuantumRegister(min(self.n_emission, self.n_neurons), "emission")
        spikes = ClassicalRegister(n_bins * self.n_neurons, "spikes")
        circuit = QuantumCircuit(memory, emission, spikes, name="memory")
        builder = _Builder(self, circuit, ParameterVector("angle", sum(self.sizes.values())))
        if start is not None:
            builder.start(start)
        for t in range(n_bins):
            builder.mix()
            for neuron in range(self.n_neurons):
                builder.emit(neuron, t)
        return circuit


class _Builder:
    """Appends the parts of a circuit, and knows which emission qubits need a reset."""

    def __init__(
        self, ansatz: MemoryAnsatz, circuit: QuantumCircuit, angles: ParameterVector
    ) -> None:
        self._ansatz, self._circuit, self._angles = ansatz, circuit, angles
        edges = np.cumsum([0, *ansatz.sizes.values()])
        self._offset = dict(zip(ansatz.sizes, edges, strict=False))
        self._memory, self._emission = (list(register) for register in circuit.qregs)
        self._used: set[int] = set()

    def start(self, start: QuantumCircuit) -> None:
        self._circuit.compose(start, inplace=True)
        self._used.update(range(len(self._emission)))

    def mix(self) -> None:
        n_memory = self._ansatz.n_memory
        for layer in range(self._ansatz.n_mixing):
            for q, qubit in enumerate(self._memory):
                angle = self._angles[self._offset["mixing"] + layer * n_memory + q]
                self._circuit.ry(angle, qubit)
            if layer < self._ansatz.n_mixing - 1:
                for first in (*range(0, n_memory - 1, 2), *range(1, n_memory - 1, 2)):
                    self._circuit.cz(self._memory[first], self._memory[first + 1])

    def emit(self, neuron: int, t: int) -> None:
        n_memory, n_neurons = self._ansatz.n_memory, self._ansatz.n_neurons
        bit = t * n_neurons + neuron
        own = bit if self._ansatz.driven_bins else neuron
        chosen = self._fresh(neuron)
        qubit = self._emission[chosen]
        first = self._offset["emission"] + own * 2 * n_memory
        terms = [*range(2 * n_memory)]
        if self._ansatz.both_directions and chosen % 2:
            terms = [0, *reversed(terms[1:])]
        for term, following in zip(terms, (*terms[1:], 0), strict=True):
            self._circuit.ry(self._angles[first + term], qubit)
            (toggled,) = _product(term) ^ _product(following)
            self._circuit.cz(self._memory[toggled], qubit)
        self._circuit.measure(qubit, bit)
        for q, memory in enumerate(self._memory):
            index = neuron * n_memory + q
            self._circuit.ry(self._angles[self._offset["kick"] + index], memory)
            self._circuit.cz(qubit, memory)
            self._circuit.ry(self._angles[self._offset["back"] + index], memory)
            self._circuit.cz(qubit, memory)

    def _fresh(self, turn: int) -> int:
        chosen = turn % len(self._emission)
        if chosen in self._used:
            self._circuit.reset(self._emission[chosen])
        self._used.add(chosen)
        return chosen


def _product(term: int) -> set[int]:
    """Return the memory qubits whose signs a term multiplies: none, 0, 0 1, 1, 1 2, 2, ..."""
    if term == 0:
        return set()
    return {(term - 1) // 2} if term % 2 else {term // 2 - 1, term // 2}
