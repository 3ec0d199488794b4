"""The recording of a run: loaded, cut into windows, and the same again when the run goes on."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.data.load import open_recording
from neuroqgan.data.neurons import check_choice, choice_notes, choose_neurons
from neuroqgan.data.split import Split, split
from neuroqgan.data.validation import take_validation
from neuroqgan.errors import RecordingError
from neuroqgan.runs.chosen_covariates import choose
from neuroqgan.runs.config_keys import COVARIATE_KEYS, RECORDING_KEYS
from neuroqgan.runs.run_covariates import NO_COVARIATES, RunCovariates

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.records import TrainedOn


@dataclass(frozen=True)
class PreparedRecording:
    """A recording, ready to train on.

    Parameters
    ----------
    split
        Windows to train on and windows to be judged against.
    fingerprint
        SHA-256 of the chosen neurons' spikes.
    notes
        What was assumed when the recording was read, for people to check.
    labels
        Of the chosen neurons.
    covariates
        What drives the generator; the split has them.
    validation
        The same training windows, with the validation trials in place of the held-out ones
        (`neuroqgan.data.validation.take_validation`); None if no trials were left out.
    """

    split: Split
    fingerprint: str
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    covariates: RunCovariates = NO_COVARIATES
    validation: Split | None = None

    def is_of(self, trained_on: TrainedOn) -> bool:
        """Whether it has the spikes, in the same bins, that a run was trained on.

        Covariates are compared by `check_recording`.
        """
        return self.fingerprint == trained_on.sha256 and math.isclose(
            self.split.train.bin_width, trained_on.bin_width, rel_tol=1e-9
        )


def spikes_sha256(raster: SpikeRaster) -> str:
    """Return the SHA-256 of the spikes of a raster, by which it is recognised."""
    content = raster.packed().tobytes() + str(raster.spikes.shape).encode()
    return hashlib.sha256(content).hexdigest()


def prepare(config: RunConfig, known: RunCovariates | None = None) -> PreparedRecording:
    """Load the recording, choose the neurons, cut windows and add covariates.

    Parameters
    ----------
    config
        Of the run.
    known
        Covariates of the run, if it was begun.

    Raises
    ------
    RecordingError
        If the recording, or a file of covariates, cannot be read.
    RasterError
        If it is too short, silent, or has fewer than two neurons, or covariates do not fit it.
    ConfigError
        If the choice of neurons makes no sense, or the preset takes no covariates.
    """
    reading = open_recording(config.data, config.read_options)
    check_choice(config.neurons, config.units)
    units = None if reading.chose_units else config.units
    recording = choose_neurons(reading.raster, config.neurons, units)
    notes = (*reading.notes, *choice_notes(reading.raster, config.neurons))
    chosen = choose(config, split(recording, config.bins), known)
    parts, validation = chosen.split, None
    if config.validation_every is not None:
        parts, validation = take_validation(parts, config.validation_every)
    return PreparedRecording(
        parts,
        spikes_sha256(recording),
        (*notes, *chosen.notes),
        recording.neuron_labels,
        chosen.about,
        validation,
    )


def prepare_run(folder: RunFolder) -> PreparedRecording:
    """Load the recording of a run.

    Raises
    ------
    RecordingError
        If it has moved, can no longer be read, or has changed.
    """
    try:
        prepared = prepare(folder.config(), folder.trained_on().covariates)
    except RecordingError as error:
        raise RecordingError(
            f"The recording of the run {folder.name} cannot be read. {error.problem}",
            expected=error.expected,
            got=error.got,
            hint=f"neuroqgan run --name {folder.name} --data PATH, with its new location: the same "
            "spikes are recognised",
        ) from error
    check_recording(folder, prepared)
    return prepared


def remember(folder: RunFolder, config: RunConfig) -> None:
    """Keep the place of a run's recording, if it is another one than before.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    kept = folder.config()
    now = {key: getattr(config, key) for key in sorted(RECORDING_KEYS | COVARIATE_KEYS)}
    if any(getattr(kept, key) != value for key, value in now.items()):
        folder.write_config(kept.model_copy(update=now))


def check_recording(folder: RunFolder, prepared: PreparedRecording) -> None:
    """Check that a run goes on with the recording that it began with.

    Pretrained weights that were given no recording are judged against any.

    Raises
    ------
    RecordingError
        If the recording, or its covariates, have changed.
    """
    trained_on = folder.trained_on()
    if trained_on.sha256 is not None and not prepared.is_of(trained_on):
        raise RecordingError(
            f"The recording of the run {folder.name} has changed since it began.",
            expected=f"spikes with SHA-256 {trained_on.sha256[:12]}... in bins of "
            f"{trained_on.bin_width:g} s",
            got=f"{prepared.fingerprint[:12]}... in bins of {prepared.split.train.bin_width:g} s",
            hint="restore the recording, or train under a new `name`",
        )
    kept, now = trained_on.covariates, prepared.covariates
    if trained_on.sha256 is not None and kept.sha256 != now.sha256:
        raise RecordingError(
            f"The covariates of the run {folder.name} have changed since it began.",
            expected=f"{kept.summary} with SHA-256 {str(kept.sha256)[:12]}...",
            got=f"{now.summary}, {str(now.sha256)[:12]}...",
            hint=f"restore {kept.choice}, or train under a new `name`",
        )
