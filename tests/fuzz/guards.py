"""What code that reads an input may not do: noted as it happens, by Python's own audit events."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Events whose first arguments are paths that are changed.
_CHANGES = {
    "os.chmod": 1, "os.link": 2, "os.mkdir": 1, "os.remove": 1, "os.rename": 2, "os.rmdir": 1,
    "os.symlink": 2, "os.truncate": 1, "shutil.rmtree": 1, "shutil.move": 2,
}  # fmt: skip
_RUNS = {
    "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "pickle.find_class",
    "ctypes.dlopen", "socket.connect", "socket.getaddrinfo",
}  # fmt: skip


class _Watch:
    allowed: str = ""
    executes: bool = False
    escapes: list[str] | None = None


def _is_outside(path: Any) -> bool:
    if isinstance(path, int) or path is None:
        return False
    text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  # bytes as well
    # Numba keeps what it has compiled beside the source.
    is_cache = "__pycache__" in text
    return not text.startswith(_Watch.allowed) and text != os.devnull and not is_cache


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    noted = _Watch.escapes
    if noted is None:
        return
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITES and _is_outside(path):
            noted.append(f"writes {path!r}")
    elif event in _CHANGES:
        if any(_is_outside(path) for path in arguments[: _CHANGES[event]]):
            noted.append(f"{event} {arguments!r:.200}")
    elif event in _RUNS and not _Watch.executes:
        noted.append(f"{event} {arguments!r:.200}")


def add(escapes: list[str]) -> None:
    """Note what another process did for this one."""
    if _Watch.escapes is not None:
        _Watch.escapes += escapes


_installed = False


@contextmanager
def guarded(folder: Path, *, executes: bool) -> Iterator[list[str]]:
    """Note what a block does beside reading: yields a list to which escapes are added.

    Parameters
    ----------
    folder
        The only one in which anything may be written.
    executes
        Whether processes and sockets are allowed.
    """
    global _installed  # noqa: PLW0603  # such a hook can be added, and never removed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    _Watch.allowed, _Watch.executes, _Watch.escapes = f"{folder}{os.sep}", executes, []
    try:
        yield _Watch.escapes
    finally:
        _Watch.escapes = None
