"""How much memory is free, checked before anything large is allocated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Containers have limits of their own, which the machine's figures do not show.
_CONTAINER = Path("/sys/fs/cgroup")


def available_bytes() -> int:
    """Return the bytes that this process can still allocate without swapping."""
    free = int(psutil.virtual_memory().available)
    try:
        limit = int((_CONTAINER / "memory.max").read_text(encoding="ascii"))
        used = int((_CONTAINER / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return max(0, min(free, limit - used))


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
        Its size in bytes.

    Raises
    ------
    RecordingError
        If it is larger than the memory that is free.
    """
    available = available_bytes()
    if n_bytes > available:
        raise RecordingError(
            f"{what} in {path} does not fit into memory.",
            expected=f"at most {available / 1e9:.3g} GB, the memory that is free",
            got=f"{n_bytes / 1e9:.3g} GB: shape {' x '.join(f'{n:,}' for n in shape)}",
            hint="save part of the recording, or spikes as booleans; if the file is small, "
            "it is damaged",
        )
