"""Preset ``memory``: qubits that keep the past; one shot of one circuit is a whole raster."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.memory import MemoryAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.gradients.memory_likelihood import log_likelihood
from neuroqgan.models.base import Generator
from neuroqgan.models.dimensions import Dimension
from neuroqgan.models.drive.covariate_parts import covariate_part
from neuroqgan.models.drive.part import weight
from neuroqgan.models.drive.threshold import Threshold, drive_of_rate
from neuroqgan.models.memory.driven_emission import DrivenEmission
from neuroqgan.models.rules import check_raster_size
from neuroqgan.seeding import Seed, as_generator
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state
from neuroqgan.simulation.memory.operators import MemoryOperators, build_operators, signs
from neuroqgan.simulation.memory.sampling import sample_rasters
from neuroqgan.simulation.threads import one_torch_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.memory.preset import MemoryShape
    from neuroqgan.raster import SpikeRaster

_MIN_RATE = 1e-4
# Neurons and layers of mixing in the drawing of a circuit, which repeats itself.
_DRAWN = 2
# Amplitudes of spikes that are computed at once.
_OPERATORS = 1 << 22
_DRIVEN_TRAINER = "neuroqgan.models.memory.driven_trainer:DrivenMemoryTrainer"
# What is one unit where a memory qubit is turned to see what it does, in radians.
_NUDGE = 0.3
_MIXING_SPREAD, _KICK_SPREAD = 0.8, 0.5


class MemoryGenerator(Generator):
    r"""Rasters of any length from a few memory qubits and a single circuit.

    This family does not add up a drive of parts (`neuroqgan.models.drive`): what drives a neuron is
    the state of qubits in the same circuit, which no classical sum can stand for.

    Every bin is the same sequence. The memory qubits are mixed by layers of RY on every qubit and
    CZ on neighbours. Then the neurons take turns: an emission qubit in ``|0>`` is turned by an
    angle that depends on the memory,

    .. math::
        a_i(s) = w_{i0} + \sum_q w_{iq} s_q + \sum_q w'_{iq} s_q s_{q+1},

    with :math:`s_q = 1` where memory qubit ``q`` is in ``|0>`` and -1 where it is in ``|1>``; it
    is measured, 1 = spike; a spike turns every memory qubit by an angle of its own,
    :math:`v_{iq}`; and the emission qubit is reset for another neuron. The measurement reveals part
    of the memory and so changes it: that is how a spike acts on later spikes, beside the kick.

    Covariates scale a neuron's emission angle by a factor between 0 and 1 that differs from bin to
    bin and from sample to sample, :math:`g_i(t)\,a_i(s)`
    (`neuroqgan.models.memory.driven_emission`); mixing and kicks stay as they are. Every sample
    starts in the stationary state of the mean factor, whatever its covariates, since a circuit
    begins the same way in all of its shots.

    All amplitudes are real. The number of weights is linear in the neurons and independent of
    the bins; those of the covariates come on top.

    Parameters
    ----------
    preset, n_neurons, n_bins, bin_width, **hyper_parameters
        See `Generator` and `neuroqgan.models.memory.preset.MemoryShape`.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.models.memory.generator import MemoryGenerator
    >>> model = MemoryGenerator(n_memory=2, n_mixing=3, n_neurons=3, n_bins=4, bin_width=0.02)
    >>> model.initialise(np.full(3, 0.1), seed=0)
    >>> model.sample(5, seed=1).spikes.shape
    (5, 4, 3)
    """

    default_preset = "memory"
    takes_covariates = True
    has_drives = True
    trained_by = "neuroqgan.models.memory.trainer:MemoryTrainer"
    shape: MemoryShape

    def add_weights(self) -> None:
        """See `Generator.add_weights`."""
        n_neurons, n_memory = self.spec.n_neurons, self.shape.n_memory
        self.mixing = weight(self.shape.n_mixing, n_memory)
        self.emission = weight(n_neurons, 2 * n_memory)
        self.kick = weight(n_neurons, n_memory)
        self.covariate_drive = covariate_part(self.spec)
        self.driven: DrivenEmission | None = None
        if self.covariate_drive is not None:
            self.threshold = Threshold(n_neurons)
            self.driven = DrivenEmission(self.threshold, self.covariate_drive, self.spec)

    @property
    def trainer_name(self) -> str:
        """See `Generator.trainer_name`; covariates are trained by the likelihood alone."""
        return self.trained_by if self.driven is None else _DRIVEN_TRAINER

    def add_to_drives(self, change: NDArray[np.float64], rates: NDArray[np.float64]) -> None:
        """See `Generator.add_to_drives`; without thresholds, all emission angles are scaled."""
        if self.driven is not None:
            self.threshold.add(change)
            return
        now = drive_of_rate(rates)
        factor = (1 + np.exp(-now)) / (1 + np.exp(-now - change))
        with torch.no_grad():
            self.emission.mul_(torch.from_numpy(factor)[:, None].to(self.emission.dtype))

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        random = as_generator(seed)
        terms = signs(self.shape.n_memory)
        emission = random.standard_normal(tuple(self.emission.shape))
        # Angles from zero upwards: every neuron has memory states in which it is silent.
        emission[:, 0] = -(emission[:, 1:] @ terms[:, 1:].T).min(1)
        size = np.sqrt(np.square(emission @ terms.T).mean(1))
        if self.driven is None:
            wanted = 2 * np.arcsin(np.sqrt(np.clip(rates, _MIN_RATE, 0.5)))
        else:
            wanted = np.full(len(rates), np.pi)
        emission *= (wanted / size)[:, None]
        with torch.no_grad():
            self.emission.copy_(torch.from_numpy(emission))
            for own, spread in ((self.mixing, _MIXING_SPREAD), (self.kick, _KICK_SPREAD)):
                own.copy_(torch.from_numpy(spread * random.standard_normal(tuple(own.shape))))
        if self.driven is not None:
            self.driven.part.initialise(random)
            self.driven.threshold.set_to(drive_of_rate(rates))

    def operators(self, features: torch.Tensor | None = None) -> MemoryOperators:
        """Return a bin as matrices, differentiable by the weights.

        Parameters
        ----------
        features
            Features of the covariates, ``(n_windows, n_bins, n_features)``, for the bins of all
            windows. None for a bin without covariates, or of mean drive if there are covariates.
        """
        emission: torch.Tensor = self.emission
        if self.driven is not None and features is None:
            emission = self.driven.usual_gain()[:, None] * emission
        elif self.driven is not None and features is not None:
            emission = self.driven.coefficients(emission, features)
        return build_operators(self.mixing, emission, self.kick)

    @property
    def ansatz(self) -> MemoryAnsatz:
        """The circuit's shape, if all bins share their emission angles."""
        shape = self.shape
        return MemoryAnsatz(self.spec.n_neurons, shape.n_memory, shape.n_mixing, shape.n_emission)

    def ansatz_of(self, n_bins: int) -> MemoryAnsatz:
        """Return the shape of the circuit of so many bins, which covariates may drive."""
        return replace(self.ansatz, driven_bins=0 if self.driven is None else n_bins)

    def circuit(self, n_bins: int) -> QuantumCircuit:
        """Build the circuit of a raster, which starts in the stationary state.

        The start depends on the weights and is bound; the angles of the bins are parameters.
        """
        with one_torch_thread():
            channel = MemoryChannel(self.operators().detach().double())
            state = stationary_state(channel).numpy()
        return self.ansatz_of(n_bins).circuit(n_bins, state)

    @property
    def bins_at_once(self) -> int | None:
        """See `Generator.bins_at_once`; one circuit is a whole raster."""
        return None

    def qubits_needed(self, n_bins: int = 1) -> int:
        """See `Generator.qubits_needed`; the same number for any length."""
        del n_bins
        return self.shape.n_memory + min(self.shape.n_emission, self.spec.n_neurons)

    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        """See `Generator.circuits`; one circuit yields a whole raster, whatever ``n_bins`` says."""
        del n_bins
        spec = self.spec
        excerpt, caption = self.drawn_circuit()
        return (
            GeneratorCircuit(
                name=f"raster-{spec.n_neurons}-neurons-{spec.n_bins}-bins",
                circuit=self.circuit(spec.n_bins),
                n_groups=1,
                n_neurons=spec.n_neurons,
                n_bins=spec.n_bins,
                excerpt=excerpt,
                caption=caption,
            ),
        )

    def drawn_circuit(self) -> tuple[QuantumCircuit, str]:
        """See `Generator.drawn_circuit`; the start of a raster need not be computed for it."""
        ansatz = self.ansatz_of(1)
        excerpt = replace(
            ansatz,
            n_neurons=min(ansatz.n_neurons, _DRAWN),
            n_mixing=min(ansatz.n_mixing, _DRAWN),
        )
        caption = (
            f"One bin, with {excerpt.n_mixing} of {ansatz.n_mixing} mixing layers and "
            f"{excerpt.n_neurons} of {ansatz.n_neurons} neurons:"
        )
        return excerpt.circuit(1), caption

    def next_program(
        self,
        past: NDArray[np.bool_],
        first_bin: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> Program:
        """See `Generator.next_program`; one circuit with one shot per sample, and no latents."""
        del seed
        n_samples, n_neurons = len(past), self.spec.n_neurons
        check_raster_size(n_samples, n_bins)
        self.check_covariates(covariates)
        batch = CellBatch(
            circuit=self.circuit(n_bins),
            angles=self._angles(n_samples, first_bin, n_bins, covariates),
            samples=np.arange(n_samples),
            bins=np.zeros(n_samples, np.int64),
            neurons=tuple(range(n_neurons)) * n_bins,
            offsets=tuple(t for t in range(n_bins) for _ in range(n_neurons)),
        )
        return Program((batch,), (n_samples, n_bins, n_neurons), self.spec.bin_width)

    def _angles(
        self, n_samples: int, first_bin: int, n_bins: int, covariates: CovariateWindows | None
    ) -> NDArray[np.float64]:
        mixing, emission, kick = (
            w.detach().numpy() for w in (self.mixing, self.emission, self.kick)
        )
        ansatz = self.ansatz_of(n_bins)
        if self.driven is None or covariates is None:
            return np.tile(ansatz.angles(mixing, emission, kick), (n_samples, 1))
        own = np.empty((n_samples, n_bins, *emission.shape), np.float32)
        for t in range(n_bins):
            own[:, t] = self.driven.of_bin(self.emission, covariates, first_bin + t)
        return ansatz.angles(mixing, own, kick)

    def draw_exactly(
        self,
        n_samples: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> NDArray[np.bool_]:
        """See `Generator.draw_exactly`."""
        self.check_covariates(covariates)
        emission = None
        if self.driven is not None and covariates is not None:
            driven, windows = self.driven, covariates

            def emission(part: slice, t: int) -> NDArray[np.float32]:
                return driven.of_bin(self.emission, windows.take(part), t)

        with one_torch_thread():
            return sample_rasters(self.operators(), n_samples, n_bins, seed, emission=emission)

    def latent_dimensions(self) -> tuple[Dimension, ...]:
        """See `Generator.latent_dimensions`; every memory qubit, turned a little more per bin."""
        return tuple(
            Dimension(
                f"memory qubit {q + 1}",
                "memory",
                f"a turn by {_NUDGE:g} rad more in every bin",
                partial(self._with_turn, q),
                can_hold=False,
            )
            for q in range(self.shape.n_memory)
        )

    def _with_turn(
        self, qubit: int, amount: float | None, seen: CovariateWindows | None
    ) -> tuple[MemoryGenerator, CovariateWindows | None]:
        twin = deepcopy(self)
        with torch.no_grad():
            twin.mixing[-1, qubit] += _NUDGE * (amount or 0.0)
        return twin, seen

    def log_likelihood(self, raster: SpikeRaster) -> torch.Tensor:
        """See `Generator.log_likelihood`; samples start in the stationary state."""
        self.check_covariates(raster.covariates)
        operators = self.operators()
        state = stationary_state(MemoryChannel(operators.detach()))
        if self.driven is None or raster.covariates is None:
            return log_likelihood(operators, raster.spikes, state)
        # The operators of all windows at once would take much working memory.
        size = raster.n_bins * self.spec.n_neurons * operators.dimension
        share = max(1, _OPERATORS // size)
        logs = []
        for low in range(0, raster.n_samples, share):
            part = slice(low, low + share)
            features = torch.from_numpy(self.driven.part.features(raster.covariates.take(part)))
            logs.append(log_likelihood(self.operators(features), raster.spikes[part], state))
        return torch.cat(logs)
