"""Arrays that do not fit into memory, refused before they are allocated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.data.plausibility import available_memory
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def refuse_beyond_memory(path: Path, what: str, shape: Sequence[int], n_bytes: int) -> None:
    """Refuse an array that does not fit into memory.

    Parameters
    ----------
    path
        The file, for the message.
    what
        The array, for the message.
    shape
        Its shape.
    n_bytes
        What it takes.

    Raises
    ------
    RecordingError
        If it is larger than the memory that is left.
    """
    available = available_memory()
    if n_bytes > available:
        raise RecordingError(
            f"{what} in {path} does not fit into memory.",
            expected=f"at most {available / 1e9:.3g} GB, which are free",
            got=f"{n_bytes / 1e9:.3g} GB: shape {' x '.join(f'{n:,}' for n in shape)}",
            hint="save part of the recording, or spikes as booleans; if the file is small, "
            "it is damaged",
        )
