"""The public surface: its names, its signatures, and that importing it stays cheap."""

from __future__ import annotations

import ast
import difflib
import subprocess
import sys

import pytest

import neuroqgan as nq
from tests.imports import ROOT
from tests.public_names import RECORD, record

# What a script needs: a name that is added or removed has to be meant.
NAMES = {
    "Bundle",
    "BundleCheck",
    "CovariateWindows",
    "Covariates",
    "load_covariates",
    "Evaluation",
    "Explanation",
    "Generator",
    "GeneratorSpec",
    "HistoryGenerator",
    "JobOptions",
    "MemoryGenerator",
    "NeuroqganError",
    "Placement",
    "Run",
    "SpikeRaster",
    "SpiqganGenerator",
    "Split",
    "StationaryGenerator",
    "TrainingSettings",
    "__version__",
    "backend_names",
    "bundle_jobs",
    "errors",
    "explain",
    "judge",
    "load",
    "load_generator",
    "load_run",
    "plot",
    "preset_names",
    "save",
    "split",
    "verify_bundle",
}


def test_public_names() -> None:
    assert dir(nq) == sorted(NAMES)
    assert sorted(nq.__all__) == dir(nq)
    for name in dir(nq):
        assert getattr(nq, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = nq.nothing


def test_names_and_signatures_are_those_on_record() -> None:
    found, kept = record(), RECORD.read_text()
    changes = "\n".join(
        difflib.unified_diff(kept.splitlines(), found.splitlines(), lineterm="", n=0)
    )
    assert found == kept, (
        f"The public interface changed:\n{changes}\n"
        "If that is meant, renew the record with: python -m tests.public_names\n"
        "and say it in a fragment of changelog.d."
    )


def test_type_checkers_see_what_python_sees() -> None:
    """The stub is what mypy reads; a name that it does not export again is none of ours."""
    tree = ast.parse((ROOT / "neuroqgan" / "__init__.pyi").read_text())
    names = [name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names]
    assert all(name.name == name.asname for name in names)
    assert sorted([*(name.name for name in names), "__version__"]) == dir(nq)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, neuroqgan; dir(neuroqgan); "
        "heavy = ('torch', 'qiskit', 'numpy', 'numba', 'matplotlib', 'pandas', 'sqlalchemy'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
