"""Generators on disk: safetensors with the spec beside the weights; nothing is pickled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.errors import CheckpointError, ConfigError
from neuroqgan.models.registry import build_generator, preset_names
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.tensors import check_recorded, fit, read_tensors, recorded, write_tensors

if TYPE_CHECKING:
    from neuroqgan.models.base import Generator

FORMAT = "neuroqgan-generator-2"
RELEASED = "neuroqgan-generator-1"
"""The format of version 0.1: a flat spec, and other names of some weights."""


def save_generator(generator: Generator, path: str | Path, recording: str | None = None) -> None:
    """Write a generator's spec and weights.

    Parameters
    ----------
    generator
        To be kept.
    path
        The file; one that is there is replaced.
    recording
        SHA-256 of the spikes that it was trained on, see `check_recording_of`.

    Raises
    ------
    StorageError
        If the file cannot be written; a file that was there before stays as it was.
    """
    tensors = {name: weight.detach() for name, weight in generator.named_parameters()}
    metadata = {"format": FORMAT, "spec": generator.spec.to_dict()}
    write_tensors(Path(path), tensors, metadata | recorded(recording))


def load_generator(path: str | Path) -> Generator:
    """Read a generator.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, of another format, or if a weight has another name,
        shape or type than the spec asks for.
    """
    path = Path(path)
    tensors, metadata = read_tensors(path, FORMAT, RELEASED)
    try:
        generator = build_generator(GeneratorSpec.from_dict(metadata["spec"]))
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise CheckpointError(
            f"{path} does not say what generator it holds.",
            expected=f"a spec with one of the presets {', '.join(preset_names())}",
            got=str(error),
            hint="train again under a new --name",
        ) from error
    if metadata["format"] == RELEASED:
        tensors = {generator.renamed.get(name, name): w for name, w in tensors.items()}
    fit(dict(generator.named_parameters()), tensors, path)
    return generator


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
