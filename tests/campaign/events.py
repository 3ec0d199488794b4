"""In a child: every step that leaves something behind, counted, and what happens at one of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR
_ON_FILES = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.truncate"}


class Events:
    """Counts renames, removals, files opened for writing, fsyncs, SQL, commits and requests.

    Parameters
    ----------
    root
        Only files below count.
    at
        The step, from 0, before or after which ``act`` is called; None for none.
    act
        What to do then; it gets the name of the step.
    lasting
        Whether it is called at all later steps as well.
    """

    def __init__(
        self,
        root: Path,
        at: int | None = None,
        act: Callable[[str], None] = lambda _: None,
        *,
        lasting: bool = False,
    ) -> None:
        self.names: list[str] = []
        self.stopped = False
        self._root, self._at, self._act, self._lasting = os.fspath(root), at, act, lasting
        self._busy = False

    def __call__(self, name: str) -> None:
        if self._busy or self.stopped:
            return
        number = len(self.names)
        self.names.append(name)
        if self._at is None or number < self._at or (number > self._at and not self._lasting):
            return
        # What a fault does is no step of the program.
        self._busy = True
        try:
            self._act(name)
        finally:
            self._busy = False

    def install(self) -> None:
        """Begin to count; there is no way back, except the end of the process."""
        from requests.adapters import HTTPAdapter
        from sqlalchemy import Engine, event

        def wrote(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            verb = statement.split(maxsplit=1)[0]
            if verb not in {"SELECT", "PRAGMA"}:
                self(f"{verb} before its commit")

        event.listen(Engine, "after_cursor_execute", wrote)
        event.listen(Engine, "commit", lambda _: self("commit"))
        self._around(HTTPAdapter, "send", lambda _, request, *__, **___: f"{request.method}")
        self._around(os, "fsync", lambda *_: "fsync")
        sys.addaudithook(self._audit)

    def _around(self, owner: Any, method: str, describe: Callable[..., str]) -> None:
        inner = getattr(owner, method)

        def counted(*args: Any, **kwargs: Any) -> Any:
            name = describe(*args, **kwargs)
            self(f"before {name}")
            result = inner(*args, **kwargs)
            self(f"after {name}")
            return result

        setattr(owner, method, counted)

    def _audit(self, name: str, values: tuple[Any, ...]) -> None:
        if name == "open":
            path, mode, flags = values
            is_write = any(c in mode for c in "wax+") if mode else bool((flags or 0) & _WRITING)
            if is_write and self._is_below(path):
                self(f"open {Path(os.fsdecode(path)).name}")
        elif name in _ON_FILES and any(self._is_below(value) for value in values[:2]):
            self(f"{name} {Path(os.fsdecode(values[0])).name}")

    def _is_below(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        return str(Path(os.fsdecode(path)).absolute()).startswith(self._root)
