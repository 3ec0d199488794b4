"""Generators from their files."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import torch

from neuroqgan import checks
from neuroqgan.backends.circuits_apart import check_circuits
from neuroqgan.circuits.own_ansatz import from_text
from neuroqgan.data.damage import DAMAGE
from neuroqgan.errors import CheckpointError, ConfigError, PayloadError
from neuroqgan.models.registry import build_generator, preset_names
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.models.weights import FORMAT, RELEASED
from neuroqgan.tensors import fit, read_tensors

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.models.base import Generator


def load_generator(path: str | Path) -> Generator:
    """Read a generator that `neuroqgan.models.base.Generator.save` or a run wrote.

    Parameters
    ----------
    path
        The file, of this version or of version 0.1.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, of another format, or if a weight has another name,
        shape or type than the spec asks for.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neuroqgan.models.base import Generator
    >>> from neuroqgan.models.loading import load_generator
    >>> path = Path(tempfile.mkdtemp()) / "mine.safetensors"
    >>> Generator("spiqgan", n_neurons=3, n_bins=4, bin_width=0.02).save(path)
    >>> load_generator(path)
    SpiqganGenerator(), 3 neurons, windows of 4 bins of 20 ms, 120 parameters
    """
    path = checks.path(path)
    tensors, metadata = read_tensors(path, FORMAT, RELEASED)
    try:
        kept = metadata.get("ansatz")
        for text in {} if kept is None else kept.values():
            check_circuits("The ansatz", base64.b64decode(text))
        ansatz = None if kept is None else from_text(kept)
        spec = GeneratorSpec.from_dict(metadata["spec"])
        # Without memory for the weights, of which a file of a few bytes can claim any number.
        with torch.device("meta"):
            claimed = build_generator(spec, ansatz)
    except (*DAMAGE, ConfigError, PayloadError) as error:
        raise CheckpointError(
            f"{path} does not say what generator it holds.",
            expected=f"a spec with one of the presets {', '.join(preset_names())}",
            got=str(error),
            hint="train again, or restore the file from a copy",
        ) from error
    if metadata["format"] == RELEASED:
        tensors = {claimed.renamed.get(name, name): w for name, w in tensors.items()}
    fit(dict(claimed.named_parameters()), tensors, path)
    generator = build_generator(spec, ansatz)
    fit(dict(generator.named_parameters()), tensors, path)
    return generator
