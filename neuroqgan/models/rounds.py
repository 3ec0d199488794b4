"""Rasters that take rounds: a bin's angles follow from the spikes before it.

The bins of such a raster are measured one after the other, with all samples side by side in each.
Where spikes drive the next bin alone, several bins may be measured together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeGuard, runtime_checkable

from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.program import Program
from neuroqgan.seeding import sampling_streams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.circuits.program import CellBatch
    from neuroqgan.models.base import Generator, GeneratorSpec
    from neuroqgan.seeding import Seed

    Spikes = NDArray[np.bool_]


class RoundGenerator(Protocol):
    """A generator whose cells are driven by the spikes before them."""

    spec: GeneratorSpec
    takes_rounds: bool

    @property
    def n_parameters(self) -> int:
        """Number of trainable weights."""

    def initial_past(self, n_samples: int, seed: Seed) -> Spikes:
        """Return the spikes before the first bin.

        Parameters
        ----------
        n_samples
            Of the raster.
        seed
            The same seed gives the same past.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_samples, n_past, n_neurons)``.
        """

    def cells(self, past: Spikes, seed: Seed) -> tuple[CellBatch, ...]:
        """Return the cells of the next bin.

        Parameters
        ----------
        past
            Initial past and all bins measured so far, in their order: booleans of shape
            ``(n_samples, n_before, n_neurons)``.
        seed
            The same past and seed give the same angles.

        Returns
        -------
        tuple
            Batches with a row a sample, in their order, and bin 0.
        """


class BlockGenerator(RoundGenerator, Protocol):
    """A generator several bins of which fit into one circuit."""

    has_lattice: bool

    def block(self, past: Spikes, n_bins: int, seed: Seed) -> tuple[CellBatch, ...]:
        """Return the circuits of the next bins.

        Parameters
        ----------
        past
            See `RoundGenerator.cells`.
        n_bins
            How many of them.
        seed
            See `RoundGenerator.cells`.

        Returns
        -------
        tuple
            Batches with a row a sample, in their order, that yield all the bins.
        """


@runtime_checkable
class WholeGenerator(Protocol):
    """A generator whose rasters are one program."""

    def draw(self, n_samples: int, seed: Seed, *, n_bins: int | None = None) -> Program:
        """Return the program whose bits are the raster.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        seed
            The same seed gives the same angles.
        n_bins
            Bins a sample, by default those of the training windows.
        """


def draw_whole(generator: object, n_samples: int, seed: Seed) -> Program:
    """Return the program of a raster that takes one round.

    Parameters
    ----------
    generator
        Of the raster.
    n_samples
        Of the raster, each as long as a training window.
    seed
        The same seed gives the same angles.

    Raises
    ------
    TypeError
        If the generator `takes_rounds`.
    """
    if not isinstance(generator, WholeGenerator):
        raise TypeError(f"{type(generator).__name__} has no program of a whole raster")
    return generator.draw(n_samples, seed)


def takes_rounds(generator: object) -> TypeGuard[RoundGenerator]:
    """Whether a raster of this generator takes a round a bin."""
    return bool(getattr(generator, "takes_rounds", False))


def has_lattice(generator: object) -> TypeGuard[BlockGenerator]:
    """Whether several bins of this generator fit into one circuit."""
    return bool(getattr(generator, "has_lattice", False))


def first_past(generator: RoundGenerator, n_samples: int, seed: int) -> Spikes:
    """Return the spikes before the first bin of the raster of a seed.

    Parameters
    ----------
    generator
        Of the raster.
    n_samples
        Of the raster.
    seed
        Of the raster.
    """
    return generator.initial_past(n_samples, sampling_streams(seed)[0])


def next_bin(generator: RoundGenerator, past: Spikes, seed: int) -> Program:
    """Return the program of one bin of a raster; see `next_bins`."""
    return next_bins(generator, past, seed)


def next_bins(generator: RoundGenerator, past: Spikes, seed: int, n_bins: int = 1) -> Program:
    """Return the program of the next bins of a raster, all its samples in a column.

    Parameters
    ----------
    generator
        Of the raster.
    past
        All spikes before, see `RoundGenerator.cells`.
    seed
        Of the raster.
    n_bins
        Bins in one circuit; more than one where the generator `has_lattice`.

    Raises
    ------
    TypeError
        If it has none.
    """
    spec, latents = generator.spec, sampling_streams(seed)[0]
    if n_bins == 1:
        batches = generator.cells(past, latents)
    elif has_lattice(generator):
        batches = generator.block(past, n_bins, latents)
    else:
        raise TypeError(f"{type(generator).__name__} has no circuit of several bins")
    return Program(tuple(batches), (len(past), n_bins, spec.n_neurons), spec.bin_width)


def generator_circuits(generator: Generator, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
    """Return every kind of circuit of a generator, the largest first.

    Parameters
    ----------
    generator
        With weights: a circuit with memory begins in a state that depends on them.
    n_bins
        Bins per circuit; more than one if the generator `has_lattice`.

    Raises
    ------
    TypeError
        If the generator has no circuit of so many bins.
    """
    from neuroqgan.models.memory.generator import MemoryGenerator

    spec = generator.spec
    if n_bins > 1 and not has_lattice(generator):
        raise TypeError(f"{type(generator).__name__} has no circuit of several bins")
    if isinstance(generator, MemoryGenerator):
        ansatz = generator.ansatz
        shown = replace(
            ansatz, n_neurons=min(ansatz.n_neurons, 2), n_mixing=min(ansatz.n_mixing, 2)
        )
        caption = (
            f"One bin, with {shown.n_mixing} of {ansatz.n_mixing} mixing layers and "
            f"{shown.n_neurons} of {ansatz.n_neurons} neurons:"
        )
        name = f"raster-{spec.n_neurons}-neurons-{spec.n_bins}-bins"
        circuit = generator.circuit(spec.n_bins)
        return (
            GeneratorCircuit(
                name, circuit, 1, spec.n_neurons, spec.n_bins, shown.circuit(1), caption
            ),
        )
    cells = [spec.ansatz(group) for group in spec.groups]
    kinds = sorted(set(cells), key=lambda cell: -cell.n_neurons)
    return tuple(
        GeneratorCircuit(
            f"cell-{cell.n_neurons}-neurons"
            if n_bins == 1
            else f"lattice-{cell.n_neurons}-neurons-{n_bins}-bins",
            (cell if n_bins == 1 else LatticeAnsatz(cell, n_bins)).circuit(),
            cells.count(cell),
            cell.n_neurons,
            n_bins,
        )
        for cell in kinds
    )
