"""A generator together with the covariates of a raster: what sampling needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.errors import ConfigError, RasterError, TrainingError
from neuroqgan.seeding import placement_stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.circuits.program import Program
    from neuroqgan.models.construction import ConstructedModel
    from neuroqgan.models.contract import GeneratorContract
    from neuroqgan.models.drive.covariates import CovariatePart
    from neuroqgan.models.spec import GeneratorSpec
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.seeding import Seed


class GivenCovariates:
    """A source of rasters (`neuroqgan.sampling.source.RasterSource`) whose covariates are known.

    Of fewer samples than there are covariates for, such as when circuits are planned, the first
    are meant.

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

    @property
    def multi_bin_circuits(self) -> tuple[str, ...]:
        """See `RasterSource.multi_bin_circuits`."""
        return self.generator.multi_bin_circuits

    def with_multi_bin_circuit(self, name: str) -> GivenCovariates:
        """See `RasterSource.with_multi_bin_circuit`."""
        return GivenCovariates(self.generator.with_multi_bin_circuit(name), self.covariates)

    def qubits_needed(self, n_bins: int = 1) -> int:
        """See `RasterSource.qubits_needed`."""
        return self.generator.qubits_needed(n_bins)

    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        """See `RasterSource.circuits`."""
        return self.generator.circuits(n_bins)

    def initial_past(self, n_samples: int, seed: Seed) -> NDArray[np.bool_]:
        """See `RasterSource.initial_past`; driven by the covariates before the first bin."""
        return self.generator.initial_past(n_samples, seed, covariates=self._first(n_samples))

    def next_program(
        self, past: NDArray[np.bool_], first_bin: int, n_bins: int, seed: Seed
    ) -> Program:
        """See `RasterSource.next_program`."""
        return self.generator.next_program(
            past, first_bin, n_bins, seed, covariates=self._first(len(past))
        )

    def _first(self, n_samples: int) -> CovariateWindows:
        if n_samples == self.covariates.n_samples:
            return self.covariates
        if n_samples > self.covariates.n_samples:
            raise ConfigError(
                "There are not as many covariates as samples.",
                expected=f"{n_samples} samples",
                got=f"covariates of {self.covariates.n_samples} samples",
            )
        return self.covariates.take(slice(n_samples))


def source_for(
    generator: GeneratorContract,
    n_samples: int,
    n_bins: int,
    seed: int,
    covariates: Covariates | CovariateWindows | None = None,
) -> GeneratorContract | GivenCovariates:
    """Return what a backend samples: the generator, bound to its covariates if it needs some.

    Parameters
    ----------
    generator, n_samples, n_bins, seed, covariates
        See `windows_for`.

    Raises
    ------
    ConfigError, RasterError
        See `windows_for`.
    """
    windows = windows_for(generator, n_samples, n_bins, seed, covariates)
    return generator if windows is None else GivenCovariates(generator, windows)


def source_to_plan(
    generator: GeneratorContract, n_samples: int, n_bins: int | None = None
) -> GeneratorContract | GivenCovariates:
    """Return a source of rasters whose circuits can be planned; what it sees does not matter.

    Parameters
    ----------
    generator
        To be planned.
    n_samples
        Samples of the raster.
    n_bins
        Bins of each sample; by default those of a training window.
    """
    known = generator.spec.covariates
    if known is None:
        return generator
    n_bins = generator.spec.n_bins if n_bins is None else n_bins
    places = np.zeros(n_samples, np.int64)
    windows = CovariateWindows(known.mean_trial(n_bins), places, places, n_bins)
    return GivenCovariates(generator, windows)


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
    if isinstance(covariates, Covariates):
        stream = placement_stream(seed)
        covariates = CovariateWindows.spread(covariates, n_samples, n_bins, stream)
    generator.check_covariates(covariates)
    if (covariates.n_samples, covariates.n_bins) != (n_samples, n_bins):
        raise RasterError(
            "The covariates do not fit the raster.",
            expected=f"{plural(n_samples, 'sample')} of {plural(n_bins, 'bin')}",
            got=f"{plural(covariates.n_samples, 'sample')} of {plural(covariates.n_bins, 'bin')}",
        )
    return covariates


def trained_with(
    generator: ConstructedModel, raster: SpikeRaster
) -> tuple[CovariatePart, CovariateWindows]:
    """Return what a training with covariates needs of a generator and of a recording.

    Parameters
    ----------
    generator
        To be trained.
    raster
        Trials or windows of the recording.

    Raises
    ------
    TrainingError
        If there are no covariates in one of the two.
    ConfigError
        If they are not the same in both.
    """
    part, covariates = generator.covariate_drive, raster.covariates
    if part is None or covariates is None:
        raise TrainingError(
            "A training with covariates needs them in the generator and in the recording.",
            expected="covariates in both",
            got=f"generator: {'no' if part is None else 'yes'}; "
            f"recording: {'no' if covariates is None else 'yes'}",
            hint='generator.fit(split, covariates="trial-time")',
        )
    generator.check_covariates(covariates)
    return part, covariates
