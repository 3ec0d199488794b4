"""Generators on disk: safetensors with the spec beside the weights; nothing is pickled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.circuits.generator import Generator, GeneratorSpec
from neuroqgan.circuits.presets import PRESETS, build_generator
from neuroqgan.errors import CheckpointError
from neuroqgan.tensors import fit, read_tensors, write_tensors

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "neuroqgan-generator-1"


def save_generator(generator: Generator, path: Path) -> None:
    """Write a generator's spec and weights.

    Raises
    ------
    StorageError
        If the file cannot be written; a file that was there before stays as it was.
    """
    tensors = {name: weight.detach() for name, weight in generator.named_parameters()}
    write_tensors(path, tensors, {"format": FORMAT, "spec": generator.spec.to_dict()})


def load_generator(path: Path) -> Generator:
    """Read a generator.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, of another format, or if a weight has another name,
        shape or type than the spec asks for.
    """
    tensors, metadata = read_tensors(path, FORMAT)
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
