"""What sampling asks of a generator, whatever its family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.circuits.program import Program
    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.seeding import Seed


class RasterSizes(Protocol):
    """Sizes of the rasters of a generator."""

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""

    @property
    def n_bins(self) -> int:
        """Time bins of a raster, unless another number is asked for."""

    @property
    def bin_width(self) -> float:
        """Width of a bin in seconds."""


class RasterSource(Protocol):
    """A generator as far as rasters are sampled from it.

    A raster is always a walk: it begins with `initial_past`, and `next_program` is measured until
    all bins are there. If a program is always a whole raster, the walk has one step.
    """

    @property
    def spec(self) -> RasterSizes:
        """Sizes of its rasters."""

    @property
    def bins_at_once(self) -> int | None:
        """Most time bins that one program can hold.

        None if a program is always a whole raster; 1 if every bin depends on the spikes before it;
        more if so many bins fit into one circuit, and then any smaller number does.
        """

    @property
    def covariates(self) -> CovariateWindows | None:
        """What drives its samples; None if nothing does."""

    @property
    def multi_bin_circuits(self) -> tuple[str, ...]:
        """Names of the circuits in which several bins can be measured; see `bins_at_once`."""

    def with_multi_bin_circuit(self, name: str) -> RasterSource:
        """Return the same source with one of these circuits for its bins.

        Parameters
        ----------
        name
            One of `multi_bin_circuits`.
        """

    def qubits_needed(self, n_bins: int = 1) -> int:
        """Return the qubits of the largest circuit.

        Parameters
        ----------
        n_bins
            Time bins per circuit, if there is a choice.
        """

    def initial_past(self, n_samples: int, seed: Seed) -> NDArray[np.bool_]:
        """Return the spikes before the first bin.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        seed
            The same seed gives the same past.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_samples, n_past, n_neurons)``.
        """

    def next_program(
        self, past: NDArray[np.bool_], first_bin: int, n_bins: int, seed: Seed
    ) -> Program:
        """Return the program of the next bins of a raster.

        Parameters
        ----------
        past
            The initial past and all bins measured so far, in their order: booleans of shape
            ``(n_samples, n_past + first_bin, n_neurons)``.
        first_bin
            Number of bins measured so far.
        n_bins
            Bins of the program; see `bins_at_once`.
        seed
            The same past and seed give the same angles.
        """

    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        """Return every kind of circuit that the generator runs, the largest first.

        Parameters
        ----------
        n_bins
            Time bins per circuit, if there is a choice.
        """
