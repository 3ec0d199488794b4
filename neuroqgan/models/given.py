"""A generator together with the covariates of a raster: what sampling needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.covariates import trial_time
from neuroqgan.errors import ConfigError
from neuroqgan.seeding import placement_stream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.circuits.program import Program
    from neuroqgan.covariates import Covariates, CovariateWindows
    from neuroqgan.models.construction import ConstructedModel
    from neuroqgan.models.contract import GeneratorContract
    from neuroqgan.models.spec import GeneratorSpec
    from neuroqgan.seeding import Seed


class GivenCovariates:
    """A source of rasters (`neuroqgan.sampling.source.RasterSource`) whose covariates are known.

    Parameters
    ----------
    generator
        That looks at covariates.
    covariates
        Of every sample of the raster.

    Raises
    ------
    ConfigError
        If the generator was trained without covariates, or with others.
    """

    def __init__(self, generator: GeneratorContract, covariates: CovariateWindows) -> None:
        generator.check_covariates(covariates)
        self.generator = generator
        self.covariates = covariates

    @property
    def spec(self) -> GeneratorSpec:
        """See `RasterSource.spec`."""
        return self.generator.spec

    @property
    def bins_at_once(self) -> int | None:
        """See `RasterSource.bins_at_once`."""
        return self.generator.bins_at_once

    def qubits_needed(self, n_bins: int = 1) -> int:
        """See `RasterSource.qubits_needed`."""
        return self.generator.qubits_needed(n_bins)

    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        """See `RasterSource.circuits`."""
        return self.generator.circuits(n_bins)

    def initial_past(self, n_samples: int, seed: Seed) -> NDArray[np.bool_]:
        """See `RasterSource.initial_past`; driven by the covariates before the first bin."""
        self._check(n_samples)
        return self.generator.initial_past(n_samples, seed, covariates=self.covariates)

    def next_program(
        self, past: NDArray[np.bool_], first_bin: int, n_bins: int, seed: Seed
    ) -> Program:
        """See `RasterSource.next_program`."""
        self._check(len(past))
        return self.generator.next_program(
            past, first_bin, n_bins, seed, covariates=self.covariates
        )

    def _check(self, n_samples: int) -> None:
        if n_samples != self.covariates.n_samples:
            raise ConfigError(
                "There are not as many covariates as samples.",
                expected=f"{n_samples} samples",
                got=f"covariates of {self.covariates.n_samples} samples",
            )


def windows_for(
    generator: ConstructedModel,
    n_samples: int,
    n_bins: int,
    seed: int,
    covariates: Covariates | CovariateWindows | None = None,
) -> CovariateWindows | None:
    """Return what drives the samples of a raster; None if the generator needs no covariates.

    Parameters
    ----------
    generator
        To be sampled.
    n_samples, n_bins
        Of the raster.
    seed
        Of the raster; the places of samples follow from it.
    covariates
        Those of every sample, or of whole trials, in which samples are placed at random. None for
        those of the recording that the generator was fitted to.

    Raises
    ------
    ConfigError
        If they are not those that the generator needs, or none are known.
    RasterError
        If they have other samples or bins than the raster, or are too short for it.
    """
    known = generator.spec.covariates
    if covariates is None and known is not None:
        covariates = generator.training_covariates
        if covariates is None and known.is_trial_time:
            covariates = trial_time(known.n_bins, generator.spec.bin_width)
    if covariates is None:
        generator.check_covariates(None)
        return None
    placed = covariates.placed(n_samples, n_bins, placement_stream(seed))
    generator.check_covariates(placed)
    return placed
