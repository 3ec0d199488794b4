"""Rules about the project as a whole."""

from __future__ import annotations

import ast
import copy
import importlib
import pickle
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import neuroqgan
from neuroqgan.errors import ConfigError, DivergenceError, InputError, NeuroqganError
from neuroqgan.seeding import as_generator, step_generator

ROOT = Path(__file__).resolve().parents[1]

# Every part may import those before it in this list, and itself.
LAYERS = (
    {"errors", "defaults"},
    {"seeding", "home", "atomic", "raster", "checks"},
    {"tensors"},
    {"data", "circuits"},
    {"backends"},
    {"connector", "jobs"},
    {"evaluation"},
    {"training"},
    {"report"},
    {"runs"},
    {"cli"},
)


def _layer(part: str) -> int:
    return next(i for i, parts in enumerate(LAYERS) if part in parts)


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name.split(".")[1] for name in found if name.startswith("neuroqgan.")}


def _modules() -> list[Path]:
    return sorted((ROOT / "neuroqgan").rglob("*.py"))


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards_only(path: Path) -> None:
    part = path.relative_to(ROOT / "neuroqgan").parts[0].removesuffix(".py")
    if part in {"__init__", "__main__"}:
        return
    for other in _imports(path):
        assert other == part or _layer(other) < _layer(part), f"{part} imports {other}"


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_can_be_imported(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[-1] == "__main__" or parts[-2] in {"migrations", "versions"}:
        return  # these run when they are imported
    importlib.import_module(".".join(parts).removesuffix(".__init__"))


def test_the_floor_is_what_the_project_promises() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = {
        requirement.name: {(bound.operator, bound.version) for bound in requirement.specifier}
        for text in project["dependencies"] + project["optional-dependencies"]["test"]
        if (requirement := Requirement(text))
    }
    lines = (ROOT / "constraints-floor.txt").read_text().splitlines()
    floor = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert promised.pop("torch") == {(">=", "2.4")}
    assert Version(floor["torch"]) >= Version("2.4")
    for name, bounds in promised.items():
        assert {Version(version) for _, version in bounds} == {Version(floor[name])}, name
        assert {operator for operator, _ in bounds} == {">="}, name


def test_public_names() -> None:
    assert neuroqgan.__all__ == [
        "AerBackend",
        "GeneratorSpec",
        "NeuroqganError",
        "SpikeRaster",
        "Trainer",
        "TrainingSettings",
        "__version__",
        "build_generator",
        "build_trainer",
        "judge",
        "load_generator",
        "load",
        "save_generator",
        "split",
        "train_generator",
        "save",
    ]
    for name in neuroqgan.__all__:
        assert getattr(neuroqgan, name) is not None
    with pytest.raises(AttributeError):
        _ = neuroqgan.nothing


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from neuroqgan.cli import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "heavy = ('torch', 'qiskit', 'numpy', 'numba', 'matplotlib', 'sqlalchemy'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_errors_say_all_their_parts_and_survive_a_copy() -> None:
    error = ConfigError("Wrong.", expected="this", got="that", hint="--so")
    text = "Wrong.\n  expected: this\n  got: that\n  try: --so"
    assert str(error) == text
    assert str(copy.copy(error)) == str(pickle.loads(pickle.dumps(error))) == text  # noqa: S301
    assert (ConfigError.exit_code, DivergenceError.exit_code) == (2, 1)
    assert issubclass(ConfigError, InputError)
    assert issubclass(InputError, NeuroqganError)


def test_every_error_is_drawn_in_the_tree() -> None:
    import neuroqgan.errors as errors

    drawn = set(re.findall(r"\w+Error", errors.__doc__ or ""))
    defined = {name for name in vars(errors) if name.endswith("Error")}
    assert drawn == defined


def test_seeds() -> None:
    with pytest.raises(InputError, match="negative"):
        as_generator(-1)
    generator = as_generator(3)
    assert as_generator(generator) is generator
    assert as_generator(3).integers(2**60) == as_generator(3).integers(2**60)
    draws = {
        step_generator(1, stream, step).integers(2**60) for stream in (0, 1) for step in (0, 1)
    }
    assert len(draws) == 4


def test_readme_quick_start_is_two_one_line_blocks() -> None:
    section = (ROOT / "README.md").read_text().split("## Quick start")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    assert all(len(block.strip().splitlines()) == 1 for block in blocks)
    assert "neuroqgan run --backend aer" in blocks[0]
    assert "pytest" in blocks[1]
