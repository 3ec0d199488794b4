"""How much memory is free, checked before anything large is allocated."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from neuroqgan.errors import ConfigError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Containers have limits of their own, which the machine's figures do not show.
_CONTAINER = Path("/sys/fs/cgroup")


LIMIT = "NEUROQGAN_MEMORY_LIMIT"
"""The environment variable with the most memory that one array of a file may take, in GB."""

_USUAL_LIMIT = 8.0


def available_bytes() -> int:
    """Return the most bytes that something in a file may take.

    It is the memory that is free, and no more than 8 GB, or what the environment variable
    ``NEUROQGAN_MEMORY_LIMIT`` says: a file of a few kilobytes can claim to hold terabytes, or
    unpack to them.

    Raises
    ------
    ConfigError
        If the variable is not a positive number.
    """
    return min(free_bytes(), limit_bytes())


def limit_bytes() -> int:
    """Return the most bytes that something in a file may take, whatever is free.

    Raises
    ------
    ConfigError
        See `available_bytes`.
    """
    said = os.environ.get(LIMIT, "").strip()
    try:
        limit = float(said) if said else _USUAL_LIMIT
    except ValueError:
        limit = math.nan
    if not 0 < limit < 1e9:
        raise ConfigError(
            f"The environment variable {LIMIT} cannot be read.",
            expected="the most memory that one array of a file may take, in GB, such as 32",
            got=repr(said),
        )
    return int(limit * 1e9)


def free_bytes() -> int:
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
        If it is larger than `available_bytes`.
    """
    most, limit = free_bytes(), limit_bytes()
    if n_bytes <= min(most, limit):
        return
    is_free = n_bytes <= most
    raise RecordingError(
        f"{what} in {path} {'is too large' if is_free else 'does not fit into memory'}.",
        expected=f"at most {limit / 1e9:.3g} GB, unless {LIMIT} allows more"
        if is_free
        else f"at most {most / 1e9:.3g} GB, the memory that is free",
        got=f"{in_gigabytes(n_bytes)}: shape {' x '.join(f'{n:,}' for n in shape)}"
        if shape
        else in_gigabytes(n_bytes),
        hint=f"if the file is small, it is damaged; if it really is as large, set {LIMIT} to the "
        "GB to allow"
        if is_free
        else "save part of the recording, or spikes as booleans; if the file is small, it is "
        "damaged",
    )


def in_gigabytes(n_bytes: float) -> str:
    """Return a size in words, however absurd it is.

    Examples
    --------
    >>> in_gigabytes(3_600_000_000), in_gigabytes(10**400)
    ('3.6 GB', 'more than 1e+300 GB')
    """
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes < 1e308 else "more than 1e+300 GB"
