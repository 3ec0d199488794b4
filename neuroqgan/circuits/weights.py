"""Generators on disk: safetensors with the spec beside the weights; nothing is pickled."""

from __future__ import annotations

from pathlib import Path

from neuroqgan.circuits.generator import Generator, GeneratorSpec
from neuroqgan.circuits.presets import PRESETS, build_generator
from neuroqgan.errors import CheckpointError
from neuroqgan.tensors import check_recorded, fit, read_tensors, recorded, write_tensors

FORMAT = "neuroqgan-generator-1"


def save_generator(generator: Generator, path: str | Path, recording: str | None = None) -> None:
    """Write a generator's spec and weights.

    Parameters
    ----------
    generator
        To be kept.
    path
        The file; one that is there is replaced.
    recording
        SHA-256 of the spikes that it was trained on, by which `load_generator` knows weights of
        another recording.

    Raises
    ------
    StorageError
        If the file cannot be written; a file that was there before stays as it was.
    """
    tensors = {name: weight.detach() for name, weight in generator.named_parameters()}
    metadata = {"format": FORMAT, "spec": generator.spec.to_dict()}
    write_tensors(Path(path), tensors, metadata | recorded(recording))


def load_generator(path: str | Path, recording: str | None = None) -> Generator:
    """Read a generator.

    Parameters
    ----------
    path
        The file.
    recording
        SHA-256 of the spikes that it has to be trained on, or None for any; files of earlier
        versions do not say it and are taken as they are.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, of another format, or if a weight has another name,
        shape or type than the spec asks for.
    CheckpointError
        If the weights were trained on another recording.
    """
    path = Path(path)
    tensors, metadata = read_tensors(path, FORMAT)
    check_recorded(metadata, recording, path)
    try:
        spec = GeneratorSpec(**metadata["spec"])
        generator = build_generator(spec)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} does not say what generator it holds.",
            expected=f"a spec with one of the presets {', '.join(PRESETS)}",
            got=str(error),
            hint="train again under a new --name",
        ) from error
    fit(dict(generator.named_parameters()), tensors, path)
    return generator
