"""The recording of a run: loaded, cut into windows, and the same again when the run goes on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.data.neurons import choice_notes, choose_neurons
from neuroqgan.data.registry import open_recording
from neuroqgan.data.split import Split, split_trials
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder


@dataclass(frozen=True)
class Prepared:
    """A recording, ready to train on.

    Parameters
    ----------
    split
        Windows to train on and windows to be judged against.
    fingerprint
        SHA-256 of the chosen neurons' spikes.
    notes
        What was assumed when the recording was read, for people to check.
    """

    split: Split
    fingerprint: str
    notes: tuple[str, ...] = ()


def prepare(config: RunConfig) -> Prepared:
    """Load the recording, choose the neurons and cut windows.

    Raises
    ------
    RecordingError
        If the recording cannot be read.
    RasterError
        If it is too short, silent, or has fewer than two neurons.
    ConfigError
        If the choice of neurons makes no sense.
    """
    reading = open_recording(config.data, config.read_options)
    recording = choose_neurons(reading.raster, config.neurons, config.units)
    digest = hashlib.sha256(recording.packed().tobytes() + str(recording.spikes.shape).encode())
    split = split_trials(recording, config.bins)
    notes = (*reading.notes, *choice_notes(reading.raster, config.neurons))
    return Prepared(split, digest.hexdigest(), notes)


def check_recording(folder: RunFolder, prepared: Prepared) -> None:
    """Check that a run goes on with the recording that it began with.

    Pretrained weights that were given no recording are judged against any.

    Raises
    ------
    RecordingError
        If the recording has changed.
    """
    trained_on = folder.provenance()["recording"]["sha256"]
    if trained_on not in (None, prepared.fingerprint):
        raise RecordingError(
            f"The recording of the run {folder.name} has changed since it began.",
            expected=f"spikes with SHA-256 {trained_on[:12]}...",
            got=f"{prepared.fingerprint[:12]}...",
            hint="restore the recording, or train under a new --name",
        )
