"""The generator: latents in, angles of cells out, and programs for backends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import torch

from neuroqgan import checks, defaults
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.defaults import BY_PRESET, Entangling, Past, Preset
from neuroqgan.errors import ConfigError
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOWEST = {
    "n_neurons": 1,
    "n_bins": 1,
    "n_layers": 1,
    "group_size": 1,
    "n_shared": 0,
    "n_own": 1,
    "n_memory": 1,
    "n_mixing": 1,
    "n_emission": 1,
}


@dataclass(frozen=True)
class GeneratorSpec:
    """Everything that fixes the shape of a generator, its weights aside.

    Parameters
    ----------
    preset
        Which family: ``history``, ``memory``, ``stationary`` or ``spiqgan``.
    n_neurons
        Neurons of the population.
    n_bins
        Bins of a training window; the only length that ``spiqgan`` can generate.
    bin_width
        Seconds a bin.
    n_layers
        Layers of rotations per cell; by default those of the preset, as on the command line.
    group_size
        Largest number of neurons that share a cell.
    n_shared
        Latents shared by all neurons (``stationary``).
    n_own
        Latents, each with its own time constant, of every neuron (``stationary``).
    n_memory
        Qubits that keep the past (``memory``).
    n_mixing
        Layers of rotations of the memory a bin (``memory``).
    n_emission
        Qubits on which neurons take turns (``memory``).
    entangling
        Which neighbours CZ joins.
    past
        What a neuron knows of the past (``history``): ``filters`` of its own spikes and of the
        population's, or its own spike in the ``bin`` before.

    Raises
    ------
    ConfigError
        If a number is out of its range, or a name is not one of those above.
    ConfigError
        If there is a past of one bin, and the preset is not ``history``.
    """

    preset: Preset
    n_neurons: int
    n_bins: int
    bin_width: float
    n_layers: int = BY_PRESET
    group_size: int = defaults.GROUP_SIZE
    n_shared: int = defaults.SHARED_LATENTS
    n_own: int = defaults.OWN_LATENTS
    n_memory: int = defaults.MEMORY_QUBITS
    n_mixing: int = defaults.MIXING_LAYERS
    n_emission: int = defaults.EMISSION_QUBITS
    entangling: Entangling = "line"
    past: Past = "filters"

    def __post_init__(self) -> None:
        checks.choice("preset", self.preset, get_args(Preset))
        checks.choice("entangling", self.entangling, get_args(Entangling))
        checks.choice("past", self.past, get_args(Past))
        if self.n_layers is BY_PRESET:
            object.__setattr__(self, "n_layers", defaults.layers(self.preset))
        for name, lowest in _LOWEST.items():
            object.__setattr__(self, name, checks.whole(name, getattr(self, name), lowest))
        bin_width = checks.number("bin_width", self.bin_width, above=0)
        object.__setattr__(self, "bin_width", bin_width)
        if self.past == "bin" and self.preset != "history":
            raise ConfigError(
                "Only the history preset has a past of one bin.",
                expected="preset = history beside past = bin",
                got=f"preset = {self.preset}",
                hint="--preset history --past bin",
            )

    @property
    def groups(self) -> tuple[slice, ...]:
        """Consecutive neurons that share a cell, as equal in size as possible."""
        n_groups = -(-self.n_neurons // self.group_size)
        edges = [round(i * self.n_neurons / n_groups) for i in range(n_groups + 1)]
        return tuple(slice(low, high) for low, high in pairwise(edges))

    @property
    def cell_qubits(self) -> int:
        """Qubits of the largest cell."""
        if self.preset == "memory":
            return self.n_memory + min(self.n_emission, self.n_neurons)
        return max(int(group.stop - group.start) for group in self.groups)

    def ansatz(self, group: slice) -> CellAnsatz:
        """Return the cell of a group."""
        return CellAnsatz(group.stop - group.start, self.n_layers, self.entangling)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


class Generator(torch.nn.Module, ABC):
    """A quantum generator of spike rasters: a shape and weights.

    What ties bins and groups together is the family's own: latents (`LatentGenerator`), spikes
    already emitted (`neuroqgan.models.history.generator`), or qubits that are not measured
    (`neuroqgan.models.memory.generator`).
    """

    takes_rounds = False
    """Whether a bin's angles need the spikes of the bins before it."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.spec = spec

    @abstractmethod
    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """Set all weights: random, and such that neurons start near their rates.

        Parameters
        ----------
        rates
            Firing probability a bin of every neuron, shape ``(n_neurons,)``.
        seed
            Source of the random part.
        """

    @property
    def n_parameters(self) -> int:
        """Number of trainable weights."""
        return sum(weight.numel() for weight in self.parameters())


class LatentGenerator(Generator):
    """A generator whose cells are driven by classical noise.

    Given the latents, all bins and all groups are independent cells; what ties them together in
    space and time are the latents and, within a group, entanglement.
    """

    @property
    @abstractmethod
    def n_noise(self) -> tuple[int, int]:
        """Shape of the white noise behind one window at ``spec.n_bins``, ``(n_bins, width)``.

        A latent that all bins share takes one row.
        """

    @abstractmethod
    def angles(self, noise: torch.Tensor) -> torch.Tensor:
        """Turn white noise into angles.

        Parameters
        ----------
        noise
            Standard normal, shape ``(n_samples, *n_noise)``; more or fewer bins where the preset
            allows it.

        Returns
        -------
        torch.Tensor
            Radians, shape ``(n_samples, n_bins, n_layers, n_neurons)``.
        """

    def noise(self, n_samples: int, n_bins: int, seed: Seed) -> torch.Tensor:
        """Draw the white noise behind ``n_samples`` rasters of ``n_bins`` bins."""
        rows, width = self.n_noise
        shape = (n_samples, n_bins if rows == self.spec.n_bins else rows, width)
        drawn = as_generator(seed).standard_normal(shape, dtype=np.float32)
        return torch.from_numpy(drawn)

    def draw(self, n_samples: int, seed: Seed, *, n_bins: int | None = None) -> Program:
        """Draw latents and return the program whose bits are the raster.

        Parameters
        ----------
        n_samples
            Samples of the raster; every one has latents of its own, so one shot a cell.
        seed
            Source of the latents.
        n_bins
            Bins a sample, by default those of the training windows.

        Raises
        ------
        ConfigError
            If the preset cannot make rasters of that length.
        """
        bins = self.spec.n_bins if n_bins is None else n_bins
        if n_samples < 1 or bins < 1:
            raise ConfigError(
                "A raster cannot be empty.",
                expected="1 sample or more, of 1 bin or more",
                got=f"{n_samples} samples of {bins} bins",
                hint="--samples 1000",
            )
        if self.spec.preset == "spiqgan" and bins != self.spec.n_bins:
            raise ConfigError(
                "The spiqgan preset has separate weights for every bin.",
                expected=f"rasters of {self.spec.n_bins} bins",
                got=f"{bins} bins",
                hint="--preset stationary makes rasters of any length",
            )
        with torch.no_grad():
            angles = self.angles(self.noise(n_samples, bins, seed)).numpy()
        sample, time = np.divmod(np.arange(n_samples * bins), bins)
        batches = []
        for group in self.spec.groups:
            rows = angles[..., group].reshape(n_samples * bins, -1)
            batches.append(
                CellBatch(
                    circuit=self.spec.ansatz(group).circuit(),
                    angles=rows.astype(np.float64),
                    samples=sample,
                    bins=time,
                    neurons=tuple(range(group.start, group.stop)),
                )
            )
        shape = (n_samples, bins, self.spec.n_neurons)
        return Program(tuple(batches), shape, self.spec.bin_width)
