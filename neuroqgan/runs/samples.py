"""Which samples of a run are wanted: windows or whole trials, and what drives them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from neuroqgan.covariates import CovariateWindows, trial_time
from neuroqgan.errors import ConfigError, RecordingError
from neuroqgan.models.given import windows_for
from neuroqgan.runs.chosen_covariates import find
from neuroqgan.runs.config_keys import COVARIATE_KEYS, NAMED
from neuroqgan.runs.seen import keep_seen

if TYPE_CHECKING:
    from neuroqgan.covariates import Covariates
    from neuroqgan.models.base import Generator
    from neuroqgan.models.covariate_spec import CovariateSpec
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.selection import Selection
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource


@dataclass(frozen=True)
class Samples:
    """The samples that are wanted of a run.

    Parameters
    ----------
    n_samples, n_bins
        Shape of the raster.
    covariates
        What drives them; None if nothing does.
    settings
        What tells them from the usual ones, by key: ``trials``, ``covariates``.
    """

    n_samples: int
    n_bins: int
    covariates: CovariateWindows | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def order(self, asked: RunConfig, run: str) -> RasterOrder:
        """Return the order of the raster.

        Parameters
        ----------
        asked
            How it is to be measured.
        run
            Name of the run.
        """
        return replace(
            asked.raster_order(run),
            n_samples=self.n_samples,
            n_bins=self.n_bins,
            settings=self.settings,
        )

    def source(self, generator: Generator) -> RasterSource:
        """Return the generator, bound to the covariates of the samples if it needs some."""
        return generator if self.covariates is None else generator.given(self.covariates)

    def keep(self, folder: RunFolder, bin_width: float) -> None:
        """Keep what the samples see in the run's folder, if they see anything.

        Raises
        ------
        StorageError
            If the folder cannot be written.
        """
        if self.covariates is not None:
            keep_seen(folder, self.covariates, bin_width)


def wanted_samples(selection: Selection, generator: Generator, asked: RunConfig) -> Samples:
    """Return the samples that are wanted: by default windows at random places of the trials.

    Parameters
    ----------
    selection
        The run.
    generator
        Of the run, with any weights.
    asked
        How many, whether whole trials, and the seed of their places.

    Raises
    ------
    ConfigError
        If the covariates are not those that the generator needs, or none are known.
    RecordingError
        If a file of covariates, or the recording that they are in, cannot be read.
    RasterError
        If trials are shorter than a window.
    """
    known, prepared = generator.spec.covariates, selection.prepared
    generator.training_covariates = None if prepared is None else prepared.split.covariates
    settings: dict[str, Any] = {}
    covariates = None
    if selection.covariates is not None and known is not None:
        covariates = _others(selection, asked, known)
        settings["covariates"] = selection.covariates
    elif known is not None:
        covariates = _usual(selection, generator, known)
    if asked.trials is not None:
        settings["trials"] = asked.trials
        if covariates is None:
            n_bins = selection.recording.split.trials.n_bins
            return Samples(asked.trials, n_bins, None, settings)
        windows = CovariateWindows.whole_trials(covariates, asked.trials)
        generator.check_covariates(windows)
        return Samples(asked.trials, windows.n_bins, windows, settings)
    n_samples, n_bins = asked.samples, generator.spec.n_bins
    if covariates is None:
        return Samples(n_samples, n_bins)
    placed = windows_for(generator, n_samples, n_bins, asked.seed, covariates)
    return Samples(n_samples, n_bins, placed, settings)


def _usual(selection: Selection, generator: Generator, known: CovariateSpec) -> Covariates:
    """Return the covariates of all trials of the run's recording."""
    if generator.training_covariates is not None:
        return generator.training_covariates
    if known.is_trial_time:
        return trial_time(known.n_bins, generator.spec.bin_width)
    raise RecordingError(
        f"The covariates of the run {selection.folder.name} cannot be read, and drive its samples.",
        expected=selection.folder.trained_on().covariates.summary,
        got="no recording with these covariates",
        hint="`data = PATH` with its new location, or `covariates = FILE` for other covariates",
    )


def _others(selection: Selection, asked: RunConfig, known: CovariateSpec) -> Covariates:
    """Return covariates that only the samples see, with the columns of the generator."""
    wanted = str(selection.covariates)
    named = {key: getattr(asked, key) for key in COVARIATE_KEYS} | {"covariates": wanted}
    config = selection.config.model_copy(update=named)
    if wanted not in NAMED:
        found, _ = find(config, None)
    else:
        found, _ = find(config, selection.recording.split)
    if found is None:
        raise ConfigError(
            "The generator needs covariates.",
            expected=", ".join(known.names),
            got=wanted,
            hint="leave `covariates` out",
        )
    return found.select(known.names) if set(known.names) <= set(found.names) else found
