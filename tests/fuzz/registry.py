"""All targets: one module of `tests.fuzz.kinds` each, or several of a kind in one.

A module has a tuple ``TARGETS``. It imports nothing of the package but within functions, so that
the package is imported for the first time under the eyes of the fuzzer.
"""

from __future__ import annotations

from importlib import import_module

from tests.fuzz.target import Target

KINDS = (
    "numpy_files",
    "tables",
    "matrix_files",
    "zarr_stores",
    "sorters",
    "foreign_files",
    "weights",
    "run_folders",
    "payloads",
    "service_answers",
    "command_lines",
    "urls",
)


def targets() -> dict[str, Target]:
    """Return all targets, by name."""
    found: dict[str, Target] = {}
    for kind in KINDS:
        for target in import_module(f"tests.fuzz.kinds.{kind}").TARGETS:
            assert target.name not in found, target.name
            found[target.name] = target
    return found
