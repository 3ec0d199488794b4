"""Named tensors on disk: written whole or not at all, and checked when they are read."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import torch

from neuroqgan.atomic import atomic_write
from neuroqgan.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ENTRY = "neuroqgan"
_RECORDING = "recording"
_CHECKSUM = "checksum"


def write_tensors(
    path: Path,
    tensors: Mapping[str, torch.Tensor],
    metadata: dict[str, Any],
    *,
    overwrite: bool = True,
) -> None:
    """Write tensors and their metadata to a safetensors file; equal content gives equal bytes.

    Parameters
    ----------
    path
        The file.
    tensors
        The tensors by name.
    metadata
        Ready for JSON, with a ``format``.
    overwrite
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If the file is there and may not be replaced.
    StorageError
        If the file cannot be written; an existing file stays as it was.
    """
    from safetensors.torch import save

    content = {name: tensor.contiguous() for name, tensor in tensors.items()}
    signed = metadata | {_CHECKSUM: _checksum(content, metadata)}
    # A single entry, since safetensors writes several in an order that changes from call to call.
    data = save(content, {_ENTRY: json.dumps(signed, sort_keys=True)})
    with atomic_write(path, overwrite=overwrite) as file:
        file.write(data)


def read_tensors(path: Path, *formats: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Read tensors, and what they are.

    Parameters
    ----------
    path
        The file.
    *formats
        Those that can be read, the newest first.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated or damaged. Files of version 0.2.0 and earlier have no
        checksum.
    CheckpointError
        If it has another format, or was written by a later version.
    """
    from safetensors import SafetensorError, safe_open

    again = "train again under a new `name`, or restore the file from a copy"
    if not path.is_file():
        raise CheckpointError(f"{path} is missing.", expected="a safetensors file", hint=again)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = _parse((file.metadata() or {}).get(_ENTRY, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not iterable
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} is truncated or damaged.",
            expected="a whole safetensors file",
            got=f"{path.stat().st_size} bytes: {error}",
            hint=again,
        ) from error
    found = str(metadata.get("format", "no format"))
    if found not in formats:
        raise CheckpointError(
            f"{path} cannot be read by this version.",
            expected=f"format {formats[0]}",
            got=found,
            hint="a newer neuroqgan may read it: pip install --upgrade neuroqgan",
        )
    checksum = metadata.pop(_CHECKSUM, None)
    if checksum is not None and checksum != _checksum(tensors, metadata):
        raise CheckpointError(
            f"{path} is damaged.",
            expected=f"tensors with the checksum {str(checksum)[:12]}...",
            got="others",
            hint=again,
        )
    return tensors, metadata


def _checksum(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, Any]) -> str:
    """Return the SHA-256 of tensors and metadata."""
    found = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        found.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        found.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def recorded(recording: str | None) -> dict[str, Any]:
    """Return the metadata that say on which recording a model was trained, if that is known.

    Parameters
    ----------
    recording
        SHA-256 of the spikes, or None if it is not known.
    """
    return {} if recording is None else {_RECORDING: recording}


def check_recorded(metadata: Mapping[str, Any], recording: str | None, path: Path) -> None:
    """Check that a model was trained on a certain recording.

    Parameters
    ----------
    metadata
        As read from its file; earlier versions did not say which recording it was, and pass.
    recording
        SHA-256 of the spikes, or None for any.
    path
        The file, for the message.

    Raises
    ------
    CheckpointError
        If it was another recording.
    """
    found = metadata.get(_RECORDING)
    if None not in (found, recording) and found != recording:
        raise CheckpointError(
            f"{path} was trained on another recording.",
            expected=f"spikes with SHA-256 {str(recording)[:12]}...",
            got=f"{str(found)[:12]}...",
            hint="train again under a new `name`, or restore the file from a copy",
        )


def _parse(text: str) -> dict[str, Any]:
    metadata = json.loads(text)
    return metadata if isinstance(metadata, dict) else {}


def fit(
    template: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor], path: Path
) -> None:
    """Copy tensors into a template after checking names, shapes, types and values.

    Parameters
    ----------
    template
        Tensors by name, which are overwritten.
    tensors
        Tensors by name, as read from the file.
    path
        The file, for messages.

    Raises
    ------
    CheckpointError
        If a name is missing or unknown, a shape or type differs, or a value is not finite. The
        template is unchanged then.
    """
    retrain = "the file belongs to another generator: train again under a new `name`"
    if set(template) != set(tensors):
        raise CheckpointError(
            f"{path} holds other weights.",
            expected=", ".join(sorted(template)),
            got=", ".join(sorted(tensors)) or "none",
            hint=retrain,
        )
    for name, target in template.items():
        value = tensors[name]
        if value.shape != target.shape or value.dtype != target.dtype:
            raise CheckpointError(
                f"{path}: the weight {name} does not fit.",
                expected=f"{target.dtype} of shape {tuple(target.shape)}",
                got=f"{value.dtype} of shape {tuple(value.shape)}",
                hint=retrain,
            )
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise CheckpointError(
                f"{path}: the weight {name} is not finite.",
                expected="numbers",
                got="NaN or infinity",
                hint=retrain,
            )
    with torch.no_grad():
        for name, target in template.items():
            target.copy_(tensors[name])
