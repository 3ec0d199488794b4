"""Generators on disk: safetensors with the spec beside the weights; nothing is pickled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.tensors import check_recorded, read_tensors, recorded, write_tensors

if TYPE_CHECKING:
    from neuroqgan.training.base import TrainedModel

FORMAT = "neuroqgan-generator-2"
RELEASED = "neuroqgan-generator-1"
"""The format of version 0.1: a flat spec, and other names of some weights."""


def save_generator(
    generator: TrainedModel,
    path: str | Path,
    recording: str | None = None,
    *,
    overwrite: bool = True,
) -> None:
    """Write a generator's spec and weights.

    Parameters
    ----------
    generator
        To be kept.
    path
        The file.
    recording
        SHA-256 of the spikes that it was trained on, see `check_recording_of`.
    overwrite
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If the file is there and may not be replaced.
    StorageError
        If the file cannot be written; a file that was there before stays as it was.
    """
    tensors = {name: weight.detach() for name, weight in generator.named_parameters()}
    metadata = {"format": FORMAT, "spec": generator.spec.to_dict()} | generator.extra_metadata()
    write_tensors(Path(path), tensors, metadata | recorded(recording), overwrite=overwrite)


def check_recording_of(path: str | Path, recording: str | None) -> None:
    """Check that a generator was trained on a recording.

    Parameters
    ----------
    path
        The file; one of an earlier version does not say it and is taken as it is.
    recording
        SHA-256 of the spikes, or None for any.

    Raises
    ------
    CheckpointError
        If the file cannot be read, or the generator was trained on another recording.
    """
    _, metadata = read_tensors(Path(path), FORMAT, RELEASED)
    check_recorded(metadata, recording, Path(path))
