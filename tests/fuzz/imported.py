"""The package imported under the eyes of the fuzzer, which counts what is covered."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import io
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

ROOT = Path(__file__).resolve().parents[2]


def import_watched(packages: Iterable[str]) -> None:
    """Import packages with all their modules, and count what they cover if atheris is there."""
    # Looking for plugins reads a file of every package that is installed, for every input.
    importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)
    try:
        import atheris
    except ImportError:
        sys.stderr.write("atheris is not installed: inputs are made at random.\n")
        _import(packages)
        return
    # Numba compiles no code that counts.
    compiled = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "neuroqgan").rglob("*.py")
        if "numba" in path.read_text(encoding="utf-8")
    ]
    with (
        contextlib.redirect_stderr(io.StringIO()),
        atheris.instrument_imports(include=["neuroqgan"], exclude=compiled),
    ):
        _import(packages)


def _import(packages: Iterable[str]) -> None:
    for name in sorted(packages):
        module = import_module(name)
        for found in walk_packages(getattr(module, "__path__", []), f"{name}."):
            # What needs an extra that is not installed, or a database that is being migrated.
            with contextlib.suppress(ImportError, AttributeError):
                import_module(found.name)
