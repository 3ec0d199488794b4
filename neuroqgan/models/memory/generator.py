"""Preset ``memory``: qubits that keep the past; one shot of one circuit is a whole raster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.circuits.memory import MemoryAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import ConfigError
from neuroqgan.models.base import Generator
from neuroqgan.seeding import Seed, as_generator
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state
from neuroqgan.simulation.memory.operators import MemoryOperators, build_operators, signs
from neuroqgan.simulation.threads import one_torch_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.models.base import GeneratorSpec

MAX_MEMORY = 8
_MIN_RATE = 1e-4
_MIXING_SPREAD, _KICK_SPREAD = 0.8, 0.5


class MemoryGenerator(Generator):
    r"""Rasters of any length from a few memory qubits and one circuit.

    Every bin is the same sequence. The memory qubits are mixed by layers of RY on every qubit and
    CZ on neighbours. Then the neurons take turns: an emission qubit in ``|0>`` is turned by an
    angle that depends on the memory,

    .. math::
        a_i(s) = w_{i0} + \sum_q w_{iq} s_q + \sum_q w'_{iq} s_q s_{q+1},

    with :math:`s_q = 1` where memory qubit ``q`` is in ``|0>`` and -1 where it is in ``|1>``; it
    is measured, 1 = spike; a spike turns every memory qubit by an angle of its own,
    :math:`v_{iq}`; and the emission qubit is reset for another neuron. Measuring tells of the
    memory, and so changes it: that is what a spike means for the spikes to come, beside the kick.

    All amplitudes are real. The number of weights is linear in the neurons and independent of
    the bins.

    Parameters
    ----------
    spec
        With ``preset`` ``memory``.
    """

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__(spec)
        if not 1 <= spec.n_memory <= MAX_MEMORY:
            raise ConfigError(
                "A memory of this size cannot be simulated exactly.",
                expected=f"1 to {MAX_MEMORY} memory qubits",
                got=str(spec.n_memory),
                hint="--memory-qubits 5",
            )

        def weight(*shape: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.zeros(*shape))

        self.mixing = weight(spec.n_mixing, spec.n_memory)
        self.emission = weight(spec.n_neurons, 2 * spec.n_memory)
        self.kick = weight(spec.n_neurons, spec.n_memory)

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        random = as_generator(seed)
        terms = signs(self.spec.n_memory)
        emission = random.standard_normal(tuple(self.emission.shape))
        # Angles from zero upwards: every neuron has memory states in which it is silent.
        emission[:, 0] = -(emission[:, 1:] @ terms[:, 1:].T).min(1)
        size = np.sqrt(np.square(emission @ terms.T).mean(1))
        wanted = 2 * np.arcsin(np.sqrt(np.clip(rates, _MIN_RATE, 0.5)))
        emission *= (wanted / size)[:, None]
        with torch.no_grad():
            self.emission.copy_(torch.from_numpy(emission))
            for own, spread in ((self.mixing, _MIXING_SPREAD), (self.kick, _KICK_SPREAD)):
                own.copy_(torch.from_numpy(spread * random.standard_normal(tuple(own.shape))))

    def operators(self) -> MemoryOperators:
        """Return a bin as matrices, differentiable by the weights."""
        return build_operators(self.mixing, self.emission, self.kick)

    @property
    def ansatz(self) -> MemoryAnsatz:
        """The circuit's shape."""
        spec = self.spec
        return MemoryAnsatz(spec.n_neurons, spec.n_memory, spec.n_mixing, spec.n_emission)

    def circuit(self, n_bins: int) -> QuantumCircuit:
        """Build the circuit of a raster, which starts in the stationary state.

        The start depends on the weights and is bound; the angles of the bins are parameters.
        """
        with one_torch_thread():
            channel = MemoryChannel(self.operators().detach().double())
            state = stationary_state(channel).numpy()
        return self.ansatz.circuit(n_bins, state)

    def draw(self, n_samples: int, seed: Seed, *, n_bins: int | None = None) -> Program:
        """Return the program whose bits are the raster: one circuit, one shot a sample.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        seed
            Not used: all chance is in the shots.
        n_bins
            Bins a sample, by default those of the training windows.

        Raises
        ------
        ConfigError
            If the raster is empty.
        """
        del seed
        n_neurons = self.spec.n_neurons
        bins = self.spec.n_bins if n_bins is None else n_bins
        if n_samples < 1 or bins < 1:
            raise ConfigError(
                "A raster cannot be empty.",
                expected="1 sample or more, of 1 bin or more",
                got=f"{n_samples} samples of {bins} bins",
                hint="--samples 1000",
            )
        weights = (w.detach().numpy() for w in (self.mixing, self.emission, self.kick))
        angles = self.ansatz.angles(*weights)
        batch = CellBatch(
            circuit=self.circuit(bins),
            angles=np.tile(angles, (n_samples, 1)),
            samples=np.arange(n_samples),
            bins=np.zeros(n_samples, np.int64),
            neurons=tuple(range(n_neurons)) * bins,
            offsets=tuple(t for t in range(bins) for _ in range(n_neurons)),
        )
        return Program((batch,), (n_samples, bins, n_neurons), self.spec.bin_width)
