"""What several test files use and is no fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Flags of a training that takes a second.
TRAINING = ("--bins", "8", "--steps", "3", "--batch", "16", "--shots", "2")


def files_below(folder: Path) -> dict[str, bytes]:
    """All files of a folder with their content; locks aside, which say nothing."""
    if not folder.exists():
        return {}
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
