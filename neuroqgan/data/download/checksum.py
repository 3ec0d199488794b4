"""SHA-256 checksums of files, kept beside them in the notation of ``sha256sum``."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from neuroqgan.atomic import atomic_write
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{64}")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def parse_sha256(text: str) -> str:
    """Return a SHA-256 in lower case, without the prefix ``sha256:``.

    Raises
    ------
    ConfigError
        If it is not 64 hexadecimal digits.
    """
    digest = text.strip().lower().removeprefix("sha256:")
    if _HASH.fullmatch(digest) is None:
        raise ConfigError(
            "A SHA-256 cannot be read.", expected="64 hexadecimal digits", got=repr(text)
        )
    return digest


def record_path(path: Path) -> Path:
    """Return where the checksum of a file is kept: ``<file>.sha256``."""
    return path.with_name(f"{path.name}.sha256")


def recorded_sha256(path: Path) -> str | None:
    """Return the checksum kept beside a file, or None if there is none that can be read."""
    record = record_path(path)
    if not record.is_file():
        return None
    words = record.read_text(encoding="ascii", errors="replace").split()
    return words[0] if words and _HASH.fullmatch(words[0]) else None


def record_sha256(path: Path, digest: str) -> None:
    """Keep the checksum of a file beside it; ``sha256sum --check`` can read it.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    with atomic_write(record_path(path), overwrite=True) as handle:
        handle.write(f"{digest}  {path.name}\n".encode())
